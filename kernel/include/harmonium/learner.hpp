#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/optimiser.hpp"

namespace harmonium {

/// Follows the gradient of the log-likelihood: clamped minus free statistics. Every trainer of a network ends here; it
/// is the one place where batch statistics are reduced.
///
/// Penalties on activities want means in the clamped rows of hidden layers.
///
/// For each layer there is one matrix of statistics: the clamped rows on top, the free rows below them, so that both
/// halves of a gradient are one product, [clamped; free]' [clamped; -free].
class HARMONIUM_API Learner {
 public:
  Learner() = default;
  Learner(const Network& network, const Handle<UpdateRule>& rule, const std::vector<Handle<Penalty>>& penalties,
          Index most_clamped_rows, Index most_free_rows);
  Learner(Learner&&) = default;
  Learner& operator=(Learner&&) = default;

  /// Sets the rows of the coming step.
  void rows(Index clamped, Index free);
  /// Where the statistics of a layer go (rows x size): states, or their means.
  View<float> clamped(Index layer);
  View<float> free(Index layer);
  /// What those rows hold: means of the units, or states. Data are states; everything else is taken for means until
  /// told otherwise. It matters to units with statistics beyond their state.
  void holds_means(Index layer, bool clamped, bool free);

  /// One step: statistics -> gradient -> penalties -> rule. The gradient is the mean over `batch` rows: a short last
  /// batch weighs by its size. Throws RunFailed, naming the parameter, where the step leaves it beyond
  /// largest_parameter or not a number.
  /// The statistics are spoiled.
  void step(Network& network, const Moment& now, Index batch);

  /// What must be kept from step to step.
  void visit(Visitor& visitor);

 private:
  struct PerLayer {
    Tensor stack;  ///< clamped rows over free rows
    Tensor theta;
    Tensor sums;                 ///< statistics x size, double: clamped minus free
    Tensor gradient;             ///< parameters x size
    Tensor push;                 ///< one value a unit, from penalties on activities
    std::vector<Tensor> memory;  ///< of a hidden layer: one for each penalty
    Index first_parameter = 0;   ///< its number in the optimiser
    bool clamped_means = false, free_means = false;
    bool pushed = false;
    bool negated = false;  ///< the free rows stand with the factor of the free phase
  };
  struct PerLink {
    Tensor gradient;
    Tensor copy;  ///< of the stack, for connections within a layer
    Index parameter = 0;
  };

  void add_unit_gradients(Network& network, double clamped_scale, double free_scale);
  void find_pushes();
  void add_pushes();
  void multiply_free(PerLayer& layer, float factor);

  Optimiser optimiser_;
  Index clamped_rows_ = 0, free_rows_ = 0;
  std::vector<PerLayer> layers_;
  std::vector<PerLink> links_;
};

}  // namespace harmonium
