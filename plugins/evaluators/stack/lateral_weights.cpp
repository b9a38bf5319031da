#include "stack/lateral_weights.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"

namespace harmonium {

Tensor lateral_weights(const Network& model, Index layer) {
  const Index units = model.layer(layer).size;
  Tensor weights = Tensor::matrix(units, units), states = Tensor::matrix(units, units);
  // One unit on and all others off is that unit's weights.
  for (Index i = 0; i < units; ++i) states.view()(i, i) = 1;
  bool any = false;
  for (Index i = 0; i < static_cast<Index>(model.links().size()); ++i) {
    const Link& link = model.link(i);
    if (link.a != layer || link.b != layer) continue;
    link.connection->to_b(model.ends(i), link.weights.view(), states.view(), 0, weights.view(), 1, any);
    any = true;
  }
  if (!any) throw BadData(fmt::format("the units of layer '{}' are not joined to each other", model.layer(layer).name));
  return weights;
}

Index check_joined(const ModelSpec& model, const std::string& where, Specs& outputs) {
  for (const LinkSpec& link : model.links)
    if (link.a == link.b && model.layers[static_cast<std::size_t>(link.a)].visible) return link.a;
  outputs.problem(where, "no visible layer of the model has its units joined to each other");
  return -1;
}

}  // namespace harmonium
