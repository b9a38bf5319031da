#pragma once

#include <vector>

#include "harmonium/chains.hpp"

namespace harmonium {

/// The way from a base-rate model, whose units are independent, to a network: all distributions between
///   log f_beta(x) = (1 - beta) log f_0(x) + beta log f_1(x),
/// which is the network with weights beta W and natural parameters (1 - beta) theta_0 + beta theta. Visible units of
/// the base have the rates of data; hidden ones no bias, their other parameters being the network's own. Salakhutdinov,
/// Murray 2008.
///
/// The units of one colour are summed out, real values and unbounded counts before others: given the rest they are
/// independent, so that
///   f_beta(rest) = exp(-E_beta(rest)) prod_j exp(A_j(beta W rest)).
class AnnealedPath {
 public:
  /// `base` has theta_0 of every layer (statistics x size). Throws RunFailed where units are approximate.
  AnnealedPath(const Network& network, std::vector<Tensor> base, Index runs, const Stream& stream);

  /// log Z of the base.
  double log_z_of_base() const;
  /// Draws all runs from the base; beta is 0.
  void begin();
  /// Takes over states, those of layers that are summed out too; beta becomes the one given.
  void begin_at(const Chains& states, double beta);
  /// log_weights[r] += log f_to(x_r) - log f_beta(x_r), then a transition that leaves f_to unchanged; beta becomes
  /// `to`. `number` tells the draws of one step from those of another.
  void step(double to, std::uint64_t number, Span<double> log_weights);
  /// sums[r] += log f_beta(x_r).
  void add_log_f(Span<double> sums);

  const Chains& states() const { return chains_; }
  Index runs() const { return chains_.rows(); }
  /// Whether a way there and a way back are the same seen from either end: where what is not summed out is drawn all at
  /// once.
  bool reversible() const;
  /// Whether a layer is summed out.
  bool summed(Index layer) const { return summed_[static_cast<std::size_t>(layer)] != 0; }

 private:
  struct PerLayer {
    Tensor base, theta, change, none;  ///< theta_0, theta, theta - theta_0, and zeros
    Tensor from, to;                   ///< theta at both ends of a step
    Stream draws, first;
  };
  void interpolate(const PerLayer& layer, double beta, View<float> out) const;
  void prepare(double beta);
  /// sums += share times A of a layer, its input being the one kept times beta.
  void add_partition(Index layer, View<const float> theta, double share, double beta, Span<double> sums);
  void add_statistics(Index layer, double share, Span<double> sums);
  void add_couplings(double share, Span<double> sums);

  const Network& network_;
  std::vector<PerLayer> layers_;
  std::vector<std::uint8_t> summed_;
  Chains chains_;
  double beta_ = 0;
  std::vector<double> terms_;
};

}  // namespace harmonium
