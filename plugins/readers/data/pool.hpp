#pragma once

#include <string>

#include "harmonium/node.hpp"

namespace harmonium {

/// Pools of units of which at most one is on, from the probability of each: p(pool is on) = sum of p(unit is on).
class Pool {
 public:
  Index block = 4;
  std::string part = "features";

  static void describe(NodeType<Pool>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;

 private:
  DataSpec pooled(const DataSpec& data) const;
};

}  // namespace harmonium
