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
    network.classes.push_back(std::to_string(i));
  }
  network.stages.push_back(std::move(stage));
  return network;
}

TEST(Accuracy, CountsRowsWhoseMostProbableClassIsNotTheirOwn) {
  FakeInputs inputs;
  inputs.add("readout", identity(3));
  inputs.add("data", make_data(make_matrix({{9, 0, 0}, {0, 9, 0}, {0, 9, 0}, {0, 0, 9}}), {0, 1, 2, 2}, 3));
  const Outputs outputs = run_loaded("evaluator.accuracy", {}, inputs);
  const auto& table = get<Table>(outputs, "table");
  EXPECT_DOUBLE_EQ(value_of(table, "error"), 25);
  EXPECT_DOUBLE_EQ(value_of(table, "errors"), 1);
  EXPECT_DOUBLE_EQ(value_of(table, "rows"), 4);
  const double right = std::log1p(2 * std::exp(-9.0));
  EXPECT_NEAR(value_of(table, "loss"), (3 * right + right + 9) / 4, 1e-5);
  const auto& confusion = get<Table>(outputs, "confusion");
  ASSERT_EQ(confusion.rows.size(), 3U);
  EXPECT_EQ(confusion.rows[2].label, "2");
  EXPECT_EQ(confusion.rows[2].values, (std::vector<double>{0, 1, 1}));
  EXPECT_EQ(confusion.rows[0].values, (std::vector<double>{1, 0, 0}));
}

TEST(Accuracy, IsTheSameForRowsBeyondOneBlock) {
  Tensor features = Tensor::matrix(2500, 2);
  std::vector<Index> classes;
  for (Index i = 0; i < 2500; ++i) {
    features.view()(i, i % 2) = 1;
    classes.push_back(i < 2400 ? i % 2 : 1 - i % 2);
  }
  FakeInputs inputs;
  inputs.add("readout", identity(2)).add("data", make_data(std::move(features), classes, 2));
  EXPECT_DOUBLE_EQ(value_of(get<Table>(run_loaded("evaluator.accuracy", {}, inputs), "table"), "errors"), 100);
}

TEST(Accuracy, ALostProbabilityCostsAFiniteLoss) {
  FakeInputs inputs;
  inputs.add("readout", identity(2)).add("data", make_data(make_matrix({{1000, 0}}), {1}, 2));
  const double loss = value_of(get<Table>(run_loaded("evaluator.accuracy", {}, inputs), "table"), "loss");
  EXPECT_TRUE(std::isfinite(loss));
  EXPECT_GT(loss, 80);
}

TEST(Accuracy, SaysBeforeAnyWorkWhatDoesNotFit) {
  Specs inputs;
  inputs.set<Feedforward>("readout", identity(3).spec());
  inputs.set<Dataset>("data", make_data(make_matrix({{1, 2}}), {0}, 2).spec());
  const std::string problems = problems_of("evaluator.accuracy", {}, inputs);
  EXPECT_NE(problems.find("in.data: the data's part 'features' has 2 columns, but the network reads 3"),
            std::string::npos)
      << problems;
  EXPECT_NE(problems.find("in.data: the data have 2 classes, but the network knows 3"), std::string::npos) << problems;
}

TEST(Accuracy, RefusesDataWithoutLabels) {
  Specs inputs;
  inputs.set<Feedforward>("readout", identity(2).spec());
  inputs.set<Dataset>("data", make_data(make_matrix({{1, 2}})).spec());
  EXPECT_EQ(problems_of("evaluator.accuracy", {}, inputs),
            "in.data: the data have no labels: accuracy needs a part 'label' of classes\n");
}

TEST(Accuracy, RefusesClassesInAnotherOrder) {
  Specs inputs;
  FeedforwardSpec readout = identity(2).spec();
  readout.classes = {"cat", "dog"};
  inputs.set<Feedforward>("readout", readout);
  inputs.set<Dataset>("data", make_data(make_matrix({{1, 2}}), {0}, 2).spec());
  EXPECT_EQ(problems_of("evaluator.accuracy", {}, inputs),
            "in.data: class 1 is '0' in the data, but 'cat' in the network\n");
}

}  // namespace
}  // namespace harmonium::testing
