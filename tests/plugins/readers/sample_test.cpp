#include "data/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fake_kernel.hpp"
#include "harmonium/errors.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

Dataset sampled(Tensor values) {
  const Sample node;
  FakeContext context;
  return get<Dataset>(node.run(FakeInputs().add("data", make_data(std::move(values))), context), "data");
}

TEST(Sample, DrawsOnesAsOftenAsTheValuesSay) {
  constexpr Index rows = 20000;
  const float probabilities[] = {0, 0.1F, 0.5F, 0.9F, 1};
  Tensor values = Tensor::matrix(rows, 5);
  for (Index i = 0; i < rows; ++i)
    std::copy(std::begin(probabilities), std::end(probabilities), values.view().row(i).data);
  const Tensor drawn = all_rows(sampled(std::move(values)), "features");
  for (Index j = 0; j < 5; ++j) {
    double ones = 0;
    for (Index i = 0; i < rows; ++i) {
      const float value = drawn.view()(i, j);
      ASSERT_TRUE(value == 0 || value == 1);
      ones += static_cast<double>(value);
    }
    const double p = static_cast<double>(probabilities[j]);
    EXPECT_NEAR(ones / rows, p, 5 * std::sqrt(p * (1 - p) / rows) + 1e-7);
  }
}

TEST(Sample, DrawsARowAlikeInEveryOrderAndAnewInEveryPass) {
  Tensor values = Tensor::matrix(50, 40);
  for (float& value : values.values<float>()) value = 0.5F;
  const Dataset data = sampled(std::move(values));
  const Tensor all = all_rows(data, "features");
  const std::vector<Index> backwards = {49, 7, 0};
  Tensor some = Tensor::matrix(3, 40), later = Tensor::matrix(3, 40);
  data.read(0, backwards, some.view());
  data.read(0, backwards, later.view(), 1);
  Index others = 0;
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 40; ++j) {
      EXPECT_EQ(some.view()(i, j), all.view()(backwards[static_cast<std::size_t>(i)], j));
      others += some.view()(i, j) != later.view()(i, j);
    }
  // Of 120 even draws, within five standard deviations of half.
  EXPECT_NEAR(static_cast<double>(others), 60, 5 * std::sqrt(30.0));
}

TEST(Sample, RefusesWhatIsNoProbabilityWithTheRowAndTheRemedy) {
  Tensor values = Tensor::matrix(2, 2);
  values.data<float>()[3] = 1.5F;
  const Dataset data = sampled(std::move(values));
  try {
    all_rows(data, "features");
    FAIL();
  } catch (const BadData& error) {
    EXPECT_NE(std::string(error.what()).find("row 2 has 1.5"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("data.scale"), std::string::npos);
  }
}

}  // namespace
