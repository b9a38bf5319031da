#include "chain_statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "harmonium/tensor.hpp"

namespace harmonium {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double mean_of(Span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size);
}

/// The sum over i of (x_i - mean) (x_i+t - mean).
double products_at(Span<const double> x, Index lag, double mean) {
  double sum = 0;
  for (Index i = 0; i + lag < x.size; ++i) sum += (x[i] - mean) * (x[i + lag] - mean);
  return sum;
}

/// The first and the second half of each chain as chains; of an odd number of sweeps the one in the middle is left out.
Tensor halves(View<const double> draws) {
  const Index half = draws.columns / 2;
  Tensor split = Tensor::of<double>({2 * draws.rows, half});
  for (Index m = 0; m < draws.rows; ++m) {
    std::copy_n(draws.row(m).data, half, split.view<double>().row(2 * m).data);
    std::copy_n(draws.row(m).data + draws.columns - half, half, split.view<double>().row(2 * m + 1).data);
  }
  return split;
}

/// The mean variance within chains, W, and the estimate of the whole variance from within and between, var+ (Gelman,
/// Rubin 1992).
struct Variances {
  double within = 0, whole = 0;
};
Variances variances_of(View<const double> chains) {
  const auto n = static_cast<double>(chains.columns), m = static_cast<double>(chains.rows);
  std::vector<double> means;
  Variances found;
  for (Index i = 0; i < chains.rows; ++i) {
    means.push_back(mean_of(chains.row(i)));
    found.within += products_at(chains.row(i), 0, means.back()) / (n - 1) / m;
  }
  const double between = products_at(means, 0, mean_of(means)) / (m - 1);
  found.whole = found.within * (n - 1) / n + between;
  return found;
}

/// Values replaced by the normal quantile of their rank among all; equal ones by that of their mean rank (Blom 1958).
void rank_normalise(Span<double> values) {
  std::vector<Index> order(static_cast<std::size_t>(values.size));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return values[a] < values[b]; });
  const boost::math::normal standard;
  const auto count = static_cast<double>(values.size);
  std::vector<double> scores(order.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    const double rank = static_cast<double>(first + last) / 2 + 1;
    const double score = boost::math::quantile(standard, (rank - 0.375) / (count + 0.25));
    for (; first <= last; ++first) scores[static_cast<std::size_t>(order[first])] = score;
  }
  std::copy(scores.begin(), scores.end(), values.begin());
}

double r_hat_of_ranks(Tensor chains) {
  rank_normalise(chains.values<double>());
  const Variances found = variances_of(chains.view<double>());
  return found.whole > 0 ? std::sqrt(found.whole / found.within) : not_a_number;
}

bool all_equal(View<const double> draws) {
  for (Index m = 0; m < draws.rows; ++m)
    for (const double value : draws.row(m))
      if (value != draws(0, 0)) return false;
  return true;
}

}  // namespace

double autocorrelation_time(View<const double> draws) {
  if (all_equal(draws)) return not_a_number;
  double mean = 0;
  for (Index m = 0; m < draws.rows; ++m) mean += mean_of(draws.row(m)) / static_cast<double>(draws.rows);
  const auto covariance = [&](Index lag) {
    double sum = 0;
    for (Index m = 0; m < draws.rows; ++m) sum += products_at(draws.row(m), lag, mean);
    return sum / static_cast<double>(draws.columns - lag);
  };
  const double variance = covariance(0);
  constexpr double window = 5;
  double tau = 1;
  for (Index lag = 1; lag <= draws.columns / 2; ++lag) {
    tau += 2 * covariance(lag) / variance;
    if (static_cast<double>(lag) >= window * std::max(tau, 1.0)) break;
  }
  return tau;
}

double effective_sample_size(View<const double> draws) {
  if (all_equal(draws)) return not_a_number;
  const Tensor split = halves(draws);
  const View<const double> chains = split.view<double>();
  const auto n = static_cast<double>(chains.columns), m = static_cast<double>(chains.rows);
  const Variances found = variances_of(chains);
  std::vector<double> means;
  for (Index i = 0; i < chains.rows; ++i) means.push_back(mean_of(chains.row(i)));
  const auto correlation = [&](Index lag) {
    double covariance = 0;
    for (Index i = 0; i < chains.rows; ++i)
      covariance += products_at(chains.row(i), lag, means[static_cast<std::size_t>(i)]) / (n - 1) / m;
    return 1 - (found.within - covariance) / found.whole;
  };
  // Sums of an even and the next odd lag are positive and fall, in a reversible chain.
  double tau = -1, least = std::numeric_limits<double>::infinity();
  for (Index lag = 0; lag + 1 < chains.columns; lag += 2) {
    const double pair = (lag == 0 ? 1 : correlation(lag)) + correlation(lag + 1);
    if (pair <= 0) break;
    least = std::min(least, pair);
    tau += 2 * least;
  }
  // Draws that avoid each other are worth more than independent ones, but not without bound.
  return n * m / std::max(tau, 1 / std::log10(n * m));
}

double r_hat(View<const double> draws) {
  if (all_equal(draws)) return not_a_number;
  Tensor split = halves(draws);
  const double bulk = r_hat_of_ranks(split);
  std::vector<double> sorted(split.data<double>(), split.data<double>() + split.size());
  std::sort(sorted.begin(), sorted.end());
  const double median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  for (double& value : split.values<double>()) value = std::abs(value - median);
  // Of two values the distances from the median may all be the same.
  return std::fmax(bulk, r_hat_of_ranks(std::move(split)));
}

}  // namespace harmonium
