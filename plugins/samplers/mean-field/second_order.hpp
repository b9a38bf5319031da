#pragma once

#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {

/// The second order of the expansion of the free energy in the couplings (Plefka 1982), of which the first is the naive
/// mean field: what a unit's neighbours answer to itself is taken out of its input (Thouless, Anderson, Palmer 1977).
/// For any exponential family (Tramel, Gabrie, Manoel, Caltagirone, Krzakala 2018; of binary units alone:
/// Gabrie, Tramel, Krzakala 2015), with m and c the means and variances of the units,
///   q_i = -beta^2 sum_j W_ij^2 c_j,    (m_i, c_i) = moments of x_i at input beta sum_j W_ij m_j + q_i m_i and
///                                       quadratic term q_i.
/// What is held has no variance.
class SecondOrder {
 public:
  /// Throws RunFailed where units have no moments with a quadratic term in closed form.
  void begin(const Network& network, const Chains& chains);
  /// Updates units of one layer, `size` from `first` on, into their mean, `old` having the layer's means before.
  /// `damping` is the share of the old variance that is kept.
  void update(const Network& network, Index layer, Chains& chains, View<const float> old, View<const std::uint8_t> held,
              Index first, Index size, float damping);

 private:
  struct PerLayer {
    Tensor variance, quadratic, fresh;
  };
  std::vector<PerLayer> layers_;
  std::vector<Tensor> squares_;  ///< of the weights, link by link
};

}  // namespace harmonium
