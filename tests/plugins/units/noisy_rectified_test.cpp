#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "kernel/network/small_networks.hpp"

/// Noisy rectified units promise less than others: draws, and moments of them. Nair, Hinton 2010.
namespace harmonium::testing {
namespace {

class NoisyRectifiedUnits : public ::testing::Test {
 protected:
  void SetUp() override {
    load_plugins();
    units = make_value<Units>("units.noisy_rectified");
    theta.data<float>()[0] = 0.5F;
  }
  View<float> at(Tensor& values, double x) const {
    for (float& value : values.values<float>()) value = static_cast<float>(x) - 0.5F;
    return values.view();
  }
  Handle<Units> units;
  Tensor theta = Tensor::matrix(1, 1);
};

TEST_F(NoisyRectifiedUnits, HaveTheMomentsOfTheirDraws) {
  constexpr Index draws = 40000;
  Tensor input = Tensor::matrix(draws, 1), mean = input, state = input, variance = input;
  for (const double x : {-6.0, -2.0, -0.3, 0.0, 1.0, 4.0, 20.0}) {
    units->sample(theta.view(), at(input, x), Stream{3}, mean.view(), state.view());
    units->variance(theta.view(), input.view(), variance.view());
    double first = 0, second = 0, fourth = 0;
    for (const float value : state.values<float>()) {
      EXPECT_GE(value, 0);
      const double away = static_cast<double>(value) - static_cast<double>(mean.data<float>()[0]);
      first += away / draws;
      second += away * away / draws;
      fourth += away * away * away * away / draws;
    }
    EXPECT_NEAR(first, 0, 5 * std::sqrt(second / draws) + 1e-6) << x;
    EXPECT_NEAR(variance.data<float>()[0], second, 5 * std::sqrt(fourth / draws) + 1e-6) << x;
  }
}

TEST_F(NoisyRectifiedUnits, StepBackwardsAlongTheDerivativeOfTheirMean) {
  Tensor input = Tensor::matrix(1, 1), delta = input;
  Tensor precise = Tensor::of<double>({1, 1}), bias = precise, mean = precise;
  for (const double x : {-5.0, -1.0, 0.0, 0.7, 3.0}) {
    const auto mean_at = [&](double where) {
      precise.data<double>()[0] = where;
      units->mean(bias.view<double>(), precise.view<double>(), mean.view<double>());
      return mean.data<double>()[0];
    };
    delta.data<float>()[0] = 1;
    units->multiply_by_covariance(theta.view(), at(input, x), {}, delta.view());
    EXPECT_NEAR(delta.data<float>()[0], (mean_at(x + 1e-4) - mean_at(x - 1e-4)) / 2e-4, 1e-5) << x;
  }
}

TEST_F(NoisyRectifiedUnits, StayFiniteFarOut) {
  Tensor input = Tensor::matrix(4, 1), mean = input, state = input, variance = input;
  for (const double x : {-1e4, 1e4}) {
    units->sample(theta.view(), at(input, x), Stream{3}, mean.view(), state.view());
    units->variance(theta.view(), input.view(), variance.view());
    EXPECT_NEAR(mean.data<float>()[0], std::max(0.0, x), 1);
    EXPECT_TRUE(std::isfinite(state.data<float>()[0]));
    EXPECT_NEAR(variance.data<float>()[0], x > 0 ? 1 : 0, 1e-2);
  }
}

TEST_F(NoisyRectifiedUnits, AreRefusedWhereALikelihoodIsAsked) {
  EXPECT_FALSE(units->exact());
  Network network = make_rbm(3, 2, 0.1, 1, "units.bernoulli", "units.noisy_rectified");
  Tensor rows = Tensor::matrix(2, 3);
  std::vector<double> energies(2);
  EXPECT_THROW(free_energy(network, std::vector<View<const float>>{rows.view()}, energies), RunFailed);
}

}  // namespace
}  // namespace harmonium::testing
