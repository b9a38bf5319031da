#include <gtest/gtest.h>

#include <functional>

#include "harmonium/errors.hpp"
#include "kernel/network/small_networks.hpp"

/// The laws of the contract (units.hpp), each against sums or integrals over all states.
namespace harmonium::testing {
namespace {

struct Case {
  const char* recipe;
  Index size;
  /// All states of the layer with the weight of each: h(x), times the step of a grid for real states.
  std::function<void(const std::function<void(const std::vector<double>&, double)>&)> each_state;
  const char* name;
};

void binary(const std::function<void(const std::vector<double>&, double)>& visit) {
  for (int code = 0; code < 8; ++code) visit({double(code & 1), double(code >> 1 & 1), double(code >> 2 & 1)}, 1);
}

void one_of_three_twice(const std::function<void(const std::vector<double>&, double)>& visit) {
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 3; b < 6; ++b) {
      std::vector<double> x(6, 0.0);
      x[a] = x[b] = 1;
      visit(x, 1);
    }
}

void spins(const std::function<void(const std::vector<double>&, double)>& visit) {
  for (int code = 0; code < 8; ++code)
    visit({2.0 * (code & 1) - 1, 2.0 * (code >> 1 & 1) - 1, 2.0 * (code >> 2 & 1) - 1}, 1);
}

void at_most_one_of_three_twice(const std::function<void(const std::vector<double>&, double)>& visit) {
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < 4; ++b) {
      std::vector<double> x(6, 0.0);
      if (a < 3) x[a] = 1;
      if (b < 3) x[3 + b] = 1;
      visit(x, 1);
    }
}

/// The base measure h belongs to the energy that the unit writes itself.
void counts_to_five(const std::function<void(const std::vector<double>&, double)>& visit) {
  for (int x = 0; x <= 5; ++x)
    for (int y = 0; y <= 5; ++y) visit({double(x), double(y)}, 1);
}

void counts_to_hundreds(const std::function<void(const std::vector<double>&, double)>& visit) {
  for (int x = 0; x < 1000; ++x) visit({double(x)}, 1);
}

void half_line(const std::function<void(const std::vector<double>&, double)>& visit) {
  // Midpoints: the integrand does not vanish at zero, which is a state as well, of no width.
  visit({0}, 0);
  for (double x = 5e-4; x <= 30; x += 1e-3) visit({x}, 1e-3);
}

void real_line(const std::function<void(const std::vector<double>&, double)>& visit) {
  for (double x = -30; x <= 30; x += 1e-3) visit({x}, 1e-3);
}

class UnitLaws : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    load_plugins();
    units = make_value<Units>(GetParam().recipe);
    size = GetParam().size;
    parameters = Tensor::matrix(units->parameters().size, size);
    theta = Tensor::matrix(units->statistics(), size);
    fill_normal(parameters, 1, 5);
    units->natural(parameters.view(), theta.view());
    input = Tensor::matrix(rows, size);
    fill_normal(input, 2, 9);
  }

  /// log p(x | input) + A without A: -E(x) + input . x, E written by the unit itself (and checked by its own test).
  double score(const std::vector<double>& x, Index row) const {
    Tensor state = Tensor::of<double>({1, size}), precise = Tensor(Element::float64, theta.shape());
    std::copy(x.begin(), x.end(), state.data<double>());
    std::copy_n(theta.data<float>(), theta.size(), precise.data<double>());
    double energy = 0;
    units->add_energy(precise.view<double>(), state.view<double>(), {&energy, 1});
    double total = -energy;
    for (Index j = 0; j < size; ++j)
      total += x[static_cast<std::size_t>(j)] * static_cast<double>(input.view()(row, j));
    return total;
  }

  /// log A, means and the covariance matrix of a row, by summing.
  void sum(Index row, double& log_partition, std::vector<double>& mean,
           std::vector<std::vector<double>>& covariance) const {
    double z = 0;
    const auto n = static_cast<std::size_t>(size);
    mean.assign(n, 0.0);
    covariance.assign(n, std::vector<double>(n, 0.0));
    GetParam().each_state([&](const std::vector<double>& x, double weight) {
      const double p = weight * std::exp(score(x, row));
      z += p;
      for (std::size_t i = 0; i < n; ++i) {
        mean[i] += p * x[i];
        for (std::size_t j = 0; j < n; ++j) covariance[i][j] += p * x[i] * x[j];
      }
    });
    log_partition = std::log(z);
    for (double& value : mean) value /= z;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) covariance[i][j] = covariance[i][j] / z - mean[i] * mean[j];
  }

  static constexpr Index rows = 3;
  Handle<Units> units;
  Index size = 0;
  Tensor parameters, theta, input;
};

TEST_P(UnitLaws, LogPartitionMeanVarianceAndCovarianceAreThoseOfTheDistribution) {
  std::vector<double> log_partition(rows, 0.0);
  Tensor mean = Tensor::matrix(rows, size), variance = Tensor::matrix(rows, size);
  units->add_log_partition(theta.view(), input.view(), log_partition);
  units->mean(theta.view(), input.view(), mean.view());
  units->variance(theta.view(), input.view(), variance.view());
  for (Index row = 0; row < rows; ++row) {
    double expected = 0;
    std::vector<double> means;
    std::vector<std::vector<double>> covariance;
    sum(row, expected, means, covariance);
    EXPECT_NEAR(log_partition[static_cast<std::size_t>(row)], expected, 1e-5);
    Tensor delta = Tensor::matrix(1, size);
    fill_normal(delta, 1, 21);
    const Tensor before = delta;
    units->multiply_by_covariance(theta.view(), input.view().row_range(row, 1), mean.view().row_range(row, 1),
                                  delta.view());
    for (Index i = 0; i < size; ++i) {
      const auto at = static_cast<std::size_t>(i);
      EXPECT_NEAR(mean.view()(row, i), means[at], 1e-5);
      EXPECT_NEAR(variance.view()(row, i), covariance[at][at], 1e-5);
      double product = 0;
      for (Index j = 0; j < size; ++j)
        product += covariance[at][static_cast<std::size_t>(j)] * static_cast<double>(before.view()(0, j));
      EXPECT_NEAR(delta.view()(0, i), product, 1e-5);
    }
  }
}

TEST_P(UnitLaws, ModeIsTheMostProbableState) {
  Tensor mode = Tensor::matrix(rows, size);
  units->mode(theta.view(), input.view(), mode.view());
  for (Index row = 0; row < rows; ++row) {
    double best = -INFINITY;
    GetParam().each_state([&](const std::vector<double>& x, double) { best = std::max(best, score(x, row)); });
    const std::vector<double> found(mode.view().row(row).begin(), mode.view().row(row).end());
    EXPECT_NEAR(score(found, row), best, 1e-5);
  }
}

TEST_P(UnitLaws, SamplesHaveTheMeansAndCovariancesOfTheDistribution) {
  constexpr Index draws = 40000;
  for (Index row = 0; row < rows; ++row) {
    double expected = 0;
    std::vector<double> means;
    std::vector<std::vector<double>> covariance;
    sum(row, expected, means, covariance);
    Tensor repeated = Tensor::matrix(draws, size), mean = Tensor::matrix(draws, size),
           state = Tensor::matrix(draws, size);
    for (Index i = 0; i < draws; ++i) std::copy_n(input.view().row(row).data, size, repeated.view().row(i).data);
    units->sample(theta.view(), repeated.view(), Stream{static_cast<std::uint64_t>(row) + 3}, mean.view(),
                  state.view());
    for (Index i = 0; i < size; ++i)
      for (Index j = 0; j <= i; ++j) {
        const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
        double first = 0, second = 0, fourth = 0;
        for (Index d = 0; d < draws; ++d) {
          const double x = static_cast<double>(state.view()(d, i)) - means[a],
                       y = static_cast<double>(state.view()(d, j)) - means[b];
          first += x / draws;
          second += x * y / draws;
          fourth += x * y * x * y / draws;
        }
        // Five standard errors, from the variance of what is averaged; a little for rounding.
        EXPECT_NEAR(first, 0, 5 * std::sqrt(covariance[a][a] / draws) + 1e-5);
        EXPECT_NEAR(second, covariance[a][b], 5 * std::sqrt(std::max(0.0, fourth - second * second) / draws) + 1e-5);
      }
  }
}

TEST_P(UnitLaws, StatisticsOfSamplesAreTheExpectedStatistics) {
  constexpr Index draws = 40000;
  Tensor repeated = Tensor::matrix(draws, size), mean = Tensor::matrix(draws, size),
         state = Tensor::matrix(draws, size);
  for (Index i = 0; i < draws; ++i) std::copy_n(input.view().row(0).data, size, repeated.view().row(i).data);
  units->sample(theta.view(), repeated.view(), Stream{31}, mean.view(), state.view());
  Tensor sampled = Tensor::of<double>({units->statistics(), size}), expected = sampled;
  units->add_statistics(state.view(), 1.0 / draws, sampled.view<double>());
  units->add_expected_statistics(theta.view(), repeated.view(), mean.view(), 1.0 / draws, expected.view<double>());
  // States of these units have deviations below 2 and, squared, below 30 here: five standard errors.
  for (Index k = 0; k < sampled.rows(); ++k)
    for (Index j = 0; j < size; ++j)
      EXPECT_NEAR(sampled.view<double>()(k, j), expected.view<double>()(k, j), 5 * (k ? 30.0 : 2.0) / std::sqrt(draws));
}

TEST_P(UnitLaws, ExtremeInputsGiveFiniteResults) {
  for (const float extreme : {-1e4F, 1e4F}) {
    for (float& value : input.values<float>()) value = extreme;
    if (units->tail() == Tail::factorial && extreme > 0) {
      // There is no finite result: an error says so.
      Tensor mean = Tensor::matrix(rows, size);
      EXPECT_THROW(units->mean(theta.view(), input.view(), mean.view()), RunFailed);
      continue;
    }
    input.view()(0, 0) = 0;
    std::vector<double> log_partition(rows, 0.0);
    Tensor mean = Tensor::matrix(rows, size), state = Tensor::matrix(rows, size);
    units->add_log_partition(theta.view(), input.view(), log_partition);
    units->sample(theta.view(), input.view(), Stream{3}, mean.view(), state.view());
    for (const double value : log_partition) EXPECT_TRUE(std::isfinite(value));
    for (Index i = 0; i < rows * size; ++i) {
      EXPECT_TRUE(std::isfinite(mean.data<float>()[i]));
      EXPECT_TRUE(std::isfinite(state.data<float>()[i]));
    }
  }
}

TEST_P(UnitLaws, InitialParametersGiveAboutTheMeansOfTheData) {
  const auto n = static_cast<std::size_t>(size);
  const std::vector<double> means(n, size == 6 ? 1.0 / 3 : 0.3), deviation(n, 0.4), zero(n, 0.0), one(n, 1.0);
  units->initialise({1000, means, deviation, zero, one}, parameters.view());
  units->natural(parameters.view(), theta.view());
  Tensor none = Tensor::matrix(1, size), mean = Tensor::matrix(1, size);
  units->mean(theta.view(), none.view(), mean.view());
  for (Index j = 0; j < size; ++j) EXPECT_NEAR(mean.view()(0, j), means[static_cast<std::size_t>(j)], 2e-3);
}

INSTANTIATE_TEST_SUITE_P(
    All, UnitLaws,
    ::testing::Values(Case{"units.bernoulli", 3, binary, "Bernoulli"},
                      Case{"{use: units.softmax, with: {classes: 3}}", 6, one_of_three_twice, "Softmax"},
                      Case{"{use: units.gaussian, with: {precision: 2.5}}", 1, real_line, "Gaussian"},
                      Case{"{use: units.gaussian, with: {precision: 0.7, learn_precision: true}}", 1, real_line,
                           "GaussianPrecision"},
                      Case{"units.truncated_gaussian", 1, half_line, "TruncatedGaussian"},
                      Case{"units.spin", 3, spins, "Spin"},
                      Case{"{use: units.binomial, with: {trials: 5}}", 2, counts_to_five, "Binomial"},
                      Case{"units.poisson", 1, counts_to_hundreds, "Poisson"},
                      Case{"{use: units.at_most_one, with: {block: 3}}", 6, at_most_one_of_three_twice, "AtMostOne"}),
    [](const ::testing::TestParamInfo<Case>& one) { return std::string(one.param.name); });

TEST(Units, RefuseDataThatTheyCannotShowAndNameTheRemedy) {
  load_plugins();
  const std::vector<double> mean{0.5, 5}, deviation{0.1, 2}, low{0, -1}, high{1, 16};
  const ColumnView columns{10, mean, deviation, low, high};
  const auto message = [&](const char* recipe) -> std::string {
    try {
      make_value<Units>(recipe)->check(columns);
    } catch (const BadData& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message("units.bernoulli").find("column 2 goes from -1 to 16: put the data through data.scale"),
            std::string::npos);
  EXPECT_NE(
      message("units.gaussian").find("column 2 has mean 5 and deviation 2: put the data through data.standardise"),
      std::string::npos);
  EXPECT_NE(message("units.softmax").find("column 2 goes from -1 to 16"), std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
