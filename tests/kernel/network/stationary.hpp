#pragma once

#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>

#include "conformance/chi_squared.hpp"
#include "harmonium/sampler.hpp"
#include "kernel/network/small_networks.hpp"

/// Whether a sampler leaves a distribution over all states of a small machine unchanged.
namespace harmonium::testing {

/// All joint states: for each, a state of every layer.
inline std::vector<std::vector<std::vector<double>>> all_joint_states(const Network& network) {
  std::vector<std::vector<std::vector<double>>> joint = {{}};
  for (const Layer& layer : network.layers()) {
    std::vector<std::vector<std::vector<double>>> longer;
    for (const auto& state : joint)
      for (const auto& own : all_states(layer)) {
        longer.push_back(state);
        longer.back().push_back(own);
      }
    joint = std::move(longer);
  }
  return joint;
}

inline std::vector<double> normalised(std::vector<double> weights) {
  const double z = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= z;
  return weights;
}

/// exp(-beta E) / Z of every joint state.
inline std::vector<double> boltzmann_law(const Network& network, double beta = 1) {
  std::vector<double> p;
  for (const auto& state : all_joint_states(network)) p.push_back(std::exp(-beta * naive_energy(network, state)));
  return normalised(std::move(p));
}

inline void set_state(Chains& chains, Index row, const std::vector<std::vector<double>>& state) {
  for (std::size_t l = 0; l < state.size(); ++l)
    for (std::size_t j = 0; j < state[l].size(); ++j)
      chains[static_cast<Index>(l)].state(row, static_cast<Index>(j)) = static_cast<float>(state[l][j]);
}

inline std::vector<std::vector<double>> state_of(const Chains& chains, Index row) {
  std::vector<std::vector<double>> state;
  for (Index l = 0; l < chains.size(); ++l) {
    const Span<float> values = chains[l].state.row(row);
    state.emplace_back(values.begin(), values.end());
  }
  return state;
}

/// States of all chains, each an independent draw of a joint state from `law`, one probability for each.
inline void draw_states(const std::vector<std::vector<std::vector<double>>>& states, const std::vector<double>& law,
                        Chains& chains, std::uint64_t seed = 1) {
  Tensor draws = Tensor::matrix(chains.rows(), 1);
  uniform(Stream{seed}, draws.view());
  for (Index i = 0; i < chains.rows(); ++i) {
    double left = static_cast<double>(draws.view()(i, 0));
    std::size_t state = 0;
    while (state + 1 < law.size() && left >= law[state]) left -= law[state++];
    set_state(chains, i, states[state]);
  }
}

/// Joint states of a machine, and one probability for each: of a sampler with replicas, one law a replica.
struct Laws {
  std::vector<std::vector<std::vector<double>>> states;
  std::vector<std::vector<double>> of_replicas;
};

/// Chains begin at independent draws from the laws, so slow mixing cannot cause a failure: only a wrong conditional
/// can. Gives the strangeness of the first replica's states after some sweeps: from 1 on they are no draws from its
/// law. Infinite where a chain is in a state that there is not.
inline double strangeness(const Network& network, const Laws& laws, const std::function<void(Chains&)>& sweep,
                          Index rows) {
  std::map<std::vector<std::vector<double>>, std::size_t> number;
  for (std::size_t s = 0; s < laws.states.size(); ++s) number.emplace(laws.states[s], s);
  const auto replicas = static_cast<Index>(laws.of_replicas.size());
  Chains chains(network, rows * replicas);
  for (Index r = 0; r < replicas; ++r)
    draw_states(laws.states, laws.of_replicas[static_cast<std::size_t>(r)], chains.part(network, r, replicas),
                static_cast<std::uint64_t>(r) + 1);
  chains.prepare(network);
  sweep(chains);
  std::vector<double> counts(laws.of_replicas.front().size(), 0.0);
  for (Index i = 0; i < rows; ++i) {
    const auto found = number.find(state_of(chains, i));
    if (found == number.end()) return INFINITY;
    ++counts[found->second];
  }
  return strangeness_of(counts, laws.of_replicas.front());
}

inline double strangeness(const Network& network, const std::vector<double>& law,
                          const std::function<void(Chains&)>& sweep, Index rows = 40000) {
  return strangeness(network, {all_joint_states(network), {law}}, sweep, rows);
}

}  // namespace harmonium::testing
