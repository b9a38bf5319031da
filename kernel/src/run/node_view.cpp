#include "run/node_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "report/advice.hpp"
#include "run/hash.hpp"
#include "run/machine.hpp"

namespace harmonium::run {
namespace {

/// Progress may come a thousand times a second; the journal keeps about one in so many seconds.
constexpr double progress_seconds = 1;

/// Advice is sought after so many values of a figure, and whenever they have doubled.
constexpr std::uint64_t advised_from = 32;

/// What the course of a training shows, and showed when it was half as long: weights that begin to grow do so ever
/// faster for a while.
std::vector<report::Advice> lasting_advice(const NodeLog& log) {
  std::vector<report::Advice> before = report::advice_on_course([&](const std::string& figure) {
    std::vector<double> values = log.course(figure);
    values.resize(values.size() / 2);
    return values;
  });
  std::vector<report::Advice> now =
      report::advice_on_course([&](const std::string& figure) { return log.course(figure); });
  std::erase_if(now, [&](const report::Advice& one) {
    return std::none_of(before.begin(), before.end(), [&](const report::Advice& other) { return other.on == one.on; });
  });
  return now;
}

}  // namespace

Index GraphInputs::count(Text port) const {
  const auto found = node_.inputs.find(port.str());
  return found == node_.inputs.end() ? 0 : static_cast<Index>(found->second.size());
}

const pipeline::Source& GraphInputs::source(Text port, Index i) const {
  if (i < 0 || i >= count(port))
    throw Error(Exit::internal,
                fmt::format("asks for input {} of port '{}', which has {}", i, port.view(), count(port)));
  return node_.inputs.at(port.str())[static_cast<std::size_t>(i)];
}

const void* GraphInputs::fetch(Text port, Index i) const {
  const pipeline::Source& from = source(port, i);
  const auto& ports = engine_.graph_.nodes[from.node].type->outputs;
  const auto output =
      std::find_if(ports.begin(), ports.end(), [&](const PortInfo& one) { return one.name == from.port; });
  const std::shared_ptr<void> value =
      output == ports.end() ? nullptr : engine_.outputs_of(from.node).at(from.port, output->type);
  if (!value)
    throw RunFailed(
        fmt::format("input '{}': {} gives no '{}' here", port.view(), engine_.graph_.nodes[from.node].path, from.port));
  return value.get();
}

Text GraphInputs::label(Text port, Index i) const { return source(port, i).label; }

Stream NodeContext::stream(Text purpose) {
  if (!engine_.graph_.nodes[node_].type->random)
    throw Error(Exit::internal, "asks for random numbers, but its type is not declared random()");
  std::string chance = engine_.recipes_[node_].chance;
  chance += '\0';
  chance += purpose.view();
  return Stream{hash64(chance)};
}

void NodeContext::progress(double done, double total, Text unit, Steps steps) {
  if (begins_ && engine_.stopped()) {
    const std::string& path = engine_.graph_.nodes[node_].path;
    throw Error(Exit::interrupted, fmt::format("interrupted while {} was at work, which begins again next time; what "
                                               "is finished stays stored",
                                               path));
  }
  engine_.observer_.progress(done, total, unit.str(), steps);
  if (now() - last_progress_ < progress_seconds) return;
  last_progress_ = now();
  if (state_) state_->write_back();
  nlohmann::ordered_json event = {
      {"node", engine_.graph_.nodes[node_].path}, {"done", done}, {"total", total}, {"unit", unit.str()}};
  if (steps.in_a_unit > 0) event.update({{"steps", steps.in_a_unit}, {"step", steps.name.str()}});
  engine_.journal_.write("progress", event);
}

void NodeContext::metric(Text name, double value, Text unit) {
  engine_.observer_.metric(name.str(), value, unit.str());
  const auto event = log_.figure(name.str(), value, unit.str());
  engine_.fates_[node_].metrics = log_.last();
  if (!event) return;
  tell(*event);
  const auto step = event->at("step").get<std::uint64_t>();
  if (step < advised_from || !std::has_single_bit(step)) return;
  for (const report::Advice& advice : lasting_advice(log_))
    if (!log_.advised(advice.on)) warn(advice.text, advice.on);
}

void NodeContext::warn(Text message) { warn(message.str(), ""); }

void NodeContext::warn(const std::string& text, const std::string& advice) {
  const auto event = log_.warning(text, advice);
  if (!event) return;
  tell(*event);
  if (!advice.empty()) engine_.fates_[node_].advised.insert(advice);
  engine_.observer_.warned(fmt::format("{}: {}", engine_.graph_.nodes[node_].path, text));
}

void NodeContext::tell(const nlohmann::ordered_json& event) {
  nlohmann::ordered_json fields = {{"node", engine_.graph_.nodes[node_].path}};
  fields.update(event);
  engine_.journal_.write(NodeLog::is_warning(event) ? "warning" : "metric", fields);
}

void NodeContext::take_up(NodeLog before) {
  log_ = std::move(before);
  engine_.fates_[node_].metrics = log_.last();
  for (const nlohmann::ordered_json& event : log_.kept()) tell(event);
}

Tensor NodeContext::on_disk(Text, Element element, Span<const Index> shape) {
  return state().on_disk(element, Tensor::Shape(shape.begin(), shape.end()));
}

NewState& NodeContext::state() {
  if (!state_) state_ = engine_.store_.begin();
  return *state_;
}

}  // namespace harmonium::run
