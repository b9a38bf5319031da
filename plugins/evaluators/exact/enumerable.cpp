#include "enumerable.hpp"

#include <fmt/format.h>

namespace harmonium {

void demand_enumerable(const ModelSpec& model, Index most_units, Specs& out) {
  if (const Index units = model.visible_units() + model.hidden_units(); units > most_units)
    out.problem("in.model", fmt::format("the model has {} units; up to {} are enumerated", units, most_units));
  for (const LayerSpec& layer : model.layers)
    if (!layer.two_states())
      out.problem("in.model", fmt::format("layer '{}' has {}: only machines of units with two states are enumerated",
                                          layer.name, layer.units));
}

}  // namespace harmonium
