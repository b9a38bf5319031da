#include <gtest/gtest.h>

#include <cmath>

#include "fake_kernel.hpp"
#include "harmonium/parallel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

Dataset noise(Index rows, Index columns, float mean, float deviation) {
  Tensor values = Tensor::matrix(rows, columns);
  normal(Stream{3, 0, 0, 0}, values.view());
  for (float& value : values.values<float>()) value = mean + deviation * value;
  return make_data(std::move(values));
}

}  // namespace

TEST(Summary, AgreesWithTwoPassesInDoubleOverSeveralBlocks) {
  // A mean far from zero: sums of squares would lose the deviation.
  const Dataset data = noise(20000, 7, 1000, 0.5);
  const ColumnSummary summary = summarise(data, 0);
  const Tensor all = all_rows(data, "features");
  for (Index j = 0; j < 7; ++j) {
    double mean = 0, squares = 0, minimum = 1e9, maximum = -1e9;
    for (Index i = 0; i < 20000; ++i) {
      const double value = static_cast<double>(all.view()(i, j));
      mean += value / 20000;
      minimum = std::min(minimum, value);
      maximum = std::max(maximum, value);
    }
    for (Index i = 0; i < 20000; ++i) squares += std::pow(static_cast<double>(all.view()(i, j)) - mean, 2);
    const auto at = static_cast<std::size_t>(j);
    EXPECT_NEAR(summary.mean[at], mean, 1e-9);
    EXPECT_NEAR(summary.deviation[at], std::sqrt(squares / 20000), 1e-9);
    EXPECT_EQ(summary.minimum[at], minimum);
    EXPECT_EQ(summary.maximum[at], maximum);
  }
  EXPECT_EQ(summary.rows, 20000);
}

TEST(Summary, FindsNoDeviationInAConstantColumn) {
  Tensor values = Tensor::matrix(5001, 3);
  for (float& value : values.values<float>()) value = 0.1F;
  const ColumnSummary summary = summarise(make_data(std::move(values)), 0);
  EXPECT_EQ(summary.deviation[2], 0);
  EXPECT_EQ(summary.mean[2], static_cast<double>(0.1F));
}

TEST(Summary, DoesNotDependOnThreads) {
  const Dataset data = noise(9000, 50, 3, 2);
  const int before = threads();
  set_threads(1);
  const ColumnSummary one = summarise(data, 0);
  set_threads(2);
  const ColumnSummary two = summarise(data, 0);
  set_threads(before);
  EXPECT_EQ(one.mean, two.mean);
  EXPECT_EQ(one.deviation, two.deviation);
}
