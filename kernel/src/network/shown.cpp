#include "harmonium/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// Of units that are drawn together, as one-of-K: each is 0 or 1, and how many of a block are 1 the units know.
void demand_blocks(const Layer& layer, View<const float> rows, Index first) {
  std::vector<double> values(static_cast<std::size_t>(rows.columns));
  const std::vector<double> deviation(values.size(), 0.0);
  for (Index i = 0; i < rows.rows; ++i) {
    const auto refuse = [&](const std::string& why) {
      throw BadData(fmt::format("row {} shows in layer '{}' what is no state of {}: {}", first + i + 1, layer.name,
                                layer.units.type(), why));
    };
    for (Index j = 0; j < rows.columns; ++j) {
      const float value = rows(i, j);
      if (value != 0 && value != 1) refuse(fmt::format("{}", value));
      values[static_cast<std::size_t>(j)] = static_cast<double>(value);
    }
    try {
      layer.units->check({1, values, deviation, values, values});
    } catch (const BadData& error) {
      refuse(error.what());
    }
  }
}

}  // namespace

void check_shown(const ModelSpec& model, const DataSpec& data, const std::string& where, Specs& outputs) {
  for (const LayerSpec& layer : model.layers) {
    if (!layer.visible) continue;
    const PartSpec* part = data.find(layer.part);
    if (!part) {
      std::string there;
      for (const PartSpec& each : data.parts) there += (there.empty() ? "'" : ", '") + each.name + "'";
      outputs.problem(where, fmt::format("the model's layer '{}' shows the part '{}', which the data do not "
                                         "have; their parts are {}",
                                         layer.name, layer.part, there));
    } else if (part->width != layer.size) {
      outputs.problem(where, fmt::format("the data's part '{}' has {} columns, but the model's layer '{}' has {} "
                                         "units",
                                         part->name, part->width, layer.name, layer.size));
    }
  }
}

void demand_states(const Layer& layer, View<const float> rows, Index first) {
  if (layer.units->block(layer.size) > 1) return demand_blocks(layer, rows, first);
  const Span<const double> states = layer.units->states();
  if (states.size != 2) return;
  const auto low = static_cast<float>(states[0]), high = static_cast<float>(states[1]);
  for (Index i = 0; i < rows.rows; ++i)
    for (const float value : rows.row(i))
      if (value != low && value != high)
        throw BadData(
            fmt::format("row {} shows {} in layer '{}', whose units have two states: put the data through "
                        "data.binarise or data.sample first",
                        first + i + 1, value, layer.name));
}

std::string column_of(const std::string& name, const PartSpec& part) {
  return part.made.empty() ? name : fmt::format("{} of {} rows", name, part.made);
}

std::string column_of(const std::string& name, const ModelSpec& model, const DataSpec& data) {
  std::vector<std::string> said;
  for (const LayerSpec& layer : model.layers) {
    const PartSpec* part = layer.visible ? data.find(layer.part) : nullptr;
    if (part && !part->made.empty() && std::find(said.begin(), said.end(), part->made) == said.end())
      said.push_back(part->made);
  }
  return said.empty() ? name : fmt::format("{} of {} rows", name, fmt::join(said, " and "));
}

}  // namespace harmonium
