#include "averages.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace harmonium {
namespace {

/// Sums of exp(-E / T), weighted, whose largest term so far is kept apart.
struct Sums {
  double least = std::numeric_limits<double>::infinity();  ///< the lowest energy so far
  double z = 0, energy = 0, square = 0;
  std::vector<double> on;  ///< of each unit

  void rescale(double to, double beta) {
    const double factor = std::isinf(least) ? 0 : std::exp(-beta * (least - to));
    z *= factor;
    energy *= factor;
    square *= factor;
    for (double& value : on) value *= factor;
    least = to;
  }
};

}  // namespace

Averages averages(const TwoStateMachine& machine, double temperature) {
  const auto n = static_cast<std::size_t>(machine.units());
  const double beta = 1 / temperature;
  std::vector<Sums> parts(static_cast<std::size_t>(machine.blocks()));
  for (Sums& part : parts) part.on.assign(n, 0.0);
  machine.enumerate([&](Index block, double energy, std::uint32_t state, Index) {
    Sums& sums = parts[static_cast<std::size_t>(block)];
    if (energy < sums.least) sums.rescale(energy, beta);
    const double weight = std::exp(-beta * (energy - sums.least));
    sums.z += weight;
    sums.energy += weight * energy;
    sums.square += weight * energy * energy;
    for (std::size_t i = 0; i < n; ++i)
      if ((state >> i) & 1) sums.on[i] += weight;
  });
  Sums all = parts[0];
  for (std::size_t b = 1; b < parts.size(); ++b) {
    const double least = std::min(all.least, parts[b].least);
    all.rescale(least, beta);
    parts[b].rescale(least, beta);
    all.z += parts[b].z;
    all.energy += parts[b].energy;
    all.square += parts[b].square;
    for (std::size_t i = 0; i < n; ++i) all.on[i] += parts[b].on[i];
  }
  Averages found{std::log(all.z) - beta * all.least, all.energy / all.z, all.square / all.z, {}, {}};
  for (std::size_t i = 0; i < n; ++i) {
    found.on.push_back(all.on[i] / all.z);
    found.mean.push_back(machine.low[i] + (machine.high[i] - machine.low[i]) * found.on[i]);
  }
  return found;
}

double lowest_energy(const TwoStateMachine& machine) {
  std::vector<double> least(static_cast<std::size_t>(machine.blocks()), std::numeric_limits<double>::infinity());
  machine.enumerate([&](Index block, double energy, std::uint32_t, Index) {
    double& low = least[static_cast<std::size_t>(block)];
    low = std::min(low, energy);
  });
  return *std::min_element(least.begin(), least.end());
}

}  // namespace harmonium
