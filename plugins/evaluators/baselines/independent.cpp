#include "independent.hpp"

#include "harmonium/elementwise.hpp"

namespace harmonium::baselines {

Independent::Independent(std::vector<double> means) : means_(std::move(means)) {
  for (const double mean : means_) {
    log_odds_.push_back(std::log(mean) - std::log1p(-mean));
    log_off_ += std::log1p(-mean);
  }
}

Independent Independent::fit(const BinaryRows& rows, double smoothing) {
  std::vector<double> ones(static_cast<std::size_t>(rows.columns()), smoothing);
  by_blocks(rows, [&](Index, View<const float> block) { elementwise::add_column_sums(block, 1, ones); });
  for (double& mean : ones) mean = kept_inside(mean / (static_cast<double>(rows.rows()) + 2 * smoothing));
  return Independent(std::move(ones));
}

void Independent::log_probabilities(View<const float> rows, Span<double> out) const {
  for (Index i = 0; i < rows.rows; ++i) {
    double sum = log_off_;
    for (Index j = 0; j < rows.columns; ++j)
      sum += static_cast<double>(rows(i, j)) * log_odds_[static_cast<std::size_t>(j)];
    out[i] = sum;
  }
}

}  // namespace harmonium::baselines
