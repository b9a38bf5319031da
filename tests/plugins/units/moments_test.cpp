#include <gtest/gtest.h>

#include "harmonium/errors.hpp"
#include "kernel/network/small_networks.hpp"

/// Moments with a quadratic term in the exponent, against sums or integrals over all states of one unit.
namespace harmonium::testing {
namespace {

struct Grid {
  const char* units;
  double first, step;
  int count;
};

class QuadraticMoments : public ::testing::TestWithParam<Grid> {};

TEST_P(QuadraticMoments, AreThoseOfTheDistributionAndTheOrdinaryOnesWithoutTheTerm) {
  const Grid grid = GetParam();
  load_plugins();
  const Handle<Units> units = make_value<Units>(grid.units);
  ASSERT_NE(units->quadratic(), nullptr);
  Tensor parameters = Tensor::matrix(units->parameters().size, 1), theta = Tensor::matrix(units->statistics(), 1);
  parameters.view()(0, 0) = 0.3F;
  units->natural(parameters.view(), theta.view());
  Tensor precise = Tensor::of<double>({units->statistics(), 1});
  for (Index k = 0; k < theta.size(); ++k) precise.data<double>()[k] = static_cast<double>(theta.data<float>()[k]);
  // With the quadratic term of a mean field, which is negative, precise units keep a positive precision.
  for (const float quadratic : {0.0F, 1.5F, -0.4F})
    for (const float input : {-2.5F, -0.4F, 0.0F, 1.0F, 3.0F}) {
      const float in[] = {input}, q[] = {quadratic};
      float mean[] = {0}, variance[] = {0};
      units->quadratic()->moments(theta.view(), {in, 1, 1}, {q, 1, 1}, {mean, 1, 1}, {variance, 1, 1});
      double z = 0, first = 0, second = 0;
      for (int k = 0; k < grid.count; ++k) {
        const double x[] = {grid.first + k * grid.step};
        std::vector<double> energy(1, 0.0);
        units->add_energy(precise.view<double>(), View<const double>(x, 1, 1), energy);
        const double weight =
            std::exp(static_cast<double>(input) * x[0] - static_cast<double>(quadratic) * x[0] * x[0] / 2 - energy[0]);
        z += weight;
        first += weight * x[0];
        second += weight * x[0] * x[0];
      }
      EXPECT_NEAR(mean[0], first / z, 2e-5 * (1 + std::abs(first / z))) << input << " " << quadratic;
      EXPECT_NEAR(variance[0], second / z - first * first / z / z, 1e-4) << input << " " << quadratic;
      if (quadratic != 0) continue;
      float plain[] = {0};
      units->mean(theta.view(), View<const float>(in, 1, 1), View<float>(plain, 1, 1));
      EXPECT_NEAR(mean[0], plain[0], 1e-5 * (1 + std::abs(plain[0])));
      units->variance(theta.view(), View<const float>(in, 1, 1), View<float>(plain, 1, 1));
      EXPECT_NEAR(variance[0], plain[0], 1e-5 * (1 + plain[0]));
    }
}

INSTANTIATE_TEST_SUITE_P(All, QuadraticMoments,
                         ::testing::Values(Grid{"units.bernoulli", 0, 1, 2}, Grid{"units.spin", -1, 2, 2},
                                           Grid{"{use: units.binomial, with: {trials: 5}}", 0, 1, 6},
                                           Grid{"{use: units.gaussian, with: {precision: 2}}", -30, 1e-3, 60000},
                                           Grid{"units.truncated_gaussian", 5e-4, 1e-3, 40000}));

TEST(QuadraticMoments, RefuseAPrecisionBelowZero) {
  load_plugins();
  for (const char* type : {"units.gaussian", "units.truncated_gaussian"}) {
    const Handle<Units> units = make_value<Units>(type);
    Tensor parameters = Tensor::matrix(units->parameters().size, 1), theta = Tensor::matrix(units->statistics(), 1);
    units->natural(parameters.view(), theta.view());
    const float in[] = {0}, q[] = {-1.5F};
    float mean[] = {0}, variance[] = {0};
    EXPECT_THROW(units->quadratic()->moments(theta.view(), {in, 1, 1}, {q, 1, 1}, {mean, 1, 1}, {variance, 1, 1}),
                 RunFailed);
  }
}

}  // namespace
}  // namespace harmonium::testing
