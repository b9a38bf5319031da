#include "harmonium/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// What a value would have to be, or nothing where it is a state of a unit by itself.
std::string no_state(const Units& units, bool in_block, float value) {
  const Span<const double> states = units.states();
  switch (units.values()) {
    case Values::listed:
      if (in_block || states.empty()) return value == 0 || value == 1 ? "" : "0 or 1";
      if (std::find(states.begin(), states.end(), static_cast<double>(value)) != states.end()) return "";
      return fmt::format("one of {}", fmt::join(states.begin(), states.end(), ", "));
    case Values::counts:
      return value >= 0 && std::isfinite(value) && value == std::floor(value) ? "" : "a whole number from 0 on";
    case Values::half_line:
      return value >= 0 && std::isfinite(value) ? "" : "a number from 0 on";
    case Values::line:
      break;
  }
  return std::isfinite(value) ? "" : "a number";
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
  const Units& units = *layer.units;
  const bool in_block = units.block(layer.size) > 1;
  // How many of a block are on, and how far counts that end go, the units know.
  const bool together = in_block || (units.values() == Values::counts && units.tail() == Tail::bounded);
  std::vector<double> values(static_cast<std::size_t>(together ? rows.columns : 0));
  const std::vector<double> deviation(values.size(), 0.0);
  for (Index i = 0; i < rows.rows; ++i) {
    const auto refuse = [&](const std::string& why) {
      throw BadData(fmt::format("row {} shows in layer '{}' what is no state of {}: {}", first + i + 1, layer.name,
                                layer.units.type(), why));
    };
    for (Index j = 0; j < rows.columns; ++j) {
      const float value = rows(i, j);
      if (const std::string wanted = no_state(units, in_block, value); !wanted.empty())
        refuse(
            fmt::format("unit {} would be {}, got {}{}", j + 1, wanted, value,
                        units.states().size == 2 ? "; put the data through data.binarise or data.sample first" : ""));
      if (together) values[static_cast<std::size_t>(j)] = static_cast<double>(value);
    }
    if (!together) continue;
    try {
      units.check({1, values, deviation, values, values});
    } catch (const BadData& error) {
      refuse(error.what());
    }
  }
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
