#pragma once

#include <string>
#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// A layer as a pipeline file declares it.
struct LayerDeclaration {
  static constexpr const char* kind = "layer";
  using Contract = LayerDeclaration;

  std::string name;
  Handle<Units> units{"units.bernoulli"};
  Index size = 0;
  std::vector<Index> shape;
  bool visible = false;
  std::string part = "features";
  double bias = 0;
  bool by_channel = false;

  static void describe(ValueType<LayerDeclaration>& type);
};

/// A connection as a pipeline file declares it.
struct Join {
  static constexpr const char* kind = "join";
  using Contract = Join;

  std::vector<std::string> between;
  Handle<Connection> connection;
  double weights_deviation = 0.01;
  double weights_width = 0;
  std::string tied;

  static void describe(ValueType<Join>& type);
};

/// A network as it is declared: what model.network is told, and what its short forms make of their parameters.
struct Declared {
  std::vector<LayerDeclaration> layers;
  std::vector<Join> joins;

  /// A network with these parts beside its own, joined, new weights being zero; visible layers take size and shape from
  /// the data where they are there. Throws BadPipeline, naming the parameter, where it cannot be.
  Network skeleton(const DataSpec* data, Network network = {}) const;
  /// The spec of the result, or what is wrong. With an input `model`, that model and these parts.
  void outputs(const Specs& in, Specs& out) const;
  /// With new weights drawn, and biases of new visible layers that give the data's means if `from_data`.
  Outputs run(const Inputs& in, Context& context, bool from_data) const;
};

}  // namespace harmonium
