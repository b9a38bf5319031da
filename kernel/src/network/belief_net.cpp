#include "harmonium/belief_net.hpp"

#include <fmt/format.h>

#include <utility>

#include "harmonium/errors.hpp"

namespace harmonium {

Index DeepBeliefNet::joint() const {
  for (const Index layer : top.visible())
    if (top.layer(layer).part == joint_part) return layer;
  throw BadData(fmt::format("no layer of the top RBM shows '{}'", joint_part));
}

Feedforward DeepBeliefNet::recognition() const {
  Feedforward network;
  network.part = below.part;
  network.input_shape = below.shape;
  for (Index l = 0; l + 1 < below.size(); ++l)
    network.stages.push_back(
        {top.layer(joint()).units, below.link(l).recognition, below.layer(l + 1).recognition_bias});
  return network;
}

Feedforward DeepBeliefNet::generation() const {
  Feedforward network;
  network.part = joint_part;
  network.output_shape = below.shape;
  for (Index l = below.size() - 2; l >= 0; --l)
    network.stages.push_back({top.layer(joint()).units, below.link(l).generation, below.layer(l).bias});
  return network;
}

void DeepBeliefNet::visit(Visitor& visitor) {
  visitor("below", below);
  visitor("top", top);
  // A layer that could be changed would void the certificate.
  if (visitor.loading() && std::as_const(top).layer(joint()).size != below.layers.back().size())
    throw BadData("the top RBM of a deep belief network does not fit the layers below it");
}

}  // namespace harmonium
