#include <gtest/gtest.h>

#include "harmonium/sampler.hpp"
#include "kernel/network/stationary.hpp"

namespace harmonium::testing {
namespace {

TEST(BlockGibbs, SweepsByPanelsAsUnitByUnit) {
  // More units than a panel has, three layers' worth of input, at a temperature: against the sweep written out.
  constexpr Index size = 150, other = 20, rows = 10;
  Network network;
  network.add(make_layer("swept", "units.spin", size, true));
  network.add(make_layer("other", "units.spin", other, false));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  randomise(network, 0.2, 5);
  constexpr double beta = 0.6;
  Chains chains(network, rows);
  chains.prepare(network, beta);
  for (Index l : {Index{0}, Index{1}}) {
    uniform(Stream{7, static_cast<std::uint64_t>(l)}, chains[l].state);
    for (Index i = 0; i < rows; ++i)
      for (float& value : chains[l].state.row(i)) value = value < 0.5F ? -1.0F : 1.0F;
  }
  std::vector<std::vector<double>> before(rows);
  for (Index i = 0; i < rows; ++i)
    before[static_cast<std::size_t>(i)] = {chains[0].state.row(i).begin(), chains[0].state.row(i).end()};
  update_layer(network, 0, chains, Stream{3}, Draw::sample);
  for (Index i = 0; i < rows; ++i) {
    // Each mean must be that of the states of the units before it as they are now, and of those after it as they were.
    std::vector<double> x = before[static_cast<std::size_t>(i)];
    for (Index j = 0; j < size; ++j) {
      double field = static_cast<double>(network.layer(0).parameters.view()(0, j));
      for (Index k = 0; k < size; ++k)
        field += static_cast<double>(network.link(0).weights.view()(j, k)) * x[static_cast<std::size_t>(k)];
      for (Index k = 0; k < other; ++k)
        field += static_cast<double>(network.link(1).weights.view()(j, k)) * static_cast<double>(chains[1].state(i, k));
      EXPECT_NEAR(chains[0].mean(i, j), std::tanh(beta * field), 1e-4) << i << " " << j;
      x[static_cast<std::size_t>(j)] = static_cast<double>(chains[0].state(i, j));
    }
  }
}

TEST(BlockGibbs, NeverMovesUnitsThatAreHeldInAChain) {
  for (const Network& network : {make_rbm(6, 5, 1.0, 3), make_boltzmann(6, 5, 0.5, 3)}) {
    constexpr Index rows = 50;
    Chains chains(network, rows);
    chains.prepare(network);
    std::vector<std::vector<std::uint8_t>> flags;
    std::vector<View<const std::uint8_t>> held;
    std::vector<std::vector<float>> before;
    for (Index l = 0; l < 2; ++l) {
      const View<float> state = chains[l].state;
      uniform(Stream{9, static_cast<std::uint64_t>(l)}, state);
      flags.emplace_back();
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < state.columns; ++j) {
          flags.back().push_back((i + 2 * j + l) % 3 == 0);
          state(i, j) = state(i, j) < 0.5F ? 0.0F : 1.0F;
        }
      before.emplace_back(state.data, state.data + state.size());
    }
    for (Index l = 0; l < 2; ++l)
      held.emplace_back(flags[static_cast<std::size_t>(l)].data(), rows, chains[l].state.columns);
    make_value<Sampler>("sampler.gibbs")->sweep(network, chains, {5, Stream{5}, {}, held});
    int moved = 0;
    for (std::size_t l = 0; l < 2; ++l)
      for (std::size_t k = 0; k < before[l].size(); ++k) {
        const float now = chains[static_cast<Index>(l)].state.data[k];
        if (flags[l][k]) {
          EXPECT_EQ(now, before[l][k]);
          EXPECT_EQ(chains[static_cast<Index>(l)].mean.data[k], now);
        } else {
          moved += now != before[l][k];
        }
      }
    EXPECT_GT(moved, 50);
  }
}

TEST(Chains, AtAHigherTemperatureAreNoisier) {
  const Network network = make_rbm(6, 5, 2.0, 3);
  Chains cold(network, 1), hot(network, 1);
  cold.prepare(network, 1), hot.prepare(network, 1e-3);
  for (Chains* chains : {&cold, &hot})
    for (Index i = 0; i < 6; ++i) (*chains)[0].state(0, i) = static_cast<float>(i % 2);
  update_layer(network, 1, cold, {}, Draw::mean);
  update_layer(network, 1, hot, {}, Draw::mean);
  for (Index j = 0; j < 5; ++j) {
    EXPECT_NEAR(hot[1].mean(0, j), 0.5, 5e-3);  // inputs of up to 20 or so, divided by 1000
    double input = static_cast<double>(network.layer(1).parameters.view()(0, j));
    for (Index i = 1; i < 6; i += 2) input += static_cast<double>(network.link(0).weights.view()(i, j));
    EXPECT_NEAR(cold[1].mean(0, j), 1 / (1 + std::exp(-input)), 1e-6);
  }
}

}  // namespace
}  // namespace harmonium::testing
