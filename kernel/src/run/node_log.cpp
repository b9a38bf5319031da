#include "run/node_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace harmonium::run {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t kept_at_first = 1000;

/// Of the steps about that one, every so many-th is kept.
std::uint64_t stride_at(std::uint64_t step) {
  std::uint64_t stride = 1;
  for (std::uint64_t until = kept_at_first; step > until; until *= 2) stride *= 2;
  return stride;
}

}  // namespace

NodeLog::NodeLog(const std::string& text) {
  ordered_json all = ordered_json::parse(text, nullptr, false);
  if (!all.is_object()) return;
  for (const auto& [part, whole] : {std::pair("told", true), std::pair("last", true), std::pair("kept", false)})
    if (!all.contains(part) || !(whole ? all[part].is_object() : all[part].is_array())) return;
  told_ = std::move(all["told"]);
  last_ = std::move(all["last"]);
  for (ordered_json& event : all["kept"]) kept_.push_back(std::move(event));
}

std::optional<ordered_json> NodeLog::figure(const std::string& name, double value, const std::string& unit) {
  const std::uint64_t step = told_.value(name, std::uint64_t{0}) + 1;
  told_[name] = step;
  // JSON has no numbers that are not finite.
  ordered_json number = value;
  if (!std::isfinite(value)) number = fmt::format("{}", value);
  last_[name] = number;
  if (step % stride_at(step) != 0) return {};
  ordered_json event = {{"name", name}, {"step", step}, {"value", std::move(number)}};
  if (!unit.empty()) event["unit"] = unit;
  kept_.push_back(event);
  return event;
}

std::optional<ordered_json> NodeLog::warning(const std::string& text, const std::string& advice) {
  for (const ordered_json& event : kept_)
    if (event.value("text", "") == text) return {};
  ordered_json event = {{"text", text}};
  if (!advice.empty()) event["advice"] = advice;
  kept_.push_back(event);
  return event;
}

std::vector<double> NodeLog::course(const std::string& name) const {
  std::vector<double> values;
  const std::uint64_t stride = stride_at(told_.value(name, std::uint64_t{0}));
  for (const ordered_json& event : kept_) {
    if (is_warning(event) || event.value("name", "") != name) continue;
    if (event.value("step", std::uint64_t{0}) % stride != 0) continue;
    const ordered_json& value = event.at("value");
    values.push_back(value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
  }
  return values;
}

bool NodeLog::advised(const std::string& on) const {
  return std::any_of(kept_.begin(), kept_.end(),
                     [&](const ordered_json& event) { return event.value("advice", "") == on; });
}

std::string NodeLog::text() const {
  const ordered_json all = {{"told", told_}, {"last", last_}, {"kept", kept_}};
  return all.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace harmonium::run
