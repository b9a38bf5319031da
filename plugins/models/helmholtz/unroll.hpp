#pragma once

#include <algorithm>
#include <string>

#include "harmonium/belief_net.hpp"
#include "harmonium/node.hpp"

namespace harmonium::helmholtz {

/// Rows of the same shape. Either may be a part of a larger matrix.
inline void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

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
void set_halves(const DeepBeliefSpec& spec, Specs& out);
void set_halves(const DeepBeliefNet& net, Outputs& out);

}  // namespace harmonium::helmholtz
