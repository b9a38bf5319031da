#pragma once

#include <vector>

#include "harmonium/enumeration.hpp"

namespace harmonium {

/// Sums over all states of a machine at a temperature, exactly and within the range of doubles at any of them.
struct Averages {
  double log_z = 0;
  double energy = 0;         ///< <E>
  double square = 0;         ///< <E^2>
  std::vector<double> on;    ///< probability that a unit is on
  std::vector<double> mean;  ///< of every unit: low + (high - low) p(on)
};
Averages averages(const TwoStateMachine& machine, double temperature);

/// The energy of the ground states.
double lowest_energy(const TwoStateMachine& machine);

}  // namespace harmonium
