#include "harmonium/mean.hpp"

#include <cmath>

namespace harmonium {

Mean mean_of(Span<const double> values) {
  const auto n = static_cast<double>(values.size);
  Mean mean;
  for (const double value : values) mean.value += value / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean.value) * (value - mean.value);
  if (values.size > 1) mean.error = std::sqrt(squares / (n - 1) / n);
  return mean;
}

}  // namespace harmonium
