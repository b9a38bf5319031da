#include <gtest/gtest.h>

#include "harmonium/errors.hpp"
#include "kernel/network/small_networks.hpp"

namespace harmonium::testing {
namespace {

bool normalisable(const Network& network) {
  try {
    check_normalisable(network);
    return true;
  } catch (const RunFailed& error) {
    EXPECT_NE(std::string(error.what()).find("have outgrown the precision"), std::string::npos) << error.what();
    return false;
  }
}

void scale_weights(Network& network, double largest_singular_value_wanted, double present) {
  for (float& weight : network.link(0).weights.values<float>())
    weight *= static_cast<float>(largest_singular_value_wanted / present);
}

/// The largest singular value, by power iteration on W'W.
double spectral_norm(const Tensor& weights) {
  std::vector<double> x(static_cast<std::size_t>(weights.columns()), 1.0);
  double norm = 0;
  for (int step = 0; step < 2000; ++step) {
    std::vector<double> y(static_cast<std::size_t>(weights.rows()), 0.0), z(x.size(), 0.0);
    for (Index i = 0; i < weights.rows(); ++i)
      for (Index j = 0; j < weights.columns(); ++j)
        y[static_cast<std::size_t>(i)] += static_cast<double>(weights.view()(i, j)) * x[static_cast<std::size_t>(j)];
    for (Index i = 0; i < weights.rows(); ++i)
      for (Index j = 0; j < weights.columns(); ++j)
        z[static_cast<std::size_t>(j)] += static_cast<double>(weights.view()(i, j)) * y[static_cast<std::size_t>(i)];
    double square = 0;
    for (const double value : z) square += value * value;
    norm = std::sqrt(square);
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = z[j] / norm;
  }
  return std::sqrt(norm);
}

TEST(Normalisable, AsLongAsTheSpectralNormOfTheScaledWeightsIsBelowOne) {
  for (const auto& [visible, hidden, precisions] :
       {std::tuple{"{use: units.gaussian, with: {precision: 4}}", "units.gaussian", 4.0},
        std::tuple{"{use: units.gaussian, with: {precision: 4}}", "units.truncated_gaussian", 4.0},
        std::tuple{"units.truncated_gaussian", "units.truncated_gaussian", 1.0}}) {
    Network network = make_rbm(5, 4, 1, 3, visible, hidden);
    double norm = spectral_norm(network.link(0).weights) / std::sqrt(precisions);
    scale_weights(network, 0.999, norm);
    EXPECT_TRUE(normalisable(network)) << visible << " " << hidden;
    scale_weights(network, 1.001, 0.999);
    EXPECT_FALSE(normalisable(network)) << visible << " " << hidden;
  }
}

TEST(Normalisable, WhateverTheWeightsWhereOneEndIsBounded) {
  Network network = make_rbm(5, 4, 100, 3, "units.gaussian", "units.bernoulli");
  EXPECT_TRUE(normalisable(network));
}

TEST(Normalisable, WithinALayerAsLongAsTheJointPrecisionIsPositiveDefinite) {
  Network network;
  network.add(make_layer("visible", "units.gaussian", 3, true));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  // All couplings c: eigenvalues of the precision are 1 + c, twice, and 1 - 2 c.
  for (const auto& [coupling, can] : {std::pair{0.49, true}, {0.51, false}, {-0.99, true}, {-1.01, false}}) {
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 3; ++j) network.link(0).weights.view()(i, j) = i == j ? 0 : static_cast<float>(coupling);
    EXPECT_EQ(normalisable(network), can) << coupling;
  }
}

TEST(Normalisable, NotOnceALearnedPrecisionHasFallenTooFar) {
  Network network = make_rbm(2, 1, 0, 3, "{use: units.gaussian, with: {learn_precision: true}}", "units.gaussian");
  network.link(0).weights.data<float>()[0] = 0.5F;
  EXPECT_TRUE(normalisable(network));
  // log 0.2: 0.5^2 / 0.2 is above 1.
  network.layer(0).parameters.view()(1, 0) = std::log(0.2F);
  EXPECT_FALSE(normalisable(network));
}

}  // namespace
}  // namespace harmonium::testing
