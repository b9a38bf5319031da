#include "data/scale.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

Dataset table(std::initializer_list<float> values, Index columns, bool labelled = false) {
  Tensor features = Tensor::matrix(static_cast<Index>(values.size()) / columns, columns);
  std::copy(values.begin(), values.end(), features.data<float>());
  const auto rows = static_cast<std::size_t>(features.rows());
  return labelled ? make_data(std::move(features), std::vector<Index>(rows, 1), 2) : make_data(std::move(features));
}

std::vector<float> scaled(const Settings& settings, const FakeInputs& inputs, FakeContext& context) {
  const Tensor values = all_rows(get<Dataset>(run_node<Scale>(settings, inputs, context), "data"), "features");
  return {values.values<float>().begin(), values.values<float>().end()};
}

std::vector<float> scaled(const Settings& settings, const FakeInputs& inputs) {
  FakeContext context;
  return scaled(settings, inputs, context);
}

}  // namespace

TEST(Scale, MapsTheDataOntoTheRange) {
  const FakeInputs inputs = FakeInputs().add("data", table({0, 5, 10, 20}, 2));
  EXPECT_EQ(scaled({}, inputs), (std::vector<float>{0, 0.25F, 0.5F, 1}));
  EXPECT_EQ(scaled({{"per_column", true}}, inputs), (std::vector<float>{0, 0, 1, 1}));
  EXPECT_EQ(scaled({{"to", list({1.0, -1.0})}}, inputs), (std::vector<float>{1, 0.5F, 0, -1}));
  EXPECT_EQ(scaled({{"from", list({0.0, 40.0})}}, inputs), (std::vector<float>{0, 0.125F, 0.25F, 0.5F}));
}

TEST(Scale, FitsOnTheTrainingDataOnly) {
  FakeInputs inputs;
  inputs.add("data", table({-5, 20}, 1)).add("fitted_on", table({0, 10}, 1));
  EXPECT_EQ(scaled({}, inputs), (std::vector<float>{-0.5F, 2}));
  EXPECT_EQ(scaled({{"clip", true}}, inputs), (std::vector<float>{0, 1}));
}

TEST(Scale, PassesOtherPartsUnchanged) {
  const FakeInputs inputs = FakeInputs().add("data", table({0, 10}, 1, true));
  const Dataset data = get<Dataset>(run_node<Scale>({}, inputs), "data");
  EXPECT_EQ(data.classes("label"), (std::vector<Index>{1, 1}));
}

TEST(Scale, SaysWhichColumnsAreConstant) {
  FakeContext context;
  EXPECT_EQ(scaled({{"per_column", true}}, FakeInputs().add("data", table({3, 1, 3, 2}, 2)), context),
            (std::vector<float>{0, 0, 0, 1}));
  EXPECT_EQ(context.warnings, std::vector<std::string>{"1 of 2 columns are constant; they become 0"});
}

TEST(Scale, NeverLeavesTheRangeByRounding) {
  // Units that take values in [0, 1] refuse 1.0000001.
  for (const auto& [low, high] : {std::pair{0.0, 1.0}, {0.1, 0.7}, {1.0, 0.0}, {-1.0, 1.0}, {1000.0, 1000.001}})
    for (int i = 1; i < 400; ++i) {
      const float largest = static_cast<float>(i) * 0.37F;
      const std::vector<float> values =
          scaled({{"to", list({low, high})}}, FakeInputs().add("data", table({-0.3F, largest}, 1)));
      EXPECT_EQ(values[0], static_cast<float>(low));
      if (low < high)
        EXPECT_LE(values[1], static_cast<float>(high));
      else
        EXPECT_GE(values[1], static_cast<float>(high));
      EXPECT_NEAR(values[1], static_cast<float>(high), 1e-6 * (std::abs(low) + std::abs(high)));
    }
  EXPECT_EQ(scaled({{"from", list({0.0, 255.0})}}, FakeInputs().add("data", table({255}, 1)))[0], 1);
}

TEST(Scale, RefusesRangesAndPartsThatCannotBe) {
  Specs inputs;
  inputs.set<Dataset>("data", table({0, 1}, 1, true).spec());
  EXPECT_EQ(specs_of<Scale>({{"to", list({1.0, 1.0})}}, inputs).problems().at(0).where, "with.to");
  EXPECT_EQ(specs_of<Scale>({{"from", list({1.0})}}, inputs).problems().at(0).where, "with.from");
  EXPECT_EQ(specs_of<Scale>({{"part", "label"}}, inputs).problems().at(0).message,
            "part 'label' holds classes, not numbers");
  EXPECT_EQ(specs_of<Scale>({{"part", "pixels"}}, inputs).problems().at(0).message,
            "the data have no part 'pixels'; their parts are 'features', 'label'");
  inputs.set<Dataset>("fitted_on", table({0, 1}, 2).spec());
  EXPECT_EQ(specs_of<Scale>({}, inputs).problems().at(0).where, "in.fitted_on");
}
