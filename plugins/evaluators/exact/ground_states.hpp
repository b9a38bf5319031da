#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {

/// How surely a dynamics finds the states of the lowest energy, given so many sweeps.
struct GroundStates {
  Handle<Sampler> sampler{"sampler.annealing"};
  std::vector<Index> sweeps = {1, 2, 5, 10, 20, 50, 100, 200};
  Index chains = 200;

  static void describe(NodeType<GroundStates>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
