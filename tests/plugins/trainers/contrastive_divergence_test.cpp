#include <gtest/gtest.h>

#include "harmonium/parallel.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

FakeInputs inputs_of(const Dataset& data, Network model) {
  FakeInputs inputs;
  inputs.add("model", std::move(model)).add("data", data);
  return inputs;
}

class Trainers : public ::testing::TestWithParam<const char*> {};

TEST_P(Trainers, GiveTheSameBitsOnOneThreadAndOnTwo) {
  const Dataset data = mirrored_rows(200, 200, 3);
  const auto train = [&](int count) {
    set_threads(count);
    FakeContext context;
    const FakeInputs inputs = inputs_of(data, make_rbm(200, 150, 0.01, 5));
    return get<Network>(run_registered(GetParam(), {{"epochs", 2}, {"batch", 60}}, inputs, context), "model");
  };
  EXPECT_TRUE(same_bits(train(1).link(0).weights, train(2).link(0).weights));
}

TEST_P(Trainers, RefuseDataThatBinaryUnitsCannotShow) {
  Tensor raw = Tensor::matrix(4, 6);
  for (float& value : raw.values<float>()) value = 16;
  const Dataset data = make_data(std::move(raw));
  const FakeInputs inputs = inputs_of(data, make_rbm(6, 3, 0.01, 5));
  FakeContext context;
  const auto node = registered(GetParam(), {});
  const std::string message = message_of([&] { std::unique_ptr<Work>(node->start(inputs, context)); });
  EXPECT_NE(message.find("data.scale"), std::string::npos) << message;
}

TEST_P(Trainers, NameTheBatchAtWhichTrainingDiverges) {
  const Dataset data = mirrored_rows(100, 6, 3);
  const FakeInputs inputs = inputs_of(data, make_rbm(6, 3, 0.01, 5));
  FakeContext context;
  const auto node = registered(GetParam(), {{"batch", 20}, {"update", "{use: update.sgd, with: {rate: 1e7}}"}});
  const std::unique_ptr<Work> work(node->start(inputs, context));
  const std::string message = message_of([&] {
    while (work->advance(inputs, context)) {
    }
  });
  EXPECT_NE(message.find("epoch 1, batch 1: training diverged"), std::string::npos) << message;
}

TEST_P(Trainers, RefuseDataOfAnotherWidthBeforeAnyWork) {
  Specs in, out;
  in.set<Network>("model", make_rbm(6, 3, 0.01, 5).spec());
  in.set<Dataset>("data", {10, {{"features", 7, {}, PartSpec::Kind::real, {}}}});
  registered(GetParam(), {})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].where, "in.data");
  EXPECT_EQ(out.problems()[0].message,
            "the data's part 'features' has 7 columns, but the model's layer 'visible' has 6 units");
}

INSTANTIATE_TEST_SUITE_P(Both, Trainers, ::testing::Values("trainer.cd", "trainer.pcd"));

TEST(ContrastiveDivergence, GivesTheSameModelWhenEpochsAreRaisedLater) {
  const Dataset data = mirrored_rows(100, 8, 3);
  const FakeInputs inputs = inputs_of(data, make_rbm(8, 5, 0.01, 5));
  FakeContext context;
  const auto short_node = registered("trainer.cd", {{"epochs", 3}, {"batch", 16}});
  const auto long_node = registered("trainer.cd", {{"epochs", 5}, {"batch", 16}});
  EXPECT_TRUE(long_node->continues());
  const std::unique_ptr<Work> work(short_node->start(inputs, context));
  while (work->advance(inputs, context)) {
  }
  SavedState saved = save(*work);
  const std::unique_ptr<Work> raised(long_node->blank());
  load(saved, *raised);
  while (raised->advance(inputs, context)) {
  }
  const std::unique_ptr<Work> straight(long_node->start(inputs, context));
  while (straight->advance(inputs, context)) {
  }
  Outputs a, b;
  raised->finish(inputs, a);
  straight->finish(inputs, b);
  EXPECT_TRUE(same_bits(get<Network>(a, "model").link(0).weights, get<Network>(b, "model").link(0).weights));
}

TEST(ContrastiveDivergence, CannotBeContinuedWhereTheRateDependsOnTheLength) {
  EXPECT_FALSE(
      registered("trainer.cd",
                 {{"update", "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 1, to: 0}}}}"}})
          ->continues());
  EXPECT_TRUE(registered("trainer.cd",
                         {{"update",
                           "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 1, to: 0, over: 5}}}}"}})
                  ->continues());
}

TEST(ContrastiveDivergence, LearnsWithEveryChoiceOfStatistics) {
  const Dataset data = mirrored_rows(200, 6, 3);
  const auto rows = as_rows(data);
  const Network before = make_rbm(6, 6, 0.01, 5);
  const double untrained = naive_log_likelihood(before, rows);
  for (const char* visible : {"probabilities", "samples"})
    for (const char* hidden : {"probabilities", "samples"})
      for (const char* grey : {"probabilities", "sampled"}) {
        FakeContext context;
        const FakeInputs inputs = inputs_of(data, before);
        const Outputs outputs = run_registered(
            "trainer.cd",
            {{"epochs", 100}, {"batch", 20}, {"visible", visible}, {"hidden_statistics", hidden}, {"inputs", grey}},
            inputs, context);
        EXPECT_GT(naive_log_likelihood(get<Network>(outputs, "model"), rows), untrained + 0.7)
            << visible << " " << hidden << " " << grey;
      }
}

TEST(ContrastiveDivergence, WithManyStepsFollowsTheExactGradientInExpectation) {
  // One step of rate 1 over many rows: free statistics after 200 sweeps are draws from the model.
  constexpr Index rows = 20000;
  const Dataset data = mirrored_rows(rows, 4, 3);
  Network model = make_rbm(4, 3, 0.7, 41);
  FakeContext context;
  const FakeInputs inputs = inputs_of(data, model);
  const Outputs outputs = run_registered("trainer.cd",
                                         {{"epochs", 1},
                                          {"batch", static_cast<std::int64_t>(rows)},
                                          {"steps", 200},
                                          {"visible", "samples"},
                                          {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}},
                                         inputs, context);
  const Network& moved = get<Network>(outputs, "model");
  const auto seen = as_rows(data);
  // The exact gradient by finite differences over the 16 distinct rows and their counts.
  std::vector<double> counts(16, 0.0);
  for (const auto& row : seen) {
    std::size_t code = 0;
    for (std::size_t j = 0; j < 4; ++j) code |= static_cast<std::size_t>(row[j]) << j;
    ++counts[code];
  }
  const auto states = all_states(model.layer(0));
  const auto likelihood = [&] {
    double sum = 0;
    for (std::size_t s = 0; s < 16; ++s) sum -= counts[s] / rows * naive_free_energy(model, states[s]);
    return sum - naive_log_partition_function(model);
  };
  Tensor& weights = model.link(0).weights;
  for (Index k = 0; k < weights.size(); ++k) {
    float& value = weights.data<float>()[k];
    const float before = value;
    value = before + 1.0F / 128;
    const double up = likelihood();
    value = before - 1.0F / 128;
    const double down = likelihood();
    value = before;
    // A statistic lies in [0, 1], so its deviation is at most 1/2: five standard errors of the free mean.
    EXPECT_NEAR(moved.link(0).weights.data<float>()[k] - before, (up - down) * 64, 5 * 0.5 / std::sqrt(rows));
  }
}

TEST(ContrastiveDivergence, DrawsBinaryInputsFromGreyValuesWhereItIsAskedTo) {
  // Visible biases of -50 keep the free phase dark, so hidden units are at sigmoid(0) there. In the clamped phase a
  // weight of 4 makes them sigmoid(2) by grey values of 1/2, and (sigmoid(0) + sigmoid(4)) / 2 by draws of 0 and 1.
  constexpr Index rows = 4000;
  Tensor grey = Tensor::matrix(rows, 1);
  for (float& value : grey.values<float>()) value = 0.5F;
  const Dataset data = make_data(std::move(grey));
  const auto moved = [&](const char* how) {
    Network model = make_rbm(1, 1, 0, 5);
    model.layer(0).parameters.data<float>()[0] = -50;
    model.link(0).weights.data<float>()[0] = 4;
    FakeContext context;
    const Outputs outputs = run_registered("trainer.cd",
                                           {{"epochs", 1},
                                            {"batch", static_cast<std::int64_t>(rows)},
                                            {"inputs", how},
                                            {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}},
                                           inputs_of(data, model), context);
    return static_cast<double>(get<Network>(outputs, "model").layer(1).parameters.data<float>()[0]);
  };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  EXPECT_NEAR(moved("probabilities"), sigmoid(2) - 0.5, 1e-6);
  // The deviation of what is averaged is (sigmoid(4) - sigmoid(0)) / 2: five standard errors.
  const double deviation = (sigmoid(4) - 0.5) / 2;
  EXPECT_NEAR(moved("sampled"), (0.5 + sigmoid(4)) / 2 - 0.5, 5 * deviation / std::sqrt(rows));
}

TEST(PersistentContrastiveDivergence, KeepsAsManyChainsAsAreAskedFor) {
  const Dataset data = mirrored_rows(64, 6, 3);
  const FakeInputs inputs = inputs_of(data, make_rbm(6, 3, 0.01, 5));
  FakeContext context;
  const auto node = registered("trainer.pcd", {{"epochs", 2}, {"batch", 16}, {"chains", 7}});
  const std::unique_ptr<Work> work(node->start(inputs, context));
  while (work->advance(inputs, context)) {
  }
  const SavedState saved = save(*work);
  bool found = false;
  for (const auto& [name, tensor] : saved.tensors)
    if (name.find("chains") != std::string::npos) {
      EXPECT_EQ(tensor.rows(), 7) << name;
      found = true;
    }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace harmonium::testing
