#include "estimate.hpp"

#include <algorithm>
#include <cmath>

namespace harmonium {
namespace {

double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

struct Moments {
  double mean = 0, square = 0;

  /// Variance of the mean of n values, by the square of that mean.
  double relative_variance(double n) const { return mean > 0 ? (square / (mean * mean) - 1) / n : 0; }
};

Moments moments(Span<const double> values, const auto& map) {
  Moments found;
  const auto n = static_cast<double>(values.size);
  for (const double value : values) {
    const double mapped = map(value);
    found.mean += mapped / n;
    found.square += mapped * mapped / n;
  }
  return found;
}

}  // namespace

LogMean log_mean(Span<const double> log_weights) {
  const double most = *std::max_element(log_weights.begin(), log_weights.end());
  const auto n = static_cast<double>(log_weights.size);
  const Moments found = moments(log_weights, [&](double value) { return std::exp(value - most); });
  LogMean mean;
  mean.value = most + std::log(found.mean);
  mean.effective = n * found.mean * found.mean / found.square;
  mean.error = n > 1 ? std::sqrt(std::max(0.0, found.relative_variance(n - 1))) : 0;
  return mean;
}

LogMean bridge(Span<const double> forward, Span<const double> backward) {
  const double shift = std::log(static_cast<double>(forward.size) / static_cast<double>(backward.size));
  const auto there = [&](double at) { return moments(forward, [&](double w) { return sigmoid(w - at - shift); }); };
  const auto back = [&](double at) { return moments(backward, [&](double w) { return sigmoid(w + at + shift); }); };
  // One side falls and the other rises with the estimate: they meet once, and not beyond what either side says alone.
  const double one = log_mean(forward).value, other = -log_mean(backward).value;
  double low = std::min(one, other) - 1, high = std::max(one, other) + 1;
  const auto difference = [&](double at) {
    return there(at).mean * static_cast<double>(forward.size) - back(at).mean * static_cast<double>(backward.size);
  };
  while (difference(low) < 0) low -= high - low;
  while (difference(high) > 0) high += high - low;
  for (int i = 0; i < 100; ++i) {
    const double middle = low + (high - low) / 2;
    (difference(middle) > 0 ? low : high) = middle;
  }
  LogMean mean;
  mean.value = low + (high - low) / 2;
  mean.error = std::sqrt(std::max(0.0, there(mean.value).relative_variance(static_cast<double>(forward.size)) +
                                           back(mean.value).relative_variance(static_cast<double>(backward.size))));
  return mean;
}

}  // namespace harmonium
