#include "harmonium/energy.hpp"

#include <gtest/gtest.h>

#include "harmonium/chains.hpp"
#include "harmonium/errors.hpp"
#include "kernel/network/small_networks.hpp"

namespace harmonium::testing {
namespace {

template <class T>
Tensor tensor_of(const std::vector<std::vector<double>>& rows) {
  Tensor tensor = Tensor::of<T>({static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size())});
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      tensor.view<T>()(static_cast<Index>(i), static_cast<Index>(j)) = static_cast<T>(rows[i][j]);
  return tensor;
}

TEST(Energy, AgreesWithANaiveDoubleLoopOnAChainOfThreeLayers) {
  Network network;
  network.add(make_layer("visible", "units.bernoulli", 4, true));
  network.add(make_layer("low", "units.bernoulli", 3, false));
  network.add(make_layer("high", "units.softmax", 3, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  network.connect(make_value<Connection>("connection.dense"), 2, 1);
  randomise(network, 1.5, 7);
  std::vector<std::vector<double>> v, low, high;
  std::vector<double> expected;
  for (const auto& a : all_states(network.layer(0)))
    for (const auto& b : all_states(network.layer(1)))
      for (const auto& c : all_states(network.layer(2))) {
        v.push_back(a), low.push_back(b), high.push_back(c);
        expected.push_back(naive_energy(network, {a, b, c}));
      }
  const Tensor tv = tensor_of<double>(v), tl = tensor_of<double>(low), th = tensor_of<double>(high);
  std::vector<double> energies(expected.size());
  energy(network, {tv.view<double>(), tl.view<double>(), th.view<double>()}, energies);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(energies[i], expected[i], 1e-12);
}

TEST(FreeEnergy, AgreesWithEnumerationOfTheHiddenStates) {
  for (const char* hidden : {"units.bernoulli", "units.softmax"})
    for (const char* visible : {"units.bernoulli", "units.softmax"}) {
      const Network network = make_rbm(6, 5, 2.0, 11, visible, hidden);
      const auto rows = all_states(network.layer(0));
      const Tensor precise = tensor_of<double>(rows), single = tensor_of<float>(rows);
      std::vector<double> in_double(rows.size()), in_float(rows.size());
      free_energy(network, {precise.view<double>()}, in_double);
      free_energy(network, {single.view<float>()}, in_float);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const double expected = naive_free_energy(network, rows[i]);
        EXPECT_NEAR(in_double[i], expected, 1e-11) << visible << " " << hidden;
        EXPECT_NEAR(in_float[i], expected, 1e-4) << visible << " " << hidden;
      }
    }
}

TEST(FreeEnergy, OfGaussianHiddenUnitsAgreesWithQuadrature) {
  const Network network = make_rbm(3, 1, 0.7, 5, "units.bernoulli", "{use: units.gaussian, with: {precision: 2.5}}");
  const auto rows = all_states(network.layer(0));
  const Tensor states = tensor_of<double>(rows);
  std::vector<double> energies(rows.size());
  free_energy(network, {states.view<double>()}, energies);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    double input = 2.5 * static_cast<double>(network.layer(1).parameters.view()(0, 0)), visible = 0;
    for (Index j = 0; j < 3; ++j) {
      input += rows[i][static_cast<std::size_t>(j)] * static_cast<double>(network.link(0).weights.view()(j, 0));
      visible += rows[i][static_cast<std::size_t>(j)] * static_cast<double>(network.layer(0).parameters.view()(0, j));
    }
    double sum = 0;
    const double step = 1e-3;
    for (double h = -20; h <= 20; h += step) sum += step * std::exp(visible + input * h - 2.5 / 2 * h * h);
    EXPECT_NEAR(energies[i], -std::log(sum), 1e-8);
  }
}

TEST(FreeEnergy, IsFiniteForExtremeWeights) {
  Network network = make_rbm(4, 3, 1, 3);
  for (float& weight : network.link(0).weights.values<float>()) weight *= 1e4F;
  const Tensor states = tensor_of<float>(all_states(network.layer(0)));
  std::vector<double> energies(16);
  free_energy(network, {states.view<float>()}, energies);
  for (const double value : energies) EXPECT_TRUE(std::isfinite(value));
}

TEST(FreeEnergy, IsRefusedWhereHiddenLayersAreJoined) {
  Network network;
  network.add(make_layer("visible", "units.bernoulli", 2, true));
  network.add(make_layer("low", "units.bernoulli", 2, false));
  network.add(make_layer("high", "units.bernoulli", 2, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  network.connect(make_value<Connection>("connection.dense"), 1, 2);
  EXPECT_FALSE(network.hidden_independent());
  const Tensor states = Tensor::matrix(1, 2);
  std::vector<double> energies(1);
  EXPECT_THROW(free_energy(network, {states.view()}, energies), RunFailed);
}

TEST(HiddenMean, AgreesWithEnumeration) {
  const Network network = make_rbm(5, 4, 1.0, 23);
  const auto rows = all_states(network.layer(0));
  const Tensor states = tensor_of<float>(rows);
  Tensor mean = Tensor::matrix(states.rows(), 4);
  hidden_mean(network, 1, {states.view()}, mean.view());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<double> expected(4, 0.0);
    const double free = naive_free_energy(network, rows[i]);
    for (const auto& hidden : all_states(network.layer(1)))
      for (std::size_t j = 0; j < 4; ++j)
        expected[j] += hidden[j] * std::exp(free - naive_energy(network, {rows[i], hidden}));
    for (std::size_t j = 0; j < 4; ++j)
      EXPECT_NEAR(mean.view()(static_cast<Index>(i), static_cast<Index>(j)), expected[j], 1e-6);
  }
}

TEST(Colours, SeparateJoinedLayersAndBeginWithTheVisibleOnes) {
  Network network;
  network.add(make_layer("low", "units.bernoulli", 2, false));
  network.add(make_layer("visible", "units.bernoulli", 2, true));
  network.add(make_layer("high", "units.bernoulli", 2, false));
  network.connect(make_value<Connection>("connection.dense"), 1, 0);
  network.connect(make_value<Connection>("connection.dense"), 0, 2);
  ASSERT_EQ(network.colours().size(), 2U);
  EXPECT_EQ(network.colours()[0], (std::vector<Index>{1, 2}));
  EXPECT_EQ(network.colours()[1], (std::vector<Index>{0}));
}

}  // namespace
}  // namespace harmonium::testing
