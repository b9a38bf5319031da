#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/feedforward.hpp"
#include "loaded.hpp"

namespace harmonium::testing {
namespace {

/// Softmax whose input is the row itself: the most probable class is the largest value.
Feedforward identity(Index classes) {
  loaded("units.softmax");
  Feedforward network;
  Feedforward::Stage stage;
  stage.units = make_value<Units>("units.softmax");
  stage.weights = Tensor::matrix(classes, classes);
  stage.parameters = Tensor::matrix(1, classes);
  for (Index i = 0; i < classes; ++i) {
    stage.weights.view()(i, i) = 1;
    network.classes.push_back("class " + std::to_string(i));
  }
  network.stages.push_back(std::move(stage));
  return network;
}

FakeInputs five_rows() {
  FakeInputs inputs;
  inputs.add("readout", identity(3))
      .add("data", make_data(make_matrix({{9, 0, 0}, {9, 0, 0}, {0, 9, 0}, {0.1F, 0, 0}, {8, 0, 0}})));
  return inputs;
}

TEST(Classes, CountsWhatAClassifierTakesRowsFor) {
  const Outputs outputs = run_loaded("evaluator.classes", {}, five_rows());
  const auto& table = get<Table>(outputs, "table");
  EXPECT_EQ(value_of(table, "classes found"), 2);
  EXPECT_EQ(value_of(table, "rows counted"), 5);
  EXPECT_NEAR(value_of(table, "share of the commonest"), 80, 1e-9);
  EXPECT_NEAR(value_of(table, "effective number"), std::exp(-0.8 * std::log(0.8) - 0.2 * std::log(0.2)), 1e-9);
  const auto& counts = get<Table>(outputs, "counts");
  ASSERT_EQ(counts.rows.size(), 3U);
  EXPECT_EQ(counts.rows[0].label, "class 0");
  EXPECT_EQ(counts.rows[0].values[0], 4);
  EXPECT_EQ(counts.rows[2].values, (std::vector<double>{0, 0, 0}));
}

TEST(Classes, LeaveOutRowsOfWhichItIsNotSureAndClassesOfFewRows) {
  const Outputs outputs =
      run_loaded("evaluator.classes", {{"confidence", 0.9}, {"at_least", std::int64_t{2}}}, five_rows());
  const auto& table = get<Table>(outputs, "table");
  EXPECT_EQ(value_of(table, "classes found"), 1);
  EXPECT_EQ(value_of(table, "rows counted"), 4);
  EXPECT_EQ(value_of(table, "rows"), 5);
  EXPECT_NEAR(get<Table>(outputs, "counts").rows[0].values[2],
              (2 / (1 + 2 * std::exp(-9.0)) + 1 / (1 + 2 * std::exp(-8.0))) / 3, 1e-6);
}

TEST(Classes, SayBeforeAnyWorkWhatTheClassifierCannotRead) {
  Specs inputs;
  inputs.set<Feedforward>("readout", identity(3).spec());
  inputs.set<Dataset>("data", {10, {{"features", 4, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("evaluator.classes", {}, inputs),
            "in.data: the data's part 'features' has 4 columns, but the network reads 3\n");
}

}  // namespace
}  // namespace harmonium::testing
