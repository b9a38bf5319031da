#pragma once

#include <algorithm>
#include <string>

#include "harmonium/feedforward.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

struct BeliefNetSpec {
  MachineSpec below;
  ModelSpec top;
};

/// A deep belief network whose recognition weights are no longer the transposes of its generative ones: directed layers
/// x_0 (which shows data) to x_n under an undirected top RBM that shows x_n and the class,
///   p(x, c, h) = p_top(x_n, c, h) prod_{l<n} prod_j s(x_lj; b_lj + sum_i x_{l+1,i} V_lij),
/// with the recognition model q of a Helmholtz machine. Hinton, Osindero, Teh 2006, section 5.
class BeliefNet {
 public:
  static constexpr const char* port_type = "deep belief network";
  using Spec = BeliefNetSpec;

  /// The directed layers. What it says of x_n by itself, biases in a product, is replaced by the top RBM.
  Machine below;
  Network top;

  BeliefNetSpec spec() const { return {below.spec(), top.spec()}; }
  /// The number of the layer of the top RBM that is x_n.
  Index joint() const;
  /// q by means, from the data to x_n; p by means, from x_n to the data.
  Feedforward recognition() const;
  Feedforward generation() const;
  void visit(Visitor& visitor);
};

/// Rows of the same shape. Either may be a part of a larger matrix.
inline void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

/// The part of data that the top RBM takes for x_n: what features of a stack are called.
inline constexpr const char* joint_part = "features";

/// A stack of RBMs of binary units, unrolled: every RBM but the top one becomes two directed layers, its weights
/// serving in both directions. At that moment the network's law is that of the stack; from then on both are free to
/// differ.
struct Unroll {
  static void describe(NodeType<Unroll>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

/// The outputs that whatever makes a belief network has beside the network itself.
template <class T>
void describe_halves(NodeType<T>& type) {
  type.template output<Network>("top", "Its top RBM, which tells p(class | features) of what was recognised.")
      .template output<Feedforward>("recognition", "From data to the features that the top RBM shows, by means.")
      .template output<Feedforward>("generation", "From these features to data, by means.");
}
void set_halves(const BeliefNetSpec& spec, Specs& out);
void set_halves(const BeliefNet& net, Outputs& out);

}  // namespace harmonium::helmholtz
