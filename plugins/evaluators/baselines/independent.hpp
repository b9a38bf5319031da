#pragma once

#include "density.hpp"

namespace harmonium::baselines {

/// Independent sites: p(x) = prod_j m_j^x_j (1 - m_j)^(1 - x_j).
class Independent final : public Density {
 public:
  /// Each mean strictly between 0 and 1.
  explicit Independent(std::vector<double> means);
  /// The means of the rows and of 2 `smoothing` further rows that are spread evenly over all states,
  /// m_j = (ones_j + smoothing) / (rows + 2 smoothing): the mode under a prior Beta(1 + smoothing, 1 + smoothing).
  static Independent fit(const BinaryRows& rows, double smoothing);

  const std::vector<double>& means() const { return means_; }
  void log_probabilities(View<const float> rows, Span<double> out) const override;
  Index parameters() const override { return static_cast<Index>(means_.size()); }

 private:
  std::vector<double> means_, log_odds_;
  double log_off_ = 0;  ///< log p of a row of zeros
};

}  // namespace harmonium::baselines
