#include <gtest/gtest.h>

#include <map>

#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// Machines beyond the restricted one, trained by the same trainers; likelihoods by enumeration.
namespace harmonium::testing {
namespace {

FakeInputs inputs_of(const Dataset& data, Network model) {
  FakeInputs inputs;
  inputs.add("model", std::move(model)).add("data", data);
  return inputs;
}

double exact_log_likelihood(const Network& network, const std::vector<std::vector<double>>& rows) {
  double z = 0;
  std::map<std::vector<double>, double> weight;
  for (const auto& state : all_joint_states(network)) {
    const double w = std::exp(-naive_energy(network, state));
    z += w;
    weight[state[0]] += w;
  }
  double sum = 0;
  for (const auto& row : rows) sum += std::log(weight.at(row) / z);
  return sum / static_cast<double>(rows.size());
}

Dataset table_of(const std::vector<std::vector<float>>& rows) {
  Tensor values = Tensor::matrix(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].begin(), rows[i].end(), values.view().row(static_cast<Index>(i)).data);
  return make_data(std::move(values));
}

/// The even rows of three bits, over and over.
Dataset parity_rows() {
  std::vector<std::vector<float>> rows;
  for (int k = 0; k < 50; ++k)
    for (const auto& row : std::vector<std::vector<float>>{{0, 0, 0}, {1, 1, 0}, {1, 0, 1}, {0, 1, 1}})
      rows.push_back(row);
  return table_of(rows);
}

Network train_on(const Dataset& data, Network model, const char* type, Settings settings) {
  settings.emplace_back("batch", std::int64_t{50});
  FakeContext context;
  return get<Network>(run_registered(type, settings, inputs_of(data, std::move(model)), context), "model");
}

TEST(BoltzmannMachine, WithAllUnitsVisibleLearnsPairsButNotParityWhichHiddenUnitsLearn) {
  // Among pairs of these rows' bits there is no dependence: of the three bits that a uniform law has, pairs explain
  // none, and the best likelihood without hidden units is that of the uniform law.
  const Dataset data = parity_rows();
  const auto rows = as_rows(data);
  Network visible;
  visible.add(make_layer("visible", "units.bernoulli", 3, true));
  visible.layer(0).part = "features";
  visible.connect(make_value<Connection>("connection.lateral"), 0, 0);
  const Settings settings = {
      {"epochs", std::int64_t{500}},
      {"chains", std::int64_t{200}},
      {"update", "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 0.2, to: 0}}}}"}};
  const Network pairs = train_on(data, visible, "trainer.pcd", settings);
  EXPECT_NEAR(exact_log_likelihood(pairs, rows), -3 * std::log(2.0), 0.05);
  Network hidden = make_boltzmann(3, 4, 1, 11);
  hidden.layer(0).part = "features";
  Settings longer = settings;
  longer[0].second = std::int64_t{2000};
  longer.emplace_back("steps", std::int64_t{3});
  const Network deep = train_on(data, hidden, "trainer.pcd", longer);
  std::printf("parity: pairs %.3f, hidden units %.3f nats\n", exact_log_likelihood(pairs, rows),
              exact_log_likelihood(deep, rows));
  // Four rows of eight: two bits.
  EXPECT_GT(exact_log_likelihood(deep, rows), -2.4 * std::log(2.0));
}

TEST(BoltzmannMachine, OfVisiblePairsLearnsTheDistributionOfASmallTable) {
  std::vector<std::vector<float>> rows;
  for (int k = 0; k < 60; ++k) {
    rows.push_back({1, 1, 0});
    if (k % 2) rows.push_back({0, 0, 1});
    if (k % 3 == 0) rows.push_back({0, 0, 0});
  }
  const Dataset data = table_of(rows);
  Network visible;
  visible.add(make_layer("visible", "units.spin", 3, true));
  visible.layer(0).part = "features";
  visible.connect(make_value<Connection>("connection.lateral"), 0, 0);
  std::vector<std::vector<float>> spins = rows;
  for (auto& row : spins)
    for (float& value : row) value = 2 * value - 1;
  const Dataset shown = table_of(spins);
  const Network learned =
      train_on(shown, visible, "trainer.pcd",
               {{"epochs", std::int64_t{600}},
                {"chains", std::int64_t{300}},
                {"update", "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 0.1, to: 0}}}}"}});
  double entropy = 0;
  for (const double p : {60.0 / 110, 30.0 / 110, 20.0 / 110}) entropy -= p * std::log(p);
  EXPECT_GT(exact_log_likelihood(learned, as_rows(shown)), -entropy - 0.1);
}

TEST(BoltzmannMachine, OfHiddenLayersSettlesByMeanFieldOrByDraws) {
  const Dataset data = mirrored_rows(200, 6, 3);
  const auto rows = as_rows(data);
  for (const char* settler : {"sampler.gibbs", "sampler.mean_field"}) {
    Network deep;
    deep.add(make_layer("visible", "units.bernoulli", 6, true));
    deep.layer(0).part = "features";
    deep.add(make_layer("low", "units.bernoulli", 4, false));
    deep.add(make_layer("high", "units.bernoulli", 3, false));
    deep.connect(make_value<Connection>("connection.dense"), 0, 1);
    deep.connect(make_value<Connection>("connection.dense"), 1, 2);
    randomise(deep, 0.1, 5);
    const double before = exact_log_likelihood(deep, rows);
    const Network trained =
        train_on(data, deep, "trainer.pcd",
                 {{"epochs", std::int64_t{800}},
                  {"settler", settler},
                  {"update", "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 0.1, to: 0}}}}"}});
    EXPECT_GT(exact_log_likelihood(trained, rows), before + 0.5) << settler;
  }
}

TEST(SemiRestricted, LearnsByContrastiveDivergenceAndByPersistentChains) {
  const Dataset data = mirrored_rows(200, 6, 3);
  const auto rows = as_rows(data);
  for (const char* type : {"trainer.cd", "trainer.pcd"}) {
    Network half = make_rbm(6, 3, 0.01, 5);
    half.connect(make_value<Connection>("connection.lateral"), 0, 0);
    const double before = exact_log_likelihood(half, rows);
    const Network trained =
        train_on(data, half, type, {{"epochs", std::int64_t{400}}, {"update", "{use: update.sgd, with: {rate: 0.1}}"}});
    EXPECT_GT(exact_log_likelihood(trained, rows), before + 1) << type;
  }
}

TEST(VisibleLayers, ThatAreJoinedLearnWhatGoesTogether) {
  const Dataset data = mirrored_rows(60, 6, 3);
  Network pair;
  pair.add(make_layer("left", "units.bernoulli", 6, true));
  pair.add(make_layer("right", "units.bernoulli", 6, true));
  for (Index l : {Index{0}, Index{1}}) pair.layer(l).part = "features";
  pair.connect(make_value<Connection>("connection.dense"), 0, 1);
  // Both layers show the same rows, whose second half repeats the first: the weights between twins grow.
  const Network trained = train_on(data, pair, "trainer.cd",
                                   {{"epochs", std::int64_t{200}}, {"update", "{use: update.sgd, with: {rate: 0.1}}"}});
  double twins = 0, others = 0;
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j)
      (i % 3 == j % 3 ? twins : others) += static_cast<double>(trained.link(0).weights.view()(i, j));
  EXPECT_GT(twins / 12, 0.5);
  EXPECT_LT(std::abs(others / 24), 0.5 * twins / 12);
}

TEST(ContrastiveDivergenceByGlauber, LearnsAndLeavesSpinsSpins) {
  const Dataset binary = mirrored_rows(200, 6, 3);
  Tensor values = all_rows(binary, "features");
  for (float& value : values.values<float>()) value = 2 * value - 1;
  const Dataset spins = make_data(std::move(values));
  for (const char* type : {"trainer.cd", "trainer.pcd"})
    for (const bool spin : {false, true}) {
      const char* units = spin ? "units.spin" : "units.bernoulli";
      const Dataset& data = spin ? spins : binary;
      const Network before = make_rbm(6, 4, 0.05, 5, units, units);
      const Network trained = train_on(
          data, before, type,
          {{"epochs", std::int64_t{300}},
           {"sampler", "sampler.glauber"},
           {"steps", std::int64_t{3}},
           {"update", spin ? "{use: update.sgd, with: {rate: 0.05}}" : "{use: update.sgd, with: {rate: 0.3}}"}});
      EXPECT_GT(exact_log_likelihood(trained, as_rows(data)), exact_log_likelihood(before, as_rows(data)) + 1)
          << type << " " << units;
    }
}

TEST(PositivePhase, AloneLeavesZeroWhereItIsAndElseAddsTheSameEveryEpoch) {
  const Dataset data = table_of({{1, -1, 1}, {-1, 1, -1}});
  const auto weight = [&](double at, bool free, std::int64_t epochs) {
    Network toy = make_rbm(3, 1, 0, 1, "units.spin", "units.spin");
    toy.link(0).weights.data<float>()[0] = static_cast<float>(at);
    FakeContext context;
    const Outputs outputs = run_registered("trainer.cd",
                                           {{"epochs", epochs},
                                            {"free_phase", free},
                                            {"visible", "samples"},
                                            {"update", "{use: update.sgd, with: {rate: 0.1}}"}},
                                           inputs_of(data, toy), context);
    return get<Table>(outputs, "course").rows;
  };
  EXPECT_EQ(weight(0, false, 50).back().values[1], 0);
  const auto alone = weight(1, false, 400);
  // Once the hidden unit is sure of both patterns every weight grows by the rate.
  for (std::size_t epoch = 300; epoch < 400; ++epoch)
    EXPECT_NEAR(alone[epoch].values[1] - alone[epoch - 1].values[1], 0.1, 1e-3);
  const auto both = weight(1, true, 400);
  EXPECT_LT(both.back().values[1], 5);
}

}  // namespace
}  // namespace harmonium::testing
