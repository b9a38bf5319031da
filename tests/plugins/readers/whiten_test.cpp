#include "data/whiten.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

constexpr Index width = 5;

/// Rows of correlated columns of very different size: a mixture of normal draws.
Tensor mixture(Index rows, std::uint64_t seed = 5) {
  Tensor draws = Tensor::matrix(rows, width), mixed = Tensor::matrix(rows, width);
  normal(Stream{seed}, draws.view());
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < width; ++j) {
      float sum = static_cast<float>(10 * j) + draws.view()(i, j) * static_cast<float>(1 + j);
      for (Index k = 0; k < width; ++k)
        sum += draws.view()(i, k) * std::cos(static_cast<float>(3 * j + k * k)) * static_cast<float>(1 + k);
      mixed.view()(i, j) = sum;
    }
  return mixed;
}

/// By two loops, in double.
std::vector<std::vector<double>> covariance(const Tensor& rows) {
  const auto n = static_cast<double>(rows.rows());
  std::vector<double> mean(static_cast<std::size_t>(rows.columns()), 0.0);
  for (Index i = 0; i < rows.rows(); ++i)
    for (Index j = 0; j < rows.columns(); ++j)
      mean[static_cast<std::size_t>(j)] += static_cast<double>(rows.view()(i, j)) / n;
  std::vector<std::vector<double>> all(mean.size(), std::vector<double>(mean.size(), 0.0));
  for (Index i = 0; i < rows.rows(); ++i)
    for (std::size_t a = 0; a < mean.size(); ++a)
      for (std::size_t b = 0; b < mean.size(); ++b)
        all[a][b] += (static_cast<double>(rows.view()(i, static_cast<Index>(a))) - mean[a]) *
                     (static_cast<double>(rows.view()(i, static_cast<Index>(b))) - mean[b]) / n;
  return all;
}

Tensor whiten(const Settings& settings, const FakeInputs& inputs) {
  return all_rows(get<Dataset>(run_node<Whiten>(settings, inputs), "data"), "features");
}

}  // namespace

TEST(Whiten, LeavesTheIdentityAsCovariance) {
  const FakeInputs inputs = FakeInputs().add("data", make_data(mixture(5000)));
  for (const std::string method : {"zca", "pca"}) {
    const auto found = covariance(whiten({{"method", method}, {"regularisation", 0.0}}, inputs));
    for (std::size_t a = 0; a < found.size(); ++a)
      for (std::size_t b = 0; b < found.size(); ++b) EXPECT_NEAR(found[a][b], a == b ? 1 : 0, 1e-4) << method;
  }
}

TEST(Whiten, RegularisesAsShareOfTheMeanVariance) {
  const Tensor rows = mixture(5000);
  const FakeInputs inputs = FakeInputs().add("data", make_data(rows));
  const Settings settings = {{"method", "pca"}, {"regularisation", 0.5}};
  const auto found = covariance(whiten(settings, inputs));
  const Table components = get<Table>(run_node<Whiten>(settings, inputs), "components");
  // The trace needs no eigenvalues.
  const auto before = covariance(rows);
  double trace = 0;
  for (std::size_t k = 0; k < before.size(); ++k) trace += before[k][k];
  double sum = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    const double variance = components.rows[k].values[0];
    sum += variance;
    EXPECT_NEAR(found[k][k], variance / (variance + 0.5 * trace / 5), 1e-4);
    EXPECT_NEAR(components.rows[k].values[1], 100 * sum / trace, 1e-3);
  }
  EXPECT_NEAR(sum, trace, 1e-6 * trace);
}

TEST(Whiten, TurnedBackIsSymmetricAndMovesTheDataLeast) {
  const FakeInputs inputs = FakeInputs().add("data", make_data(mixture(5000)));
  const auto node = make_node<Whiten>({{"regularisation", 0.0}});
  FakeContext context;
  const std::unique_ptr<Work> work(node->start(inputs, context));
  SavedState state = save(*work);
  const View<const float> transform = state.tensors.at("transform").view();
  for (Index i = 0; i < width; ++i)
    for (Index j = 0; j < i; ++j) EXPECT_NEAR(transform(i, j), transform(j, i), 1e-6);
  // Of all whitening transforms the symmetric one is nearest to the data (Kessy, Lewin, Strimmer 2018).
  const Tensor before = mixture(5000);
  const auto distance = [&](const Tensor& after) {
    double sum = 0;
    for (Index i = 0; i < before.rows(); ++i)
      for (Index j = 0; j < width; ++j) {
        const double difference = static_cast<double>(before.view()(i, j)) - static_cast<double>(10 * j) -
                                  static_cast<double>(after.view()(i, j));
        sum += difference * difference;
      }
    return sum;
  };
  EXPECT_LT(distance(whiten({{"method", "zca"}}, inputs)), distance(whiten({{"method", "pca"}}, inputs)));
}

TEST(Whiten, KeepsTheComponentsOfTheLargestVariance) {
  const FakeInputs inputs = FakeInputs().add("data", make_data(mixture(5000)));
  const Tensor all = whiten({{"method", "pca"}}, inputs);
  const Tensor two = whiten({{"method", "pca"}, {"components", std::int64_t{2}}}, inputs);
  ASSERT_EQ(two.columns(), 2);
  for (Index i = 0; i < 5000; i += 500)
    for (Index j = 0; j < 2; ++j) EXPECT_NEAR(two.view()(i, j), all.view()(i, j), 1e-5);
  // Turned back, what was left out is gone: the covariance is a projection of rank two.
  const auto projection = covariance(whiten({{"components", std::int64_t{2}}, {"regularisation", 0.0}}, inputs));
  double trace = 0;
  for (std::size_t a = 0; a < projection.size(); ++a) {
    trace += projection[a][a];
    for (std::size_t b = 0; b < projection.size(); ++b) {
      double square = 0;
      for (std::size_t k = 0; k < projection.size(); ++k) square += projection[a][k] * projection[k][b];
      EXPECT_NEAR(square, projection[a][b], 1e-4);
    }
  }
  EXPECT_NEAR(trace, 2, 1e-4);
}

TEST(Whiten, FitsOnTheTrainingDataOnly) {
  const Dataset train = make_data(mixture(5000)), test = make_data(mixture(100, 9));
  const Tensor together = whiten({}, FakeInputs().add("data", train));
  const Tensor same = whiten({}, FakeInputs().add("data", train).add("fitted_on", train));
  EXPECT_TRUE(std::equal(together.data<float>(), together.data<float>() + together.size(), same.data<float>()));
  const Tensor rows = whiten({}, FakeInputs().add("data", test).add("fitted_on", train));
  // 15 variances and covariances of 100 rows, each with a standard error of at most sqrt(2 / 100).
  const auto found = covariance(rows);
  for (std::size_t a = 0; a < found.size(); ++a)
    for (std::size_t b = 0; b < found.size(); ++b) EXPECT_NEAR(found[a][b], a == b ? 1 : 0, 5 * std::sqrt(0.02));
}

TEST(Whiten, LeavesOutWhatHasNoVariance) {
  Tensor rows = mixture(2000);
  for (Index i = 0; i < rows.rows(); ++i) rows.view()(i, 4) = 7;
  FakeContext context;
  const Outputs out =
      run_node<Whiten>({{"regularisation", 0.0}}, FakeInputs().add("data", make_data(std::move(rows))), context);
  const auto found = covariance(all_rows(get<Dataset>(out, "data"), "features"));
  EXPECT_NEAR(found[3][3], 1, 1e-4);
  EXPECT_NEAR(found[4][4], 0, 1e-9);
  EXPECT_EQ(context.warnings, std::vector<std::string>{"1 of 5 components have no variance and were left out"});
}

TEST(Whiten, SaysBeforeAnyWorkWhatComesOut) {
  Specs in;
  in.set<Dataset>("data", {10, {{"features", 12, {3, 4}, PartSpec::Kind::real, {}}}});
  const auto part = [&](const Settings& settings) {
    return specs_of<Whiten>(settings, in).get<Dataset>("data").parts[0];
  };
  EXPECT_EQ(part({}).shape, (Tensor::Shape{3, 4}));
  EXPECT_EQ(part({{"method", "pca"}, {"components", std::int64_t{5}}}).width, 5);
  EXPECT_TRUE(part({{"method", "pca"}}).shape.empty());
  const Specs out = specs_of<Whiten>({{"components", std::int64_t{13}}}, in);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].message, "'features' has 12 columns and no more components, but 13 are to be kept");
}
