#pragma once

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// The mean of log p(v) over rows, exactly.
struct ExactLikelihood {
  static void describe(NodeType<ExactLikelihood>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
