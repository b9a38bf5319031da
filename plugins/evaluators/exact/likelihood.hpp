#pragma once

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// The mean of log p(v) over rows: exactly where log Z is added up, else as far as the model's certificate goes.
struct Likelihood {
  static void describe(NodeType<Likelihood>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
