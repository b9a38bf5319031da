#pragma once

#include <vector>

#include "activity.hpp"
#include "harmonium/belief_net.hpp"
#include "harmonium/class_posterior.hpp"
#include "harmonium/spec.hpp"

namespace harmonium::helmholtz {

/// Directed layers and what stands over them: nothing but the biases of a Helmholtz machine, or the top RBM of a deep
/// belief network. Refers to the model.
struct Directed {
  const HelmholtzMachine* below = nullptr;
  const Network* top = nullptr;
  Index joint = 0;  ///< the layer of the top RBM that is the highest directed layer

  explicit Directed(const HelmholtzMachine& machine) : below(&machine) {}
  explicit Directed(const DeepBeliefNet& net) : below(&net.below), top(&net.top), joint(net.joint()) {}

  /// The visible layers of the top RBM but the joint one, which show classes.
  std::vector<Index> classes() const;
};

/// Notes in `out`, at "in.model", what keeps the hidden units of a belief network's top RBM from being summed out.
void check_hidden(const DeepBeliefSpec& net, Specs& out);
/// The same for these and the class.
void check_summed_out(const DeepBeliefSpec& net, Specs& out);

/// -log p(x_0 ... x_n) of a Helmholtz machine, or of a deep belief network with the hidden units and the class of its
/// top RBM summed out, up to its log Z: with c any class,
///   sum over classes of exp(-F(x_n, class)) = exp(-F(x_n, c)) / p(c | x_n).
class JointCosts {
 public:
  JointCosts() = default;
  /// For up to `most` rows at once. Throws BadData where the top has more layers of classes than one.
  JointCosts(const Directed& model, Index most);
  /// costs[i] += that of row i of the activity, whose means are overwritten.
  void add(const Directed& model, Activity& activity, Span<double> costs);

 private:
  ClassPosterior posterior_;
  Tensor first_class_;  ///< rows x classes
};

}  // namespace harmonium::helmholtz
