#pragma once

#include <vector>

#include "activity.hpp"
#include "harmonium/optimiser.hpp"
#include "kept.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

/// The steps of wake-sleep learning: delta rules, each of weights that predict the states of a layer from its
/// neighbour. Hinton, Dayan, Frey, Neal 1995.
class DirectedSteps {
 public:
  DirectedSteps() = default;
  DirectedSteps(const HelmholtzMachine& machine, const Handle<UpdateRule>& generation,
                const Handle<UpdateRule>& recognition, const std::vector<Handle<Penalty>>& penalties, Kept kept);

  /// Of the lowest `layers` layers, given the states of all: generation moves up the gradient of scale * sum over rows
  /// of count log p(x_l | x_{l+1}),
  ///   dV_l = x_{l+1} (x_l - <x_l>_p)',   db_l = x_l - <x_l>_p.
  /// `counts` is one a row, or empty. costs += -log p(x_l | x_{l+1}), for as many rows as there is room for.
  void wake(HelmholtzMachine& machine, Activity& activity, Index layers, double scale, Span<const float> counts,
            Span<double> costs);
  /// Given the states of all layers: recognition moves up the gradient of scale * sum over rows of
  /// log q(x_{l+1} | x_l),
  ///   dR_l = x_l (x_{l+1} - <x_{l+1}>_q)',   dc_{l+1} = x_{l+1} - <x_{l+1}>_q.
  void sleep(HelmholtzMachine& machine, Activity& activity, double scale, Span<double> costs);

  /// What must be kept from step to step; to be begun before every step.
  Optimiser generation, recognition;

 private:
  Kept kept_;
  std::vector<Tensor> gradients_;  ///< units above x units below, or the other way round; of each link, then of biases
  std::vector<double> sums_;
};

}  // namespace harmonium::helmholtz
