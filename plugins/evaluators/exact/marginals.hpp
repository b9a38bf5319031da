#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {

/// By how much the means that a sampler gives are wrong.
struct Marginals {
  Handle<Sampler> sampler{"sampler.gibbs"};
  double temperature = 1;
  std::vector<Index> sweeps = {1000};
  Index burn_in = 0;
  Index chains = 20;

  static void describe(NodeType<Marginals>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
