#pragma once

#include "harmonium/node.hpp"

namespace harmonium {

/// What a read-out or a fine-tuned network holds of the classes of rows.
struct NetworkClasses {
  static void describe(NodeType<NetworkClasses>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
