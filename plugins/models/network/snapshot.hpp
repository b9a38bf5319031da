#pragma once

#include "harmonium/node.hpp"
#include "harmonium/snapshots.hpp"

namespace harmonium {

/// One of the models that a training kept on its way, for whatever takes a model.
struct Snapshot {
  Index epoch = 0;

  static void describe(NodeType<Snapshot>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
