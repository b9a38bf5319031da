#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/bottom_up.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// Deep Boltzmann machines: pretraining with inputs that count twice, assembly, settling.
namespace harmonium::testing {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

using Matrix = std::vector<std::vector<double>>;

double bias_of(const Network& network, Index layer, Index unit) {
  return network.layer(layer).parameters.view()(0, unit);
}

/// Means of the hidden (up) or visible units of an RBM, their input multiplied by a factor, by loops.
Matrix means(const Network& rbm, const Matrix& from, bool up, double factor) {
  const View<const float> weights = rbm.link(0).weights.view();
  Matrix all;
  for (const auto& row : from) {
    all.emplace_back();
    for (Index j = 0; j < (up ? weights.columns : weights.rows); ++j) {
      double input = 0;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const auto k = static_cast<Index>(i);
        input += row[i] * static_cast<double>(up ? weights(k, j) : weights(j, k));
      }
      all.back().push_back(sigmoid(factor * input + bias_of(rbm, up ? 1 : 0, j)));
    }
  }
  return all;
}

Network trained(const Network& model, const Dataset& data, Settings settings) {
  settings.emplace_back("epochs", std::int64_t{1});
  settings.emplace_back("batch", data.rows());
  settings.emplace_back("update", "{use: update.sgd, with: {rate: 0.5}}");
  FakeInputs inputs;
  inputs.add("model", model).add("data", data);
  FakeContext context;
  return get<Network>(run_registered("trainer.cd", settings, inputs, context), "model");
}

class Doubled : public ::testing::TestWithParam<const char*> {
 protected:
  double up() const { return std::string(GetParam()) == "up" ? 2 : 1; }
  double down() const { return std::string(GetParam()) == "down" ? 2 : 1; }
};

TEST_P(Doubled, HiddenUnitsAreDrivenByTwiceTheirInputInTheClampedPhaseWhereItIsSaidSo) {
  const Dataset data = mirrored_rows(20, 6, 3);
  const Network before = make_rbm(6, 4, 0.5, 7);
  const Network after = trained(before, data, {{"doubled", GetParam()}, {"free_phase", false}});
  const Matrix v = as_rows(data), h = means(before, v, true, up());
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 4; ++j) {
      double gradient = 0;
      for (std::size_t r = 0; r < v.size(); ++r)
        gradient += v[r][static_cast<std::size_t>(i)] * h[r][static_cast<std::size_t>(j)] / 20;
      EXPECT_NEAR(after.link(0).weights.view()(i, j), before.link(0).weights.view()(i, j) + 0.5 * gradient, 1e-5);
    }
}

TEST_P(Doubled, VisibleUnitsAreDrivenByTwiceTheirInputInTheFreePhaseWhereItIsSaidSo) {
  const Dataset data = mirrored_rows(20, 6, 3);
  Network before = make_rbm(6, 4, 0.5, 7);
  // Hidden units that are on or off whatever drives them, so that nothing is left to chance.
  for (Index j = 0; j < 4; ++j) before.layer(1).parameters.view()(0, j) = j % 2 == 0 ? 40.0F : -40.0F;
  const Network after = trained(before, data, {{"doubled", GetParam()}});
  const Matrix v = as_rows(data), shown = means(before, {{1, 0, 1, 0}}, false, down());
  for (Index i = 0; i < 6; ++i) {
    const auto k = static_cast<std::size_t>(i);
    double mean = 0;
    for (const auto& row : v) mean += row[k] / 20;
    EXPECT_NEAR(bias_of(after, 0, i), bias_of(before, 0, i) + 0.5 * (mean - shown[0][k]), 1e-5);
    EXPECT_NEAR(after.link(0).weights.view()(i, 0), before.link(0).weights.view()(i, 0) + 0.5 * (mean - shown[0][k]),
                1e-5);
  }
}

TEST_P(Doubled, FeaturesAreThoseOfTraining) {
  const Dataset data = mirrored_rows(20, 6, 3);
  const Network rbm = make_rbm(6, 4, 0.5, 7);
  FakeInputs inputs;
  inputs.add("model", rbm).add("data", data);
  FakeContext context;
  const Matrix expected = means(rbm, as_rows(data), true, up());
  const Matrix got =
      as_rows(get<Dataset>(run_registered("model.encode", {{"doubled", GetParam()}}, inputs, context), "data"));
  for (std::size_t r = 0; r < got.size(); ++r)
    for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(got[r][j], expected[r][j], 1e-6);
}

INSTANTIATE_TEST_SUITE_P(EveryWay, Doubled, ::testing::Values("none", "up", "down"));

TEST(Doubling, IsAMachineWithTwoCopiesOfTheVisibleUnitsWhoseWeightsAreTied) {
  // Both copies show the same and have the same mean given the hidden units, so with means for visible units every
  // step of the one machine is that of the other.
  const Dataset data = mirrored_rows(40, 6, 3);
  const Network narrow = make_rbm(6, 5, 0.3, 7);
  Tensor twice = Tensor::matrix(40, 12);
  Network wide = make_rbm(12, 5, 0.3, 7);
  wide.layer(1).parameters = narrow.layer(1).parameters;
  for (Index i = 0; i < 12; ++i) {
    wide.layer(0).parameters.view()(0, i) = narrow.layer(0).parameters.view()(0, i % 6);
    for (Index j = 0; j < 5; ++j) wide.link(0).weights.view()(i, j) = narrow.link(0).weights.view()(i % 6, j);
    const Matrix rows = as_rows(data);
    for (Index r = 0; r < 40; ++r)
      twice.view()(r, i) = static_cast<float>(rows[static_cast<std::size_t>(r)][static_cast<std::size_t>(i % 6)]);
  }
  Settings settings = {{"epochs", std::int64_t{20}}, {"batch", std::int64_t{10}}};
  const auto learned = [&](const Network& model, const Dataset& rows, const char* doubled) {
    Settings all = settings;
    all.emplace_back("doubled", doubled);
    FakeInputs inputs;
    inputs.add("model", model).add("data", rows);
    FakeContext context;
    return get<Network>(run_registered("trainer.cd", all, inputs, context), "model");
  };
  const Network one = learned(narrow, data, "up"), two = learned(wide, make_data(std::move(twice)), "none");
  for (Index i = 0; i < 12; ++i)
    for (Index j = 0; j < 5; ++j)
      EXPECT_NEAR(two.link(0).weights.view()(i, j), one.link(0).weights.view()(i % 6, j), 1e-3);
  EXPECT_GT(std::abs(one.link(0).weights.view()(0, 0) - narrow.link(0).weights.view()(0, 0)), 0.01);
}

TEST(Doubling, IsRefusedWhereASamplerDoesNotGoLayerByLayerAndInDeepMachines) {
  Specs in, out;
  in.set<Network>("model", make_boltzmann(6, 3, 0.1, 5).spec());
  in.set<Dataset>("data", {10, {{"visible", 6, {}, PartSpec::Kind::real, {}}}});
  registered("trainer.pcd", {{"doubled", "up"}, {"sampler", "sampler.glauber"}})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 2U);
  EXPECT_EQ(out.problems()[0].where, "with.sampler");
  EXPECT_EQ(out.problems()[0].message, "sampler.glauber does not go layer by layer, which doubled inputs need");
  EXPECT_EQ(out.problems()[1].where, "with.doubled");
}

TEST(Doubling, LeavesValidationDataUnwatchedAndSaysSo) {
  const Dataset data = mirrored_rows(20, 6, 3);
  FakeInputs inputs;
  inputs.add("model", make_rbm(6, 4, 0.1, 7)).add("data", data).add("validation", data);
  FakeContext context;
  const Outputs outputs = run_registered("trainer.cd", {{"doubled", "up"}}, inputs, context);
  EXPECT_EQ(get<Table>(outputs, "course").columns.size(), 2U);
  ASSERT_EQ(context.warnings.size(), 1U);
  EXPECT_NE(context.warnings[0].find("no free energy"), std::string::npos);
}

Network assembled(const std::vector<Network>& stack) {
  FakeInputs inputs;
  for (const Network& model : stack) inputs.add("model", model);
  FakeContext context;
  return get<Network>(run_registered("model.assemble", {}, inputs, context), "model");
}

TEST(Assembly, HalvesWeightsInTheMiddleAndAveragesBiasesOfSharedLayers) {
  const std::vector<Network> stack = {make_rbm(5, 4, 1, 1), make_rbm(4, 3, 1, 2), make_rbm(3, 2, 1, 3)};
  const Network deep = assembled(stack);
  ASSERT_EQ(deep.size(), 4);
  const Index sizes[] = {5, 4, 3, 2};
  const char* names[] = {"visible", "hidden1", "hidden2", "hidden3"};
  for (Index l = 0; l < 4; ++l) {
    EXPECT_EQ(deep.layer(l).size, sizes[l]);
    EXPECT_EQ(deep.layer(l).name, names[l]);
    EXPECT_EQ(deep.layer(l).visible, l == 0);
    for (Index j = 0; j < sizes[l]; ++j) {
      const float lower = l > 0 ? stack[static_cast<std::size_t>(l - 1)].layer(1).parameters.view()(0, j) : 0;
      const float upper = l < 3 ? stack[static_cast<std::size_t>(l)].layer(0).parameters.view()(0, j) : 0;
      EXPECT_FLOAT_EQ(deep.layer(l).parameters.view()(0, j), l == 0 ? upper : l == 3 ? lower : (lower + upper) / 2);
    }
  }
  for (Index m = 0; m < 3; ++m)
    for (Index i = 0; i < sizes[m]; ++i)
      for (Index j = 0; j < sizes[m + 1]; ++j)
        EXPECT_FLOAT_EQ(deep.link(m).weights.view()(i, j),
                        stack[static_cast<std::size_t>(m)].link(0).weights.view()(i, j) * (m == 1 ? 0.5F : 1));
}

TEST(Assembly, OfTwoHalvesNothing) {
  const std::vector<Network> stack = {make_rbm(5, 4, 1, 1), make_rbm(4, 3, 1, 2)};
  const Network deep = assembled(stack);
  for (Index m = 0; m < 2; ++m)
    EXPECT_TRUE(same_bits(deep.link(m).weights, stack[static_cast<std::size_t>(m)].link(0).weights));
}

TEST(Assembly, SaysBeforeAnyWorkWhichModelDoesNotFit) {
  Specs in, wide, deep;
  in.set<Network>("model", make_rbm(5, 4, 1, 1).spec());
  in.set<Network>("model", make_rbm(3, 2, 1, 1).spec());
  registered("model.assemble", {})->outputs(in, wide);
  ASSERT_EQ(wide.problems().size(), 1U);
  EXPECT_EQ(wide.problems()[0].message,
            "model 2 shows 3 units.bernoulli, but the one below has 4 hidden units.bernoulli");
  Specs joined;
  joined.set<Network>("model", make_boltzmann(3, 2, 1, 1).spec());
  registered("model.assemble", {})->outputs(joined, deep);
  ASSERT_EQ(deep.problems().size(), 1U);
  EXPECT_NE(deep.problems()[0].message.find("model 1 has 2 layers and 3 connections"), std::string::npos);
}

/// Layers of 5, 4, 3 and 2 units, one above the other.
Network small_dbm(double deviation) {
  return assembled({make_rbm(5, 4, deviation, 1), make_rbm(4, 3, 2 * deviation, 2), make_rbm(3, 2, deviation, 3)});
}

struct Settling {
  explicit Settling(const Network& network, Index rows) : chains(network, rows) {
    chains.prepare(network);
    uniform(Stream{4}, chains[0].state);
    for (Index i = 0; i < rows; ++i)
      for (float& value : chains[0].state.row(i)) value = value < 0.5F ? 0.0F : 1.0F;
  }
  Chains chains;
  std::vector<std::uint8_t> held{1, 0, 0, 0};
};

/// The mean of one unit given the states of both neighbouring layers.
double mean_of(const Network& deep, const Chains& chains, Index row, Index layer, Index unit, double below,
               bool above) {
  double input = 0;
  const View<const float> lower = deep.link(layer - 1).weights.view();
  for (Index i = 0; i < lower.rows; ++i)
    input += below * static_cast<double>(lower(i, unit) * chains[layer - 1].state(row, i));
  if (above && layer + 1 < deep.size()) {
    const View<const float> upper = deep.link(layer).weights.view();
    for (Index k = 0; k < upper.columns; ++k)
      input += static_cast<double>(upper(unit, k) * chains[layer + 1].state(row, k));
  }
  return sigmoid(input + bias_of(deep, layer, unit));
}

TEST(BottomUp, DoublesWhatReachesLayersWhoseUpperNeighbourIsNotSetYet) {
  const Network deep = small_dbm(0.7);
  Settling at(deep, 6);
  bottom_up(deep, at.chains, at.held, {}, Draw::mean);
  for (Index layer = 1; layer < 4; ++layer)
    for (Index row = 0; row < 6; ++row)
      for (Index unit = 0; unit < deep.layer(layer).size; ++unit)
        EXPECT_NEAR(at.chains[layer].state(row, unit),
                    mean_of(deep, at.chains, row, layer, unit, layer < 3 ? 2 : 1, false), 1e-6);
}

TEST(BottomUp, DrawsStatesWhereItIsAskedTo) {
  const Network deep = small_dbm(0.7);
  Settling at(deep, 4);
  bottom_up(deep, at.chains, at.held, Stream{8}, Draw::sample);
  for (Index layer = 1; layer < 4; ++layer)
    for (Index row = 0; row < 4; ++row)
      for (Index unit = 0; unit < deep.layer(layer).size; ++unit) {
        const float state = at.chains[layer].state(row, unit);
        EXPECT_TRUE(state == 0 || state == 1);
        EXPECT_NEAR(at.chains[layer].mean(row, unit),
                    mean_of(deep, at.chains, row, layer, unit, layer < 3 ? 2 : 1, false), 1e-6);
      }
}

TEST(MeanFieldOfADeepMachine, IsLayerByLayerTheMeanGivenBothNeighbours) {
  const Network deep = small_dbm(0.7);
  // Without a tolerance, with one, and with damping sweeps go different ways to the same numbers.
  for (const char* settler :
       {"{use: sampler.mean_field, with: {tolerance: 0}}", "{use: sampler.mean_field, with: {tolerance: 1e-9}}"}) {
    Settling at(deep, 6), by_hand(deep, 6);
    for (Settling* each : {&at, &by_hand}) bottom_up(deep, each->chains, each->held, {}, Draw::mean);
    make_value<Sampler>(settler)->sweep(deep, at.chains, {3, Stream{}, at.held});
    for (int s = 0; s < 3; ++s)
      for (const Index layer : {2, 1, 3}) {
        Tensor next = Tensor::matrix(6, deep.layer(layer).size);
        for (Index row = 0; row < 6; ++row)
          for (Index unit = 0; unit < deep.layer(layer).size; ++unit)
            next.view()(row, unit) = static_cast<float>(mean_of(deep, by_hand.chains, row, layer, unit, 1, true));
        for (Index row = 0; row < 6; ++row)
          std::copy_n(next.view().row(row).data, deep.layer(layer).size, by_hand.chains[layer].state.row(row).data);
      }
    for (Index layer = 1; layer < 4; ++layer)
      for (Index row = 0; row < 6; ++row)
        for (Index unit = 0; unit < deep.layer(layer).size; ++unit) {
          EXPECT_NEAR(at.chains[layer].state(row, unit), by_hand.chains[layer].state(row, unit), 1e-5) << settler;
          EXPECT_EQ(at.chains[layer].state(row, unit), at.chains[layer].mean(row, unit)) << settler;
        }
  }
}

TEST(MeanFieldOfADeepMachine, GoesTheShareOfTheWayThatDampingLeavesIt) {
  const Network deep = small_dbm(0.7);
  Settling at(deep, 2);
  bottom_up(deep, at.chains, at.held, {}, Draw::mean);
  Tensor before = Tensor::matrix(2, 3);
  for (Index row = 0; row < 2; ++row) std::copy_n(at.chains[2].state.row(row).data, 3, before.view().row(row).data);
  Tensor full = before;
  for (Index row = 0; row < 2; ++row)
    for (Index unit = 0; unit < 3; ++unit)
      full.view()(row, unit) = static_cast<float>(mean_of(deep, at.chains, row, 2, unit, 1, true));
  make_value<Sampler>("{use: sampler.mean_field, with: {damping: 0.25}}")
      ->sweep(deep, at.chains, {1, Stream{}, at.held});
  for (Index row = 0; row < 2; ++row)
    for (Index unit = 0; unit < 3; ++unit)
      EXPECT_NEAR(at.chains[2].state(row, unit), 0.25F * before.view()(row, unit) + 0.75F * full.view()(row, unit),
                  1e-6);
}

TEST(JointTraining, ByMeanFieldAndPersistentChainsRaisesTheExactLikelihoodOfASmallDeepMachine) {
  const Dataset data = mirrored_rows(200, 6, 3);
  Network deep = assembled({make_rbm(6, 4, 0.1, 1), make_rbm(4, 3, 0.1, 2)});
  const auto log_likelihood = [&](const Network& network) {
    const auto low = all_states(network.layer(1)), high = all_states(network.layer(2));
    const auto weight = [&](const std::vector<double>& v) {
      double sum = 0;
      for (const auto& a : low)
        for (const auto& b : high) sum += std::exp(-naive_energy(network, {v, a, b}));
      return sum;
    };
    double z = 0, sum = 0;
    for (const auto& v : all_states(network.layer(0))) z += weight(v);
    const Matrix rows = as_rows(data);
    for (const auto& v : rows) sum += std::log(weight(v) / z) / static_cast<double>(rows.size());
    return sum;
  };
  FakeInputs inputs;
  inputs.add("model", deep).add("data", data);
  FakeContext context;
  const Settings settings = {
      {"epochs", std::int64_t{600}},
      {"batch", std::int64_t{50}},
      {"steps", std::int64_t{2}},
      {"settler", "{use: sampler.mean_field, with: {tolerance: 0}}"},
      {"update", "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 0.2, to: 0}}}}"}};
  const Network learned = get<Network>(run_registered("trainer.pcd", settings, inputs, context), "model");
  // The rows hold 3 bits of 6.
  EXPECT_NEAR(log_likelihood(deep), -6 * std::log(2.0), 0.1);
  EXPECT_GT(log_likelihood(learned), -4.5 * std::log(2.0));
}

TEST(JointTraining, AndDoubledTrainingGoOnFromASavedState) {
  FakeInputs shallow, deep;
  const Dataset data = mirrored_rows(130, 8, 3);
  shallow.add("model", make_rbm(8, 5, 0.1, 5)).add("data", data);
  deep.add("model", assembled({make_rbm(8, 4, 0.1, 1), make_rbm(4, 3, 0.1, 2)})).add("data", data);
  // So many sweeps that an epoch is two pieces of work.
  Settings settings = {{"epochs", std::int64_t{5}}, {"batch", std::int64_t{13}}, {"steps", std::int64_t{100}}};
  Settings joint = settings;
  settings.emplace_back("doubled", "up");
  for (const char* type : {"trainer.cd", "trainer.pcd"}) expect_resumable(type, settings, shallow);
  joint.emplace_back("settler", "{use: sampler.mean_field, with: {tolerance: 0}}");
  expect_resumable("trainer.pcd", joint, deep);
}

}  // namespace
}  // namespace harmonium::testing
