#include "run/node_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "run/hash.hpp"
#include "run/machine.hpp"

namespace harmonium::run {
namespace {

/// Progress and figures may come a thousand times a second; the journal keeps about one of each in so many seconds.
constexpr double progress_seconds = 1, metric_seconds = 0.2;

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

void NodeContext::progress(double done, double total, Text unit) {
  engine_.observer_.progress(done, total, unit.str());
  if (now() - last_progress_ < progress_seconds) return;
  last_progress_ = now();
  engine_.journal_.write(
      "progress", {{"node", engine_.graph_.nodes[node_].path}, {"done", done}, {"total", total}, {"unit", unit.str()}});
}

void NodeContext::metric(Text name, double value, Text unit) {
  engine_.observer_.metric(name.str(), value, unit.str());
  // JSON has no numbers that are not finite.
  nlohmann::ordered_json number = value;
  if (!std::isfinite(value)) number = fmt::format("{}", value);
  engine_.fates_[node_].metrics[name.str()] = number;
  const auto [last, first] = last_metric_.try_emplace(name.str(), now());
  if (!first && now() - last->second < metric_seconds) return;
  last->second = now();
  nlohmann::ordered_json fields = {{"node", engine_.graph_.nodes[node_].path}, {"name", name.str()}, {"value", number}};
  if (unit.size > 0) fields["unit"] = unit.str();
  engine_.journal_.write("metric", fields);
}

Tensor NodeContext::on_disk(Text, Element element, Span<const Index> shape) {
  return state().on_disk(element, Tensor::Shape(shape.begin(), shape.end()));
}

NewState& NodeContext::state() {
  if (!state_) state_ = engine_.store_.begin();
  return *state_;
}

}  // namespace harmonium::run
