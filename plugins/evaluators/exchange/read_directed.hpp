#pragma once

#include "harmonium/node.hpp"

namespace harmonium {

/// A directed model as export.npz wrote it: a Feedforward, HelmholtzMachine or DeepBeliefNet.
template <class Model>
class ReadDirected {
 public:
  FilePath path;

  static void describe(NodeType<ReadDirected>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
