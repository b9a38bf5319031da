#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "kernel/network/small_networks.hpp"
#include "plugins/evaluators/loaded.hpp"

/// What a small machine says of rows, by sums over all its states written without the code under test.
namespace harmonium::testing {

inline constexpr float unknown = std::numeric_limits<float>::quiet_NaN();

/// A data set with a part for each visible layer; rows[v][i] is row i of the v-th.
inline Dataset shown_data(const Network& network, const std::vector<std::vector<std::vector<float>>>& rows) {
  DataSpec spec{static_cast<Index>(rows.at(0).size()), {}};
  std::vector<std::shared_ptr<const Tensor>> parts;
  for (std::size_t v = 0; v < rows.size(); ++v) {
    const Layer& layer = network.layer(network.visible().at(v));
    spec.parts.push_back({layer.part, layer.size, {}, PartSpec::Kind::real, {}});
    parts.push_back(std::make_shared<const Tensor>(make_matrix(rows[v])));
  }
  return stored_rows(std::move(spec), std::move(parts));
}

/// Calls visit(state, weight) for every joint state of all layers with weight exp(-E / temperature), of which the
/// visible ones agree with `known` wherever that is not nan.
template <class Visit>
void for_states(const Network& network, const std::vector<std::vector<float>>& known, double temperature,
                Visit&& visit) {
  std::vector<std::vector<std::vector<double>>> states;
  for (Index l = 0; l < network.size(); ++l) states.push_back(all_states(network.layer(l)));
  std::vector<std::size_t> at(states.size(), 0);
  const std::vector<Index> visible = network.visible();
  while (true) {
    std::vector<std::vector<double>> state;
    for (std::size_t l = 0; l < states.size(); ++l) state.push_back(states[l][at[l]]);
    bool agrees = true;
    for (std::size_t v = 0; v < known.size(); ++v)
      for (std::size_t j = 0; j < known[v].size(); ++j)
        agrees = agrees && (std::isnan(known[v][j]) ||
                            static_cast<double>(known[v][j]) == state[static_cast<std::size_t>(visible[v])][j]);
    if (agrees) visit(state, std::exp(-naive_energy(network, state) / temperature));
    std::size_t l = 0;
    while (l < at.size() && ++at[l] == states[l].size()) at[l++] = 0;
    if (l == at.size()) return;
  }
}

/// The expected states of the visible layers given what is known.
inline std::vector<std::vector<double>> enumerated_means(const Network& network,
                                                         const std::vector<std::vector<float>>& known,
                                                         double temperature = 1) {
  std::vector<std::vector<double>> means;
  for (const Index l : network.visible()) means.emplace_back(static_cast<std::size_t>(network.layer(l).size), 0.0);
  double sum = 0;
  for_states(network, known, temperature, [&](const auto& state, double weight) {
    sum += weight;
    for (std::size_t v = 0; v < means.size(); ++v)
      for (std::size_t j = 0; j < means[v].size(); ++j)
        means[v][j] += weight * state[static_cast<std::size_t>(network.visible()[v])][j];
  });
  for (auto& layer : means)
    for (double& mean : layer) mean /= sum;
  return means;
}

/// A deep machine of three layers.
inline Network make_deep(Index visible, Index middle, Index top, double deviation, std::uint64_t seed) {
  Network network;
  network.add(make_layer("features", "units.bernoulli", visible, true));
  network.add(make_layer("middle", "units.bernoulli", middle, false));
  network.add(make_layer("top", "units.bernoulli", top, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  network.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(network, deviation, seed);
  return network;
}

/// Features and a label of three classes over one hidden layer.
inline Network make_labelled(Index features, Index hidden, double deviation, std::uint64_t seed,
                             const std::string& units = "units.softmax", Index classes = 3) {
  Network network;
  network.add(make_layer("features", "units.bernoulli", features, true));
  network.add(make_layer("label", units, classes, true));
  network.add(make_layer("hidden", "units.bernoulli", hidden, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 2);
  network.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(network, deviation, seed);
  return network;
}

inline Outputs ask(const std::string& question, const Network& network, const Dataset& data, Settings settings = {}) {
  return run_loaded("ask." + question, settings, FakeInputs().add("model", network).add("data", data));
}

/// Runs a node whose outputs are never stored.
inline Outputs run_view(const std::string& name, const Settings& settings, const Inputs& inputs) {
  FakeContext context;
  const auto node = loaded_node(name, settings);
  const std::unique_ptr<Work> work(node->start(inputs, context));
  Outputs outputs;
  work->finish(inputs, outputs);
  return outputs;
}

inline Specs specs_of_ask(const Network& network, const DataSpec& data) {
  Specs specs;
  specs.set<Network>("model", network.spec());
  specs.set<Dataset>("data", data);
  return specs;
}

}  // namespace harmonium::testing
