#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "plugins/trainers/trainer_kernel.hpp"

/// Training of units with statistics beyond their state that means do not tell, as the spins -1, 0, 1 of the template
/// for unit types: x and x^2.
namespace harmonium::testing {
namespace {

constexpr Index visible_units = 3, hidden_units = 2, units = visible_units + hidden_units;
using State = std::array<double, units>;

/// Means over a distribution of x_i, x_i^2 and x_i x_j.
struct Statistics {
  State first{}, second{};
  std::array<State, units> pairs{};

  void add(const State& x, double weight) {
    for (std::size_t i = 0; i < units; ++i) {
      first[i] += weight * x[i];
      second[i] += weight * x[i] * x[i];
      for (std::size_t j = 0; j < units; ++j) pairs[i][j] += weight * x[i] * x[j];
    }
  }
};

/// The machine's layers and weights, spread out over all units.
struct Naive {
  State bias{}, presence{};
  std::array<State, units> weights{};

  explicit Naive(const Network& network) {
    const auto place = [](Index layer, Index j) { return static_cast<std::size_t>(layer * visible_units + j); };
    for (Index l = 0; l < 2; ++l)
      for (Index j = 0; j < network.layer(l).size; ++j) {
        bias[place(l, j)] = static_cast<double>(network.layer(l).parameters.view()(0, j));
        presence[place(l, j)] = static_cast<double>(network.layer(l).parameters.view()(1, j));
      }
    for (const Link& link : network.links())
      for (Index i = 0; i < link.weights.rows(); ++i)
        for (Index j = 0; j < link.weights.columns(); ++j)
          weights[place(link.a, i)][place(link.b, j)] = weights[place(link.b, j)][place(link.a, i)] =
              static_cast<double>(link.weights.view()(i, j));
  }
  double energy(const State& x) const {
    double sum = 0;
    for (std::size_t i = 0; i < units; ++i) {
      sum -= bias[i] * x[i] + presence[i] * x[i] * x[i];
      for (std::size_t j = 0; j < i; ++j) sum -= weights[i][j] * x[i] * x[j];
    }
    return sum;
  }
  /// Given visible units, or with them free.
  Statistics statistics(const State* shown) const {
    Statistics sums;
    double z = 0;
    for (const bool normalised : {false, true})
      for (int code = 0; code < 243; ++code) {
        State x{};
        int rest = code;
        for (double& value : x) {
          value = rest % 3 - 1;
          rest /= 3;
        }
        if (shown && !std::equal(x.begin(), x.begin() + visible_units, shown->begin())) continue;
        if (normalised)
          sums.add(x, std::exp(-energy(x)) / z);
        else
          z += std::exp(-energy(x));
      }
    return sums;
  }
};

const std::array<State, 4> seen = {State{1, -1, 0}, State{0, 0, 0}, State{-1, -1, 1}, State{1, 0, 1}};

/// Each row 5,000 times.
Dataset many_rows() {
  Tensor values = Tensor::matrix(20000, visible_units);
  for (Index i = 0; i < values.rows(); ++i)
    for (Index j = 0; j < visible_units; ++j)
      values.view()(i, j) = static_cast<float>(seen[static_cast<std::size_t>(i % 4)][static_cast<std::size_t>(j)]);
  return make_data(std::move(values));
}

Network machine(bool joined) {
  load_plugins();
  static const bool loaded = [] {
    Registry::instance().load({TEMPLATE_PLUGINS});
    return true;
  }();
  (void)loaded;
  return joined ? make_boltzmann(visible_units, hidden_units, 0.4, 7, "my-plugin.ternary")
                : make_rbm(visible_units, hidden_units, 0.5, 7, "my-plugin.ternary", "my-plugin.ternary");
}

/// A step at rate 1 is the gradient of the likelihood.
void expect_exact_gradient(const char* trainer, Network start, Settings settings) {
  start.layer(0).part = "features";
  FakeInputs inputs;
  inputs.add("model", start).add("data", many_rows());
  FakeContext context;
  settings.insert(settings.end(), {{"epochs", std::int64_t{1}},
                                   {"batch", std::int64_t{20000}},
                                   {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}});
  const Naive before(start), after(get<Network>(run_registered(trainer, settings, inputs, context), "model"));
  Statistics gradient = before.statistics(nullptr);
  for (State* one : {&gradient.first, &gradient.second})
    for (double& value : *one) value = -value;
  for (State& row : gradient.pairs)
    for (double& value : row) value = -value;
  for (const State& row : seen) {
    const Statistics clamped = before.statistics(&row);
    for (std::size_t i = 0; i < units; ++i) {
      gradient.first[i] += clamped.first[i] / 4;
      gradient.second[i] += clamped.second[i] / 4;
      for (std::size_t j = 0; j < units; ++j) gradient.pairs[i][j] += clamped.pairs[i][j] / 4;
    }
  }
  // Both phases are means of 20,000 values in [-1, 1]: five standard errors of their difference are below 0.05.
  for (std::size_t i = 0; i < units; ++i) {
    EXPECT_NEAR(after.bias[i] - before.bias[i], gradient.first[i], 0.05) << trainer << " " << i;
    EXPECT_NEAR(after.presence[i] - before.presence[i], gradient.second[i], 0.05) << trainer << " " << i;
    for (std::size_t j = 0; j < i; ++j) {
      const bool joined = before.weights[i][j] != 0;
      EXPECT_NEAR(after.weights[i][j] - before.weights[i][j], joined ? gradient.pairs[i][j] : 0, 0.05)
          << trainer << " " << i << " " << j;
    }
  }
}

const Settings many_sweeps = {{"steps", std::int64_t{30}}};

TEST(UnitsOfSeveralStatistics, LearnByContrastiveDivergenceWithEveryChoiceOfStatistics) {
  for (const char* visible : {"probabilities", "samples"})
    for (const char* hidden : {"probabilities", "samples"}) {
      Settings settings = many_sweeps;
      settings.emplace_back("visible", visible);
      settings.emplace_back("hidden_statistics", hidden);
      expect_exact_gradient("trainer.cd", machine(false), settings);
    }
}

TEST(UnitsOfSeveralStatistics, LearnByPersistentChains) {
  Settings settings = many_sweeps;
  settings.emplace_back("chains", std::int64_t{20000});
  expect_exact_gradient("trainer.pcd", machine(false), settings);
  settings.emplace_back("settling", std::int64_t{20});
  expect_exact_gradient("trainer.pcd", machine(true), settings);
}

TEST(UnitsOfSeveralStatistics, LearnByTwoPhasesThatSettleByDrawsOrByMeanField) {
  const Settings settings = {{"clamped_burn_in", std::int64_t{20}}, {"free_burn_in", std::int64_t{20}}};
  expect_exact_gradient("trainer.boltzmann", machine(true), settings);
  // Given the visible units the hidden ones of an RBM are independent: their mean field is exact.
  Settings by_means = settings;
  by_means.emplace_back("settler", "{use: sampler.mean_field}");
  expect_exact_gradient("trainer.boltzmann", machine(false), by_means);
}

TEST(UnitsOfSeveralStatistics, SettleByMeanFieldWherePersistentChainsLearnADeepMachine) {
  // A chain of three layers, whose two hidden ones are joined by nothing: their mean field is exact as well.
  Network deep = machine(false);
  deep.add(make_layer("above", "my-plugin.ternary", 2, false));
  deep.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(deep, 0.5, 7);
  std::fill_n(deep.link(1).weights.data<float>(), deep.link(1).weights.size(), 0.0F);
  Settings settings = many_sweeps;
  settings.emplace_back("chains", std::int64_t{20000});
  settings.emplace_back("settler", "{use: sampler.mean_field}");
  Network alone = machine(false);
  for (Index l = 0; l < 2; ++l) alone.layer(l).parameters = deep.layer(l).parameters;
  alone.link(0).weights = deep.link(0).weights;
  deep.layer(0).part = "features";
  FakeInputs inputs;
  inputs.add("model", deep).add("data", many_rows());
  FakeContext context;
  settings.insert(settings.end(), {{"epochs", std::int64_t{1}},
                                   {"batch", std::int64_t{20000}},
                                   {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}});
  const Network after = get<Network>(run_registered("trainer.pcd", settings, inputs, context), "model");
  const Naive naive(alone);
  const Statistics free = naive.statistics(nullptr);
  for (Index j = 0; j < hidden_units; ++j) {
    double clamped = 0;
    for (const State& row : seen)
      clamped += naive.statistics(&row).second[static_cast<std::size_t>(visible_units + j)] / 4;
    EXPECT_NEAR(static_cast<double>(after.layer(1).parameters.view()(1, j) - deep.layer(1).parameters.view()(1, j)),
                clamped - free.second[static_cast<std::size_t>(visible_units + j)], 0.05);
  }
}

}  // namespace
}  // namespace harmonium::testing
