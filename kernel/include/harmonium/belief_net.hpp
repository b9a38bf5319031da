#pragma once

#include "harmonium/export.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/helmholtz.hpp"
#include "harmonium/network.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// A deep belief network whose recognition weights are no longer the transposes of its generative ones: directed layers
/// x_0 (which shows data) to x_n under an undirected top RBM that shows x_n and the class,
///   p(x, c, h) = p_top(x_n, c, h) prod_{l<n} prod_j s(x_lj; b_lj + sum_i x_{l+1,i} V_lij),
/// with the recognition model q of a Helmholtz machine. Hinton, Osindero, Teh 2006, section 5.
class HARMONIUM_API DeepBeliefNet {
 public:
  static constexpr const char* port_type = "deep belief network";
  using Spec = DeepBeliefSpec;
  /// The part of data that the top RBM takes for x_n: what features of a stack are called.
  static constexpr const char* joint_part = "features";

  /// The directed layers. What it says of x_n by itself, biases in a product, is replaced by the top RBM.
  HelmholtzMachine below;
  Network top;

  DeepBeliefSpec spec() const { return {below.spec(), top.spec()}; }
  /// The number of the layer of the top RBM that is x_n. Throws BadData where there is none.
  Index joint() const;
  /// q by means, from the data to x_n; p by means, from x_n to the data.
  Feedforward recognition() const;
  Feedforward generation() const;
  void visit(Visitor& visitor);
};

}  // namespace harmonium
