#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/energy.hpp"
#include "harmonium/snapshots.hpp"
#include "loaded.hpp"

namespace harmonium::testing {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// One pass through the means of the other side, written out.
std::vector<double> pass(const Network& network, const std::vector<double>& from, bool up) {
  const View<const float> weights = network.link(0).weights.view();
  const Index to = up ? weights.columns : weights.rows;
  std::vector<double> out(static_cast<std::size_t>(to));
  for (Index j = 0; j < to; ++j) {
    double input = network.layer(up ? 1 : 0).parameters.view()(0, j);
    for (std::size_t i = 0; i < from.size(); ++i)
      input +=
          from[i] * static_cast<double>(up ? weights(static_cast<Index>(i), j) : weights(j, static_cast<Index>(i)));
    out[static_cast<std::size_t>(j)] = sigmoid(input);
  }
  return out;
}

Tensor random_rows(Index rows, Index columns, unsigned seed) {
  Tensor values = Tensor::matrix(rows, columns);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, 1);
  for (float& value : values.values<float>()) value = uniform(random);
  return values;
}

TEST(Reconstruction, GoesUpAndDownThroughAStackByMeans) {
  const Network first = make_rbm(5, 4, 1, 1), second = make_rbm(4, 3, 1, 2);
  const Tensor rows = random_rows(7, 5, 3);
  double squared = 0, entropy = 0, variance = 0;
  for (Index j = 0; j < 5; ++j) {
    double mean = 0;
    for (Index i = 0; i < 7; ++i) mean += rows.view()(i, j) / 7.0;
    for (Index i = 0; i < 7; ++i) variance += std::pow(rows.view()(i, j) - mean, 2);
  }
  for (Index i = 0; i < 7; ++i) {
    const Span<const float> row = rows.view().row(i);
    const std::vector<double> r =
        pass(first, pass(second, pass(second, pass(first, {row.begin(), row.end()}, true), true), false), false);
    for (Index j = 0; j < 5; ++j) {
      const double x = row[j], p = r[static_cast<std::size_t>(j)];
      squared += (x - p) * (x - p);
      entropy -= x * std::log(p) + (1 - x) * std::log(1 - p);
    }
  }
  FakeInputs inputs;
  inputs.add("model", first).add("model", second).add("data", make_data(rows));
  const Outputs outputs = run_loaded("evaluator.reconstruction", {}, inputs);
  const auto& table = get<Table>(outputs, "table");
  EXPECT_NEAR(value_of(table, "squared error"), squared / 7, 1e-5);
  EXPECT_NEAR(value_of(table, "squared error per unit"), squared / 35, 1e-5);
  EXPECT_NEAR(value_of(table, "explained"), 100 * (1 - squared / variance), 1e-3);
  EXPECT_NEAR(value_of(table, "cross entropy"), entropy / 7, 1e-5);
}

TEST(Reconstruction, IsTheSameForRowsBeyondOneBlock) {
  const Network model = make_rbm(4, 3, 1);
  const Tensor few = random_rows(1, 4, 3);
  Tensor many = Tensor::matrix(1203, 4);
  for (Index i = 0; i < 1203; ++i) std::copy_n(few.data<float>(), 4, many.view().row(i).data);
  FakeInputs one, all;
  one.add("model", model).add("data", make_data(few));
  all.add("model", model).add("data", make_data(std::move(many)));
  EXPECT_NEAR(value_of(get<Table>(run_loaded("evaluator.reconstruction", {}, one), "table"), "squared error"),
              value_of(get<Table>(run_loaded("evaluator.reconstruction", {}, all), "table"), "squared error"), 1e-6);
}

TEST(Reconstruction, GivesNoCrossEntropyForValuesOutsideTheUnitInterval) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(2, 3, 1)).add("data", make_data(make_matrix({{-1, 2}})));
  const Outputs outputs = run_loaded("evaluator.reconstruction", {}, inputs);
  EXPECT_EQ(get<Table>(outputs, "table").columns.size(), 3U);
}

TEST(Reconstruction, SaysBeforeAnyWorkWhereAStackDoesNotFit) {
  Specs inputs;
  inputs.set<Network>("model", make_rbm(5, 4, 1).spec());
  inputs.set<Network>("model", make_rbm(3, 2, 1).spec());
  inputs.set<Dataset>("data", make_data(make_matrix({{1, 2}})).spec());
  EXPECT_EQ(problems_of("evaluator.reconstruction", {}, inputs),
            "in.model: model 2 has 3 visible units, but model 1 below it has 4 hidden units\n"
            "in.data: the data's part 'features' has 2 columns, but the model's layer 'visible' has 5 units\n");
}

TEST(FreeEnergy, IsTheMeanOverRowsWithItsStandardError) {
  const Network model = make_rbm(3, 2, 1);
  const Tensor train = random_rows(4, 3, 1), heldout = random_rows(9, 3, 2);
  // Only as many held-out rows as there are training rows are looked at.
  const auto estimate = [&](const Tensor& rows) {
    std::vector<double> energies(4);
    free_energy(model, std::vector<View<const float>>{rows.view().row_range(0, 4)}, energies);
    double mean = 0, squares = 0;
    for (const double energy : energies) mean += energy / 4;
    for (const double energy : energies) squares += (energy - mean) * (energy - mean);
    return std::pair{mean, std::sqrt(squares / 3 / 4)};
  };
  FakeInputs inputs;
  inputs.add("model", model).add("train", make_data(train)).add("heldout", make_data(heldout));
  const Outputs outputs = run_loaded("evaluator.free_energy", {}, inputs);
  const auto& table = get<Table>(outputs, "table");
  const auto [seen, seen_error] = estimate(train);
  const auto [unseen, unseen_error] = estimate(heldout);
  EXPECT_DOUBLE_EQ(value_of(table, "train"), seen);
  EXPECT_DOUBLE_EQ(value_of(table, "standard error of train"), seen_error);
  EXPECT_DOUBLE_EQ(value_of(table, "held out"), unseen);
  EXPECT_DOUBLE_EQ(value_of(table, "gap"), unseen - seen);
  EXPECT_DOUBLE_EQ(value_of(table, "standard error of gap"), std::hypot(seen_error, unseen_error));
}

TEST(FreeEnergyCourse, FollowsTheSnapshotsOfATraining) {
  Snapshots snapshots;
  snapshots.offer(0, make_rbm(3, 2, 0.01F), 10);
  snapshots.offer(1, make_rbm(3, 2, 1), 10);
  FakeInputs inputs, last;
  inputs.add("snapshots", snapshots).add("train", make_data(random_rows(4, 3, 1)));
  inputs.add("heldout", make_data(random_rows(4, 3, 2)));
  last.add("model", make_rbm(3, 2, 1)).add("train", make_data(random_rows(4, 3, 1)));
  last.add("heldout", make_data(random_rows(4, 3, 2)));
  const Outputs outputs = run_loaded("evaluator.free_energy_course", {}, inputs);
  const auto& course = get<Table>(outputs, "table");
  ASSERT_EQ(course.rows.size(), 2U);
  EXPECT_EQ(course.rows_are, "epoch");
  EXPECT_EQ(course.rows[1].label, "1");
  EXPECT_EQ(course.rows[1].values, get<Table>(run_loaded("evaluator.free_energy", {}, last), "table").rows[0].values);
}

TEST(FreeEnergy, NeedsTwoRowsOfEach) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(3, 2, 1)).add("train", make_data(random_rows(1, 3, 1)));
  inputs.add("heldout", make_data(random_rows(9, 3, 2)));
  EXPECT_EQ(message_of([&] { run_loaded("evaluator.free_energy", {}, inputs); }),
            "the free energy monitor needs at least two rows of each data set");
}

}  // namespace
}  // namespace harmonium::testing
