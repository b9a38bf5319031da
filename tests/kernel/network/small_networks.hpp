#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/random.hpp"
#include "harmonium/registry.hpp"
#include "plugin/registry.hpp"

/// Machines small enough to enumerate, and sums over all their states written without the code under test.
namespace harmonium::testing {

inline void load_plugins() {
  static const bool loaded = [] {
    Registry::instance().load(Registry::folders({}));
    return true;
  }();
  (void)loaded;
}

inline Layer make_layer(const std::string& name, const std::string& units, Index size, bool visible) {
  load_plugins();
  return {name, make_value<Units>(units), size, {}, visible, visible ? name : "", {}};
}

inline void fill_normal(Tensor& tensor, double deviation, std::uint64_t seed) {
  const Tensor::Shape shape = tensor.shape();
  normal(Stream{seed}, {tensor.data<float>(), 1, tensor.size()});
  for (float& value : tensor.values<float>()) value *= static_cast<float>(deviation);
}

/// Gives every parameter a value from N(0, deviation^2).
inline void randomise(Network& network, double deviation, std::uint64_t seed) {
  for (Index l = 0; l < network.size(); ++l)
    fill_normal(network.layer(l).parameters, deviation, seed + static_cast<std::uint64_t>(l));
  for (std::size_t i = 0; i < network.links().size(); ++i) {
    Link& link = network.link(static_cast<Index>(i));
    fill_normal(link.weights, deviation, seed + 100 + i);
    link.connection->constrain(network.ends(static_cast<Index>(i)), link.weights.view());
  }
}

inline Network make_rbm(Index visible, Index hidden, double deviation, std::uint64_t seed,
                        const std::string& visible_units = "units.bernoulli",
                        const std::string& hidden_units = "units.bernoulli") {
  Network network;
  network.add(make_layer("visible", visible_units, visible, true));
  network.add(make_layer("hidden", hidden_units, hidden, false));
  network.layer(0).part = "features";
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  randomise(network, deviation, seed);
  return network;
}

/// A machine whose visible and hidden units are all joined.
inline Network make_boltzmann(Index visible, Index hidden, double deviation, std::uint64_t seed,
                              const std::string& units = "units.bernoulli") {
  Network network;
  network.add(make_layer("visible", units, visible, true));
  network.add(make_layer("hidden", units, hidden, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  for (Index l : {Index{0}, Index{1}}) network.connect(make_value<Connection>("connection.lateral"), l, l);
  randomise(network, deviation, seed);
  return network;
}

/// All states of a layer of binary units or spins, or of one block of one-of-K units.
inline std::vector<std::vector<double>> all_states(const Layer& layer) {
  std::vector<std::vector<double>> states;
  if (layer.units->block(layer.size) > 1) {
    for (Index k = 0; k < layer.size; ++k) {
      states.emplace_back(static_cast<std::size_t>(layer.size), 0.0);
      states.back()[static_cast<std::size_t>(k)] = 1;
    }
    return states;
  }
  for (Index code = 0; code < (Index{1} << layer.size); ++code) {
    states.emplace_back();
    const double off = layer.units.type() == "units.spin" ? -1 : 0;
    for (Index j = 0; j < layer.size; ++j) states.back().push_back((code >> j) & 1 ? 1 : off);
  }
  return states;
}

/// -b.x of units that learn a bias alone, and -a'Wb, by loops.
inline double naive_energy(const Network& network, const std::vector<std::vector<double>>& state) {
  double energy = 0;
  for (std::size_t l = 0; l < state.size(); ++l)
    for (std::size_t j = 0; j < state[l].size(); ++j)
      energy -= static_cast<double>(network.layers()[l].parameters.view()(0, static_cast<Index>(j))) * state[l][j];
  for (const Link& link : network.links()) {
    const auto& a = state[static_cast<std::size_t>(link.a)];
    const auto& b = state[static_cast<std::size_t>(link.b)];
    for (std::size_t i = 0; i < a.size(); ++i)
      // Within a layer a pair is met once.
      for (std::size_t j = link.a == link.b ? i + 1 : 0; j < b.size(); ++j)
        energy -= a[i] * b[j] * static_cast<double>(link.weights.view()(static_cast<Index>(i), static_cast<Index>(j)));
  }
  return energy;
}

/// -log of the sum over hidden states of exp(-E), for a network of two layers.
inline double naive_free_energy(const Network& network, const std::vector<double>& visible) {
  double sum = 0;
  for (const auto& hidden : all_states(network.layer(1))) sum += std::exp(-naive_energy(network, {visible, hidden}));
  return -std::log(sum);
}

inline double naive_log_partition_function(const Network& network) {
  double sum = 0;
  for (const auto& visible : all_states(network.layer(0))) sum += std::exp(-naive_free_energy(network, visible));
  return std::log(sum);
}

/// The mean of log p(v) over rows.
inline double naive_log_likelihood(const Network& network, const std::vector<std::vector<double>>& rows) {
  double sum = 0;
  for (const auto& row : rows) sum -= naive_free_energy(network, row);
  return sum / static_cast<double>(rows.size()) - naive_log_partition_function(network);
}

}  // namespace harmonium::testing
