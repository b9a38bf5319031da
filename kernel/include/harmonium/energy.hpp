#pragma once

#include <vector>

#include "harmonium/network.hpp"

namespace harmonium {

/// energies[i] = E(row i) of complete states, one matrix a layer. In double.
HARMONIUM_API void energy(const Network& network, const std::vector<View<const double>>& states, Span<double> energies);

/// energies[i] = F(row i) = -log sum over hidden states of exp(-E), F(v) = E_v(v) - sum over hidden layers of
/// A_h(input to h). `visible` has one matrix for each visible layer, in the order of Network::visible(). Inputs are
/// computed in the precision of the states, sums in double. Throws RunFailed where hidden layers are not independent
/// given the visible ones, or units are approximate. At an inverse temperature b, weights and natural parameters count
/// b times, as in Chains::prepare: the result is -log of the sum of exp(-b E).
HARMONIUM_API void free_energy(const Network& network, const std::vector<View<const float>>& visible,
                               Span<double> energies, double inverse_temperature = 1);
HARMONIUM_API void free_energy(const Network& network, const std::vector<View<const double>>& visible,
                               Span<double> energies, double inverse_temperature = 1);

/// Expected states of one hidden layer given the visible ones, where hidden layers are independent.
HARMONIUM_API void hidden_mean(const Network& network, Index layer, const std::vector<View<const float>>& visible,
                               View<float> out);

}  // namespace harmonium
