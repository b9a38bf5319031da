#pragma once

#include <string>
#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// What the dynamics of a small machine do to the laws over its states, exactly.
struct Transitions {
  static constexpr Index most_units = 10;

  std::vector<std::string> dynamics = {"glauber", "sequential", "block", "parallel"};
  double temperature = 1;

  static void describe(NodeType<Transitions>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
