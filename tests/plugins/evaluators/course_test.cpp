#include "../../../plugins/evaluators/recall/course.hpp"

#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// When recall is over: at a fixed point, in a cycle, or where the energy falls no more.
namespace harmonium::testing {
namespace {

/// Four spins that are not joined, with the energy -(sum of the states).
Network make_spins() {
  Network network;
  network.add(make_layer("units", "units.spin", 4, true));
  for (float& bias : network.layer(0).parameters.values<float>()) bias = 1;
  return network;
}

/// So many units up, the first ones.
void set_up(Chains& chains, Index row, int count) {
  for (Index j = 0; j < 4; ++j) chains[0].state(row, j) = j < count ? 1.0F : -1.0F;
}

TEST(Course, EndsWhereTheRunningMeanOfTheEnergyFallsNoMoreAndRecallsTheMeanOfThoseSweeps) {
  const Network network = make_spins();
  Chains chains(network, 3);
  chains.prepare(network);
  constexpr Index average = 2;
  Course course(network, chains, chains.rows(), 0, 0, average, {false, true});
  // Units that are up after each sweep; the energy is 4 minus twice their number.
  const std::vector<std::vector<int>> ups = {
      {0, 1, 2, 3, 3, 3, 3, 0, 0}, {1, 1, 1, 1, 4, 4, 4, 4, 4}, {0, 1, 1, 2, 2, 3, 3, 4, 4}};
  // Means of two sweeps, the newer one first: 3 and 3 of the first chain after 7, 1 and 1 of the second after 4; that
  // of the third keeps falling.
  for (std::size_t s = 0; s < 9; ++s) {
    for (Index i = 0; i < 3; ++i) set_up(chains, i, ups[static_cast<std::size_t>(i)][s]);
    course.note();
  }
  EXPECT_EQ(course.end(0), Course::End::settled);
  EXPECT_EQ(course.sweeps(0), 7);
  EXPECT_EQ(course.end(1), Course::End::settled);
  EXPECT_EQ(course.sweeps(1), 4);
  EXPECT_EQ(course.end(2), Course::End::moving);
  EXPECT_EQ(course.sweeps(2), 9);
  EXPECT_FALSE(course.all_rest());
  const int up[] = {3, 1, 4};
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 4; ++j) EXPECT_EQ(course.on(i, j), j < up[i]) << i << " " << j;
}

TEST(Course, RecallsWhatIsOnInMostOfTheLastSweepsOfBinaryUnitsToo) {
  Network network;
  network.add(make_layer("units", "units.bernoulli", 2, true));
  Chains chains(network, 1);
  chains.prepare(network);
  Course course(network, chains, chains.rows(), 0, 0.5F, 3, {});
  const float states[][2] = {{1, 0}, {1, 0}, {0, 1}, {0, 1}, {1, 0}};
  for (const auto& state : states) {
    set_state(chains, 0, {{static_cast<double>(state[0]), static_cast<double>(state[1])}});
    course.note();
  }
  // Over the last three: one third, two thirds.
  EXPECT_FALSE(course.on(0, 0));
  EXPECT_TRUE(course.on(0, 1));
}

/// Two spins that want to be alike, shown as a memory of {1, 1}.
Table recall_of_a_pair(const std::string& order, std::vector<double> shares) {
  Network network;
  network.add(make_layer("units", "units.spin", 2, true));
  network.layer(0).part = "features";
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  network.link(0).weights.view()(0, 1) = network.link(0).weights.view()(1, 0) = 1;
  Tensor pattern = Tensor::matrix(1, 2);
  for (float& value : pattern.values<float>()) value = 1;
  std::vector<Setting> list_of(shares.begin(), shares.end());
  FakeInputs inputs;
  inputs.add("model", network).add("data", make_data(std::move(pattern)));
  FakeContext context;
  return get<Table>(run_registered("evaluator.recall",
                                   {{"sampler", "{use: sampler.descent, with: {order: " + order + "}}"},
                                    {"shares", Setting(list_of)},
                                    {"average", Index{4}}},
                                   inputs, context),
                    "table");
}

TEST(Recall, SaysHowManyChainsEndAtAFixedPointAndInACycleOfTwo) {
  const Table at_once = recall_of_a_pair("at once", {0, 0.5});
  ASSERT_EQ(at_once.columns,
            (std::vector<std::string>{"recalled", "units right", "sweeps", "fixed points", "cycles of two"}));
  EXPECT_EQ(at_once.rows[0].values, (std::vector<double>{100, 100, 1, 100, 0}));
  // One of the two is turned over: each takes the other's place for ever, and neither is on for most of the time.
  EXPECT_EQ(at_once.rows[1].values, (std::vector<double>{0, 0, 2, 0, 100}));
  for (const char* order : {"sequential", "random"}) {
    const std::vector<double> row = recall_of_a_pair(order, {0.5}).rows[0].values;
    EXPECT_EQ(row[3], 100) << order;
    EXPECT_EQ(row[4], 0) << order;
    EXPECT_EQ(row[1], row[0]) << "both units go to the same side";
  }
}

TEST(Recall, EndsSoonerWhereTheEnergyHasSettledAndRecallsAsMuch) {
  Tensor values = Tensor::matrix(2, 100);
  uniform(Stream{7}, values.view());
  for (float& value : values.values<float>()) value = value < 0.5F ? -1.0F : 1.0F;
  const Dataset data = make_data(std::move(values));
  Network network;
  network.add(make_layer("units", "units.spin", 100, true));
  network.layer(0).part = "features";
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  FakeInputs memory;
  memory.add("model", network).add("data", data);
  FakeContext context;
  network = get<Network>(run_registered("trainer.hebb", {}, memory, context), "model");
  const auto recalled = [&](const std::string& until) {
    FakeInputs inputs;
    inputs.add("model", network).add("data", data);
    return get<Table>(run_registered("evaluator.recall",
                                     {{"sampler", "sampler.gibbs"},
                                      {"temperature", "10"},
                                      {"shares", list({0.2})},
                                      {"sweeps", Index{150}},
                                      {"average", Index{10}},
                                      {"until", until}},
                                     inputs, context),
                      "table")
        .rows[0]
        .values;
  };
  const auto all = recalled("end"), settled = recalled("settled");
  EXPECT_EQ(all[2], 150);
  EXPECT_GE(settled[2], 20);
  EXPECT_LT(settled[2], 100);
  EXPECT_GT(all[1], 99);
  EXPECT_GT(settled[1], 99);
}

}  // namespace
}  // namespace harmonium::testing
