#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <numeric>

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

/// Chains begin at independent draws from `law`, one probability for each joint state, so slow mixing cannot cause a
/// failure: only a wrong conditional can. `states` are all joint states in the order of `law`. Gives chi-squared of the
/// counts after some sweeps over its bound: the mean plus five deviations.
inline double strangeness(const Network& network, const std::vector<double>& law,
                          const std::function<void(Chains&)>& sweep, Index rows,
                          const std::vector<std::vector<std::vector<double>>>& states) {
  Tensor draws = Tensor::matrix(rows, 1);
  uniform(Stream{1}, draws.view());
  Chains chains(network, rows);
  for (Index i = 0; i < rows; ++i) {
    double left = static_cast<double>(draws.view()(i, 0));
    std::size_t state = 0;
    while (state + 1 < law.size() && left >= law[state]) left -= law[state++];
    set_state(chains, i, states[state]);
  }
  chains.prepare(network);
  sweep(chains);
  std::vector<double> counts(law.size(), 0.0);
  for (Index i = 0; i < rows; ++i) {
    const auto found = std::find(states.begin(), states.end(), state_of(chains, i));
    if (found == states.end()) throw std::logic_error("no such state");
    ++counts[static_cast<std::size_t>(found - states.begin())];
  }
  double chi_squared = 0, cells = 0;
  for (std::size_t s = 0; s < law.size(); ++s) {
    const double expected = law[s] * static_cast<double>(rows);
    if (expected < 5) continue;
    chi_squared += (counts[s] - expected) * (counts[s] - expected) / expected;
    ++cells;
  }
  return chi_squared / (cells - 1 + 5 * std::sqrt(2 * (cells - 1)));
}

inline double strangeness(const Network& network, const std::vector<double>& law,
                          const std::function<void(Chains&)>& sweep, Index rows = 40000) {
  return strangeness(network, law, sweep, rows, all_joint_states(network));
}

/// Whether it does. `broken` is another machine that the sampler is given: then the test must notice.
inline void expect_unchanged(const std::string& sampler, const Network& network, const std::vector<double>& law,
                             const Network* broken = nullptr) {
  const Handle<Sampler> value = make_value<Sampler>(sampler);
  const double found = strangeness(network, law, [&](Chains& chains) {
    const Network& swept = broken ? *broken : network;
    chains.prepare(swept);
    value->sweep(swept, chains, {3, Stream{2}});
  });
  if (broken)
    EXPECT_GT(found, 2) << sampler << ": the test would not notice a wrong conditional";
  else
    EXPECT_LT(found, 1) << sampler;
}

}  // namespace harmonium::testing
