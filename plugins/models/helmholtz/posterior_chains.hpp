#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "activity.hpp"
#include "directed.hpp"
#include "harmonium/chains.hpp"

namespace harmonium::helmholtz {

/// What is known of some rows of one layer.
struct Given {
  Tensor values;  ///< rows x size; 0 where unknown
  Tensor known;   ///< rows x size, uint8; 1 where known
};

/// Chains of p(hidden layers, unknown units | known units), `copies` of each row, beside each other. A sweep
///   1. draws the layers above the lowest anew: `proposals` draws from q(. | x_0) and the present state, of weights
///      p(x_0 ... x_n) / q(x_1 ... x_n | x_0), and one of them is taken in proportion to its weight;
///   2. draws the hidden units of the top RBM, then its classes (Gibbs);
///   3. draws the unknown units of the lowest layer from p(. | x_1).
/// Each leaves the distribution unchanged, the first however bad recognition is: iterated sampling importance
/// resampling, Andrieu, Doucet, Holenstein 2010, section 4.1 and Andrieu, Lee, Vihola 2018.
class PosteriorChains {
 public:
  /// `given` is of the lowest layer, then of the classes.
  PosteriorChains(const Directed& model, const std::vector<Given>& given, Index copies, Index proposals,
                  const Stream& stream);

  void sweep();
  /// Of the lowest layer, chains x size: expectations given the layer above at the last sweep, also of what is known,
  /// and states.
  View<const float> mean() { return now_.mean(0); }
  View<const float> state() { return now_.state(0); }
  /// The share of sweeps and chains in which hidden layers went to another state than the one they had.
  double moved() const { return moves_ / std::max(1.0, static_cast<double>(step_) * static_cast<double>(chains_)); }

 private:
  /// log_weights[i] = log p(x_0 ... x_n and, up to a constant, classes) + proposal costs[i].
  void weigh(Activity& activity, const std::vector<Tensor>& classes, Span<double> log_weights);
  void propose(const Stream& stream);
  void move_top(const Stream& stream);
  void draw_unknown(const Stream& stream);

  Directed model_;
  const std::vector<Given>& given_;
  Index copies_, proposals_, chains_;
  Stream stream_;
  Activity now_, proposed_;
  Chains top_;
  std::vector<Tensor> flags_;     ///< of each layer of the top RBM, units that are held
  std::vector<Tensor> repeated_;  ///< states of classes, a row for each proposal
  Tensor noise_, choice_;
  std::uint64_t step_ = 0;
  double moves_ = 0;
};

}  // namespace harmonium::helmholtz
