#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace harmonium::testing {

/// Chi-squared of counts against probabilities, over what it stays below but for one time in three million (five
/// standard deviations; Wilson and Hilferty 1931). Cells in which less than five are expected are taken together. A
/// draw from a cell of no probability makes it infinite.
inline double strangeness_of(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double draws = 0;
  for (const double count : counts) draws += count;
  double chi_squared = 0, cells = 0, rest_expected = 0, rest_counted = 0;
  const auto add = [&](double counted, double expected) {
    chi_squared += (counted - expected) * (counted - expected) / expected;
    ++cells;
  };
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = probabilities[i] * draws;
    if (counts[i] > 0 && expected == 0) return INFINITY;
    if (expected >= 5) {
      add(counts[i], expected);
    } else {
      rest_expected += expected;
      rest_counted += counts[i];
    }
  }
  if (rest_expected >= 5)
    add(rest_counted, rest_expected);
  else if (rest_counted > 5 + rest_expected + 5 * std::sqrt(rest_expected + 1))
    return INFINITY;
  const double freedom = std::max(1.0, cells - 1), share = 2 / (9 * freedom);
  return chi_squared / (freedom * std::pow(1 - share + 5 * std::sqrt(share), 3));
}

}  // namespace harmonium::testing
