#pragma once

#include "density.hpp"
#include "harmonium/network.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium::baselines {

/// What each component has seen besides its share of the rows: `strength` rows of the means given. And each weight is
/// as though `strength` / 2 further rows were its component's. Densities, but for constants:
///   mu_kj  Beta(1 + strength m_j, 1 + strength (1 - m_j)),   w  Dirichlet(1 + strength / 2).
/// Always-zero columns cost a small component nothing then, as they would under a uniform prior.
struct Prior {
  double strength = 1;
  std::vector<double> means;
};

/// What the rows seen so far say of a mixture's parameters: sums over rows of p(component | row) x (1, row).
struct Expected {
  Tensor counts;  ///< components
  Tensor ones;    ///< components x columns
  double log_likelihood = 0;
  Index rows = 0;

  void visit(Visitor& visitor);
};

/// p(x) = sum_k w_k prod_j mu_kj^x_j (1 - mu_kj)^(1 - x_j), fitted by expectation maximisation, which never lowers
/// log p(rows) + log p(w, mu). Dempster, Laird, Rubin 1977; Bishop 2006, section 9.3.3.
class Mixture final : public Density {
 public:
  Mixture() = default;
  /// Weights and means (components x columns), in double; means strictly between 0 and 1.
  Mixture(Tensor weights, Tensor means);
  /// A component half way between each of these rows and the means.
  static Mixture around(View<const float> rows, const std::vector<double>& means);
  /// The parameters of the highest expected log p(rows, components) + log p(w, mu).
  static Mixture maximised(const Expected& expected, const Prior& prior);

  Index components() const { return weights_.rows(); }
  const Tensor& weights() const { return weights_; }
  const Tensor& means() const { return means_; }
  Index parameters() const override { return components() - 1 + means_.size(); }
  void log_probabilities(View<const float> rows, Span<double> out) const override;
  /// Sums for no rows yet.
  Expected nothing_expected() const;
  /// Adds what rows, at most block_rows, say.
  void expect(View<const float> rows, Expected& expected) const;
  /// log p(w, mu), but for a constant.
  double log_prior(const Prior& prior) const;
  /// The mixture as a machine of binary units and one hidden one-of-K unit, but for rounding to float; the biases of
  /// the visible units are the log-odds of `means`.
  Network network(const PartSpec& part, const std::vector<double>& means) const;
  void visit(Visitor& visitor);

 private:
  void prepare();
  /// log p of each row, and p(component | row) in posterior_.
  void posterior(View<const float> rows, Span<double> log_p) const;

  Tensor weights_, means_;
  Tensor log_odds_;              ///< of the means
  std::vector<double> log_off_;  ///< log p(component, row of zeros)
  mutable Tensor rows_, posterior_;
};

/// Such a machine with weights zero.
Network mixture_skeleton(const PartSpec& part, Index components);

}  // namespace harmonium::baselines
