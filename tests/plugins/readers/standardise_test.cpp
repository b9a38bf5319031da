#include "data/standardise.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

Dataset noise(Index rows, float shift) {
  Tensor values = Tensor::matrix(rows, 3);
  normal(Stream{5, 0, 0, 0}, values.view());
  for (Index i = 0; i < rows; ++i) {
    values.view()(i, 0) = 4 * values.view()(i, 0) + shift;
    values.view()(i, 2) = 7;
  }
  return make_data(std::move(values));
}

}  // namespace

TEST(Standardise, GivesMeanZeroAndDeviationOneAndCentresConstants) {
  FakeContext context;
  const Outputs out = run_node<Standardise>({}, FakeInputs().add("data", noise(3000, 100)), context);
  const ColumnSummary summary = summarise(get<Dataset>(out, "data"), 0);
  for (const std::size_t column : {0, 1}) {
    EXPECT_NEAR(summary.mean[column], 0, 1e-5);
    EXPECT_NEAR(summary.deviation[column], 1, 1e-5);
  }
  EXPECT_EQ(summary.maximum[2], 0);
  EXPECT_EQ(context.warnings, std::vector<std::string>{"1 of 3 columns are constant and were only centred"});
}

TEST(Standardise, FitsOnTheTrainingDataOnly) {
  FakeInputs inputs;
  inputs.add("data", noise(3000, 108)).add("fitted_on", noise(3000, 100));
  const ColumnSummary summary = summarise(get<Dataset>(run_node<Standardise>({}, inputs), "data"), 0);
  // The shift of 8 is two deviations of the training data, within four standard errors of their deviation's estimate.
  EXPECT_NEAR(summary.mean[0], 2, 4 * 2 / std::sqrt(2 * 3000.0));
  EXPECT_NEAR(summary.deviation[0], 1, 1e-5);
}
