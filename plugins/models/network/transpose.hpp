#pragma once

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// A machine seen from its other side. With the transposed weights of the RBM below it as its own an upper RBM leaves
/// the likelihood of a stack as it is; what makes its features likelier raises the bound. Hinton, Osindero, Teh 2006,
/// section 4.
struct Transpose {
  std::string part = "features";

  static void describe(NodeType<Transpose>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
