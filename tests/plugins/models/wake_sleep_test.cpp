#include <gtest/gtest.h>

#include <functional>

#include "harmonium/parallel.hpp"
#include "harmonium/table.hpp"
#include "helmholtz_machines.hpp"

/// trainer.wake_sleep.
namespace harmonium::testing {
namespace {

constexpr const char* still = "{use: update.sgd, with: {rate: 0}}";
constexpr const char* as_the_gradient = "{use: update.sgd, with: {rate: 1}}";

HelmholtzMachine trained(const HelmholtzMachine& machine, const Dataset& data, Settings settings,
                         std::uint64_t seed = 42) {
  FakeInputs inputs;
  inputs.add("model", machine).add("data", data);
  FakeContext context(seed);
  return get<HelmholtzMachine>(run_registered("trainer.wake_sleep", settings, inputs, context), "model");
}

/// Derivatives of an objective by each of the values, by central differences.
std::vector<double> derivatives(HelmholtzMachine machine, std::vector<float*> (*values)(HelmholtzMachine&),
                                const std::function<double(const HelmholtzMachine&)>& objective) {
  std::vector<double> all;
  for (float* value : values(machine)) {
    const float at = *value;
    const float above = at + 0.01F, below = at - 0.01F;
    *value = above;
    const double high = objective(machine);
    *value = below;
    const double low = objective(machine);
    *value = at;
    all.push_back((high - low) / (static_cast<double>(above) - static_cast<double>(below)));
  }
  return all;
}

/// What a step has moved, against derivatives, of which it is the mean of so many draws that lie in [-bound, bound].
void expect_moved_along(HelmholtzMachine before, HelmholtzMachine after,
                        std::vector<float*> (*values)(HelmholtzMachine&), const std::vector<double>& gradient,
                        double draws, double bound) {
  const std::vector<float*> from = values(before), to = values(after);
  ASSERT_EQ(from.size(), gradient.size());
  double largest = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double moved = static_cast<double>(*to[i]) - static_cast<double>(*from[i]);
    // Five standard errors; a deviation is at most half the range.
    EXPECT_NEAR(moved, gradient[i], 5 * bound / std::sqrt(draws)) << i;
    largest = std::max(largest, std::abs(gradient[i]));
  }
  EXPECT_GT(largest, 30 * bound / std::sqrt(draws)) << "nothing to be told from noise";
}

const std::vector<Index> sizes = {3, 2, 2};

TEST(WakePhase, MovesGenerationInTheMeanUpTheGradientOfTheExpectedLogJoint) {
  const HelmholtzMachine machine = random_machine(sizes, 1, 3);
  const std::vector<Index> rows = {0, 3, 5, 6};
  const std::vector<float> counts = {1, 2, 4, 1};
  const auto objective = [&](const HelmholtzMachine& at) {
    double sum = 0;
    for (const States& states : all_states(sizes))
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const Index number = states[0][0] + 2 * states[0][1] + 4 * states[0][2];
        if (number == rows[i]) sum += counts[i] / 8.0 * std::exp(log_recognition(at, states)) * log_joint(at, states);
      }
    return sum;
  };
  constexpr Index presentations = 50000;
  const HelmholtzMachine after = trained(machine, counted_rows(rows, 3, counts),
                                         {{"epochs", std::int64_t{1}},
                                          {"batch", std::int64_t{4}},
                                          {"presentations", presentations},
                                          {"frequencies", "frequency"},
                                          {"update", as_the_gradient},
                                          {"recognition_update", still}});
  // The most that a row counts is twice the average.
  expect_moved_along(machine, after, generative_values, derivatives(machine, generative_values, objective),
                     4.0 * presentations, 2);
}

TEST(WakePhase, LeavesRecognitionAsItIs) {
  HelmholtzMachine machine = random_machine(sizes, 1, 3);
  HelmholtzMachine after =
      trained(machine, make_data(rows_of({0, 3, 5, 6}, 3)),
              {{"epochs", std::int64_t{5}}, {"update", as_the_gradient}, {"recognition_update", still}});
  const auto from = recognition_values(machine), to = recognition_values(after);
  for (std::size_t i = 0; i < from.size(); ++i) EXPECT_EQ(*from[i], *to[i]);
}

TEST(WakeSleep, LeavesWhatIsFrozenAndMovesTheRestAsOtherwise) {
  // Of one batch: generation moves as otherwise, and recognition where the machine dreams as otherwise.
  const HelmholtzMachine before = random_machine(sizes, 1, 3);
  const auto step = [&](std::vector<Setting> frozen) {
    return trained(before, make_data(rows_of({0, 3, 5, 6}, 3)),
                   {{"epochs", std::int64_t{1}}, {"batch", std::int64_t{4}}, {"frozen", std::move(frozen)}});
  };
  const HelmholtzMachine all = step({});
  const std::vector<std::string> names = {"layer0",        "layer1",        "layer2",       "layer1-layer0",
                                          "layer2-layer1", "layer0-layer1", "layer1-layer2"};
  for (const std::string& name : names) {
    const HelmholtzMachine kept = step({name});
    const bool dreams_alike = name == "layer0-layer1" || name == "layer1-layer2";
    for (Index l = 0; l < 3; ++l) {
      const bool frozen = name == "layer" + std::to_string(l);
      const HelmholtzMachine& same = frozen ? before : all;
      EXPECT_TRUE(same_bits(kept.layer(l).bias, same.layer(l).bias)) << name << l;
      if (l == 0) continue;
      if (frozen || dreams_alike) {
        EXPECT_TRUE(same_bits(kept.layer(l).recognition_bias, same.layer(l).recognition_bias)) << name << l;
      }
      const std::string above = "layer" + std::to_string(l), below = "layer" + std::to_string(l - 1);
      const HelmholtzMachine &down = name == above + "-" + below ? before : all,
                             &up = name == below + "-" + above ? before : all;
      EXPECT_TRUE(same_bits(kept.link(l - 1).generation, down.link(l - 1).generation)) << name << l;
      if (dreams_alike) {
        EXPECT_TRUE(same_bits(kept.link(l - 1).recognition, up.link(l - 1).recognition)) << name << l;
      }
    }
  }
  // Each of them moves otherwise.
  for (Index l = 1; l < 3; ++l) {
    EXPECT_FALSE(same_bits(all.layer(l).bias, before.layer(l).bias));
    EXPECT_FALSE(same_bits(all.layer(l).recognition_bias, before.layer(l).recognition_bias));
    EXPECT_FALSE(same_bits(all.link(l - 1).generation, before.link(l - 1).generation));
    EXPECT_FALSE(same_bits(all.link(l - 1).recognition, before.link(l - 1).recognition));
  }
  Specs in;
  in.set<HelmholtzMachine>("model", before.spec());
  in.set<Dataset>("data", make_data(rows_of({0}, 3)).spec());
  EXPECT_EQ(problems_of("trainer.wake_sleep", {{"frozen", list({std::string("layer3")})}}, in),
            "with.frozen.1: the machine has no 'layer3'; it has layer0 to layer2, layer1-layer0 and so on for "
            "generation, layer0-layer1 and so on for recognition\n");
  std::vector<Setting> everything(names.begin(), names.end());
  EXPECT_EQ(problems_of("trainer.wake_sleep", {{"frozen", everything}}, in),
            "with.frozen: everything that the machine could learn is frozen\n");
}

TEST(SleepPhase, MovesRecognitionInTheMeanUpTheGradientOfItsLogProbabilityOfFantasies) {
  const HelmholtzMachine machine = random_machine(sizes, 1, 4);
  const auto objective = [&](const HelmholtzMachine& at) {
    double sum = 0;
    for (const States& states : all_states(sizes)) sum += std::exp(log_joint(at, states)) * log_recognition(at, states);
    return sum;
  };
  constexpr Index presentations = 50000;
  HelmholtzMachine after = trained(machine, make_data(rows_of({0, 3, 5, 6}, 3)),
                                   {{"epochs", std::int64_t{1}},
                                    {"batch", std::int64_t{4}},
                                    {"presentations", presentations},
                                    {"update", still},
                                    {"recognition_update", as_the_gradient}});
  expect_moved_along(machine, after, recognition_values, derivatives(machine, recognition_values, objective),
                     4.0 * presentations, 1);
  HelmholtzMachine before = machine;
  const auto from = generative_values(before), to = generative_values(after);
  for (std::size_t i = 0; i < from.size(); ++i) EXPECT_EQ(*from[i], *to[i]);
}

TEST(WakeSleep, WithoutHiddenLayersEndsAtTheMeansOfTheData) {
  const HelmholtzMachine after =
      trained(random_machine({3}, 1, 5), counted_rows({1, 3, 6}, 3, {2, 1, 1}),
              {{"epochs", std::int64_t{300}}, {"frequencies", "frequency"}, {"update", as_the_gradient}});
  const double means[] = {0.75, 0.5, 0.25};
  for (std::size_t j = 0; j < 3; ++j)
    EXPECT_NEAR(1 / (1 + std::exp(-after.layers[0].bias.data<float>()[j])), means[j], 1e-4);
}

TEST(WakeSleep, AShortLastBatchWeighsByItsSize) {
  // Without hidden layers nothing is drawn: two batches of 2 and 1 rows are two steps along mean differences.
  HelmholtzMachine machine({{1}, {}, "features"});
  const HelmholtzMachine after =
      trained(machine, make_data(rows_of({1, 1, 1}, 1)),
              {{"epochs", std::int64_t{1}}, {"batch", std::int64_t{2}}, {"update", as_the_gradient}});
  EXPECT_NEAR(after.layers[0].bias.data<float>()[0], 0.5 + 0.5 * (1 - 1 / (1 + std::exp(-0.5))), 1e-6);
}

TEST(WakeSleep, CourseGivesTheDescriptionLengthOfDataAndTheCostOfRecognisingFantasies) {
  const HelmholtzMachine machine = random_machine(sizes, 1, 6);
  const Dataset data = make_data(rows_of(std::vector<Index>(50000, 5), 3));
  double length = 0, cost = 0, square = 0, cost_square = 0;
  for (const States& states : all_states(sizes)) {
    const double p = log_joint(machine, states), q = log_recognition(machine, states);
    cost -= std::exp(p) * q;
    cost_square += std::exp(p) * q * q;
    if (states[0] != std::vector<int>{1, 0, 1}) continue;
    length += std::exp(q) * (q - p);
    square += std::exp(q) * (q - p) * (q - p);
  }
  FakeInputs inputs;
  inputs.add("model", machine).add("data", data);
  FakeContext context;
  const Outputs outputs =
      run_registered("trainer.wake_sleep",
                     {{"epochs", std::int64_t{1}}, {"batch", std::int64_t{1000}}, {"update", still}}, inputs, context);
  const Table& course = get<Table>(outputs, "course");
  EXPECT_NEAR(value_of(course, "description length"), length, 5 * std::sqrt((square - length * length) / 50000));
  EXPECT_NEAR(value_of(course, "recognition of fantasies"), cost, 5 * std::sqrt((cost_square - cost * cost) / 50000));
}

TEST(WakeSleep, StoppedWithinAnEpochGoesOnAsIfItHadNotBeen) {
  FakeInputs inputs;
  inputs.add("model", random_machine({8, 5, 3}, 0.3F, 5)).add("data", mirrored_rows(130, 8, 3));
  for (const char* rule : {"{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}", "update.adam"})
    // So many presentations that a piece of work is one batch.
    expect_resumable("trainer.wake_sleep",
                     {{"epochs", std::int64_t{3}},
                      {"batch", std::int64_t{64}},
                      {"presentations", std::int64_t{200}},
                      {"penalties", list({"penalty.l2"})},
                      {"update", rule}},
                     inputs);
}

TEST(WakeSleep, BitsDoNotDependOnTheNumberOfThreads) {
  const HelmholtzMachine machine = random_machine({40, 60, 20}, 0.3F, 5);
  const Dataset data = mirrored_rows(600, 40, 3);
  const int before = threads();
  std::vector<SavedState> states;
  for (const int count : {1, 3}) {
    set_threads(count);
    HelmholtzMachine after = trained(machine, data, {{"epochs", std::int64_t{2}}, {"batch", std::int64_t{300}}});
    states.push_back(save(after));
  }
  set_threads(before);
  EXPECT_TRUE(same_state(states[0], states[1]));
}

TEST(WakeSleep, MayGoOnLongerUnlessARateDependsOnTheLength) {
  const char* falling = "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 1, to: 0}}}}";
  EXPECT_TRUE(registered("trainer.wake_sleep", {})->continues());
  EXPECT_FALSE(registered("trainer.wake_sleep", {{"update", falling}})->continues());
  EXPECT_FALSE(registered("trainer.wake_sleep", {{"recognition_update", falling}})->continues());
}

TEST(WakeSleep, KeepsSoManySnapshotsTheFirstBeforeTraining) {
  const HelmholtzMachine machine = random_machine(sizes, 1, 6);
  FakeInputs inputs;
  inputs.add("model", machine).add("data", make_data(rows_of({0, 3}, 3)));
  FakeContext context;
  const Outputs outputs = run_registered(
      "trainer.wake_sleep", {{"epochs", std::int64_t{40}}, {"snapshots", std::int64_t{6}}}, inputs, context);
  const auto& taken = get<helmholtz::Snapshots>(outputs, "snapshots").taken;
  ASSERT_EQ(taken.size(), 6U);
  for (std::size_t i = 0; i < taken.size(); ++i) EXPECT_EQ(taken[i].epoch, static_cast<Index>(8 * i));
  HelmholtzMachine first = taken[0].machine, untouched = machine, last = taken[5].machine,
                   result = get<HelmholtzMachine>(outputs, "model");
  EXPECT_TRUE(same_state(save(first), save(untouched)));
  EXPECT_TRUE(same_state(save(last), save(result)));
}

TEST(WakeSleep, SaysWhatDoesNotFit) {
  Specs inputs;
  inputs.set<HelmholtzMachine>("model", {{4, 2}, {}, "features"});
  inputs.set<Dataset>("data", {10, {{"features", 3, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(
      problems_of("trainer.wake_sleep",
                  {{"frequencies", "often"}, {"penalties", list({"{use: penalty.sparsity, with: {target: 0.1}}"})}},
                  inputs),
      "in.data: the data's part 'features' has 3 columns, but the machine's lowest layer has 4 units\n"
      "with.frequencies: the data have no part 'often' of one column\n"
      "with.penalties: a penalty on activities needs means of hidden units, here are samples\n");
  Specs others;
  others.set<HelmholtzMachine>("model", {{4, 2}, {}, "features"});
  others.set<Dataset>("data", {10, {{"pixels", 4, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("trainer.wake_sleep", {}, others),
            "in.data: the machine shows the part 'features', which the data do not have; their parts are 'pixels'\n");
}

TEST(WakeSleep, RefusesValuesThatNoBinaryUnitShowsAndCountsThatAreNone) {
  const HelmholtzMachine machine = random_machine(sizes, 1, 6);
  Tensor grey = rows_of({0, 3}, 3);
  grey.view()(1, 2) = 16;
  EXPECT_EQ(message_of([&] { trained(machine, make_data(grey), {}); }),
            "column 3 of the data goes from 0 to 16, but binary units show values from 0 to 1: put the data through "
            "data.scale first");
  EXPECT_EQ(message_of([&] {
              trained(machine, counted_rows({1, 2}, 3, {1, -1}), {{"frequencies", "frequency"}});
            }),
            "row 2 of 'frequency' has -1, which is not how often a row counts");
  EXPECT_EQ(message_of([&] {
              trained(machine, counted_rows({1, 2}, 3, {0, 0}), {{"frequencies", "frequency"}});
            }),
            "'frequency' is zero in every row");
  EXPECT_EQ(message_of([&] { trained(machine, make_data(Tensor::matrix(0, 3)), {}); }),
            "there are no rows to learn from");
}

TEST(WakeSleep, NoticesThatItDiverges) {
  EXPECT_EQ(message_of([&] {
              trained(random_machine({3}, 1, 6), make_data(rows_of({7}, 3)),
                      {{"update", "{use: update.sgd, with: {rate: 1e9}}"}});
            }),
            "epoch 1, batch 1: training diverged: generative weights of layer 0 are beyond 100000 or no numbers; a "
            "smaller learning rate may help");
}

}  // namespace
}  // namespace harmonium::testing
