#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// How far contrastive divergence points from the gradient of the log-likelihood that it stands for: the angle between
/// its expectation and the exact gradient, for some numbers of steps. Nothing is drawn: p0, the law of the data over
/// visible states, is pushed through the law of a sweep, p_k(v') = sum over v, h of p_{k-1}(v) p(h|v) p(v'|h), and with
/// S(p) = sum over v of p(v) (v E[h|v]', v, E[h|v]) the gradients are
///   contrastive divergence   S(p0) - S(p_k)        exact   S(p0) - S(p of the model).
/// Carreira-Perpinan, Hinton 2005; Bengio, Delalleau 2009.
struct GradientAngle {
  std::vector<Index> steps{1, 2, 3, 5, 10, 20, 50, 100};

  static constexpr Index most_units = 20;

  static void describe(NodeType<GradientAngle>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
