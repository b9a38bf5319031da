#include <gtest/gtest.h>

#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// evaluator.recall, evaluator.energies and evaluator.minima.
namespace harmonium::testing {
namespace {

Dataset patterns_of(Index count, Index size) {
  Tensor values = Tensor::matrix(count, size);
  uniform(Stream{7}, values.view());
  for (float& value : values.values<float>()) value = value < 0.5F ? -1.0F : 1.0F;
  return make_data(std::move(values));
}

Network memory_of(const Dataset& data) {
  Network network;
  network.add(make_layer("units", "units.spin", data.spec().parts[0].width, true));
  network.layer(0).part = "features";
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  FakeInputs inputs;
  inputs.add("model", network).add("data", data);
  FakeContext context;
  return get<Network>(run_registered("trainer.hebb", {}, inputs, context), "model");
}

Table evaluate(const std::string& type, const Settings& settings, const Network& model, const Dataset& data) {
  FakeInputs inputs;
  inputs.add("model", model).add("data", data);
  FakeContext context;
  return get<Table>(run_registered(type, settings, inputs, context), "table");
}

TEST(Recall, OfFewPatternsIsPerfectUpToSomeNoiseAndChanceAtHalf) {
  const Dataset data = patterns_of(3, 100);
  const Table table = evaluate("evaluator.recall", {{"shares", list({0.0, 0.1, 0.5})}}, memory_of(data), data);
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0].values[0], 100);
  EXPECT_EQ(table.rows[1].values[0], 100);
  // At one half nothing of a pattern is left; it comes back or its mirror image does, or another.
  EXPECT_LT(table.rows[2].values[0], 60);
}

TEST(Recall, FromAPartHoldsTheUnitsSeen) {
  const Dataset data = patterns_of(3, 60);
  // Without a memory only what is held is right, and half of the rest by chance.
  Network blank = memory_of(data);
  for (float& weight : blank.link(0).weights.values<float>()) weight = 0;
  const Table table = evaluate(
      "evaluator.recall", {{"from", "part"}, {"shares", list({0.5, 1.0})}, {"repeats", std::int64_t{50}}}, blank, data);
  const double units = 150 * 60 * 0.5;
  EXPECT_NEAR(table.rows[0].values[1], 75, 5 * 100 * 0.5 * 0.5 / std::sqrt(units));
  EXPECT_EQ(table.rows[1].values[0], 100);
  const Table stored = evaluate("evaluator.recall", {{"from", "part"}, {"shares", list({0.5})}}, memory_of(data), data);
  EXPECT_EQ(stored.rows[0].values[0], 100);
}

TEST(Recall, FromTheFirstPartHoldsTheSameUnitsOfEveryPattern) {
  // Biases pull the last half to where every pattern has it, and the first half away from it.
  Tensor values = Tensor::matrix(2, 8);
  for (float& value : values.values<float>()) value = 1;
  const Dataset data = make_data(std::move(values));
  Network pulled = memory_of(data);
  for (float& weight : pulled.link(0).weights.values<float>()) weight = 0;
  for (Index j = 0; j < 8; ++j) pulled.layer(0).parameters.data<float>()[j] = j < 4 ? -1.0F : 1.0F;
  const Settings half = {{"shares", list({0.5})}, {"repeats", std::int64_t{20}}};
  Settings first = half, any = half;
  first.emplace_back("from", "first part");
  any.emplace_back("from", "part");
  EXPECT_EQ(evaluate("evaluator.recall", first, pulled, data).rows[0].values[0], 100);
  EXPECT_LT(evaluate("evaluator.recall", any, pulled, data).rows[0].values[0], 20);
}

TEST(Recall, AtATemperatureIsOfTheMeanOfTheLastSweeps) {
  const Dataset data = patterns_of(2, 100);
  const Settings settings = {{"sampler", "sampler.gibbs"},
                             {"shares", list({0.1})},
                             {"sweeps", std::int64_t{30}},
                             {"average", std::int64_t{20}}};
  Settings hot = settings;
  hot.emplace_back("temperature", "1000");
  Settings cold = settings;
  cold.emplace_back("temperature", "10");
  const Network memory = memory_of(data);
  EXPECT_GT(evaluate("evaluator.recall", cold, memory, data).rows[0].values[1], 99);
  EXPECT_LT(evaluate("evaluator.recall", hot, memory, data).rows[0].values[1], 70);
}

TEST(Energies, AreThoseOfTheStatesAndNeverRiseInDescent) {
  const Dataset data = patterns_of(3, 30);
  const Network memory = memory_of(data);
  const Table still = evaluate(
      "evaluator.energies",
      {{"noise", 0.0}, {"chains", std::int64_t{3}}, {"sweeps", std::int64_t{1}}, {"sampler", "sampler.descent"}},
      memory, data);
  double mean = 0;
  for (const auto& row : as_rows(data)) mean += naive_energy(memory, {row}) / 3;
  EXPECT_NEAR(still.rows[0].values[0], mean, 1e-4);
  const Table down = evaluate("evaluator.energies", {{"noise", 0.4}, {"sampler", "sampler.descent"}}, memory, data);
  for (std::size_t s = 1; s < down.rows.size(); ++s)
    for (std::size_t c = 0; c < 3; ++c) EXPECT_LE(down.rows[s].values[c], down.rows[s - 1].values[c] + 1e-9);
  EXPECT_EQ(down.rows.back().values[3], 0) << "after twenty sweeps nothing changes any more";
}

TEST(Minima, AreThePatternsAndTheirMirrorImagesWhereFewAreStored) {
  const Dataset one = patterns_of(1, 40);
  const auto alone = evaluate("evaluator.minima", {{"starts", std::int64_t{200}}}, memory_of(one), one).rows[0].values;
  EXPECT_EQ(alone, (std::vector<double>{1, 1, 0, 0}));
  const Dataset many = patterns_of(12, 40);
  const auto crowded =
      evaluate("evaluator.minima", {{"starts", std::int64_t{500}}}, memory_of(many), many).rows[0].values;
  EXPECT_GT(crowded[2], 10);
}

}  // namespace
}  // namespace harmonium::testing
