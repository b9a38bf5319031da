#include "schedule.hpp"

#include <algorithm>
#include <cmath>

namespace harmonium {

double deviation(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / n;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1));
}

std::vector<double> evenly(Index count) {
  std::vector<double> betas;
  for (Index k = 0; k < count; ++k) betas.push_back(static_cast<double>(k) / static_cast<double>(count - 1));
  return betas;
}

std::vector<double> three_segments(Index count) {
  constexpr double first = 1.0 / 29, second = 9.0 / 29;
  std::vector<double> betas = evenly(count);
  for (double& beta : betas)
    beta = beta <= first    ? 0.5 * beta / first
           : beta <= second ? 0.5 + 0.4 * (beta - first) / (second - first)
                            : 0.9 + 0.1 * (beta - second) / (1 - second);
  return betas;
}

std::vector<double> at_equal_cost(const std::vector<double>& cost, Index count) {
  const std::size_t steps = cost.size();
  double mean = 0;
  for (const double each : cost) mean += each / static_cast<double>(steps);
  // Cumulative cost at the ends of the pilot's steps; where nothing varies all steps cost the same.
  std::vector<double> spent = {0};
  for (const double each : cost) spent.push_back(spent.back() + (mean > 0 ? std::max(each, 0.1 * mean) : 1));
  std::vector<double> betas;
  std::size_t at = 0;
  for (const double share : evenly(count)) {
    const double wanted = share * spent.back();
    while (at + 1 < steps && spent[at + 1] < wanted) ++at;
    const double inside = (wanted - spent[at]) / (spent[at + 1] - spent[at]);
    betas.push_back((static_cast<double>(at) + inside) / static_cast<double>(steps));
  }
  betas.front() = 0;
  betas.back() = 1;
  return betas;
}

}  // namespace harmonium
