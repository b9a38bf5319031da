#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "../../../plugins/evaluators/baselines/independent.hpp"
#include "../../../plugins/evaluators/baselines/mixture.hpp"
#include "../../../plugins/evaluators/baselines/tree.hpp"
#include "harmonium/table.hpp"
#include "kernel/numerics/thread_count.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

using baselines::BinaryRows;
using baselines::Density;
using baselines::Independent;
using baselines::Mixture;
using baselines::Prior;
using baselines::Tree;

using Rows = std::vector<std::vector<double>>;

/// Rows of binary units in which neighbours mostly agree.
Dataset agreeing_rows(Index rows, Index columns, std::uint64_t seed, double agree = 0.8) {
  Tensor tensor = Tensor::matrix(rows, columns);
  uniform(Stream{seed}, tensor.view());
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) {
      float& value = tensor.view()(i, j);
      const auto draw = static_cast<double>(value);
      value =
          j == 0 ? (draw < 0.3 ? 1.0F : 0.0F) : (draw < agree ? tensor.view()(i, j - 1) : 1 - tensor.view()(i, j - 1));
    }
  return make_data(std::move(tensor));
}

BinaryRows binary(const Dataset& data) { return {data, "features"}; }

/// All states of n units.
Tensor every_state(Index n) {
  Tensor states = Tensor::matrix(Index{1} << n, n);
  for (Index s = 0; s < states.rows(); ++s)
    for (Index j = 0; j < n; ++j) states.view()(s, j) = static_cast<float>(s >> j & 1);
  return states;
}

std::vector<double> log_p(const Density& density, View<const float> rows) {
  std::vector<double> all(static_cast<std::size_t>(rows.rows));
  density.log_probabilities(rows, all);
  return all;
}

/// A mixture with weights and means drawn at random.
Mixture random_mixture(Index components, Index columns, std::uint64_t seed) {
  Tensor draws = Tensor::matrix(components, columns + 1);
  uniform(Stream{seed}, draws.view());
  Tensor weights = Tensor::of<double>({components}), means = Tensor::of<double>({components, columns});
  double sum = 0;
  for (Index k = 0; k < components; ++k)
    sum += weights.data<double>()[k] = static_cast<double>(draws.view()(k, columns));
  for (double& weight : weights.values<double>()) weight /= sum;
  for (Index k = 0; k < components; ++k)
    for (Index j = 0; j < columns; ++j) means.view<double>()(k, j) = static_cast<double>(draws.view()(k, j));
  return {std::move(weights), std::move(means)};
}

double naive_log_p(const Mixture& mixture, const std::vector<double>& x) {
  double p = 0;
  for (Index k = 0; k < mixture.components(); ++k) {
    double joint = mixture.weights().data<double>()[k];
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double mean = mixture.means().view<double>()(k, static_cast<Index>(j));
      joint *= x[j] != 0 ? mean : 1 - mean;
    }
    p += joint;
  }
  return std::log(p);
}

/// p(x_i = a) and p(x_i = a, x_j = b) in rows and 2 `smoothing` more that are spread evenly over all states.
struct Frequencies {
  const Rows& rows;
  double smoothing;
  double n() const { return static_cast<double>(rows.size()) + 2 * smoothing; }
  double one(std::size_t i, double a) const {
    double count = smoothing;
    for (const auto& row : rows) count += row[i] == a ? 1 : 0;
    return count / n();
  }
  double pair(std::size_t i, std::size_t j, double a, double b) const {
    double count = smoothing / 2;
    for (const auto& row : rows) count += row[i] == a && row[j] == b ? 1 : 0;
    return count / n();
  }
  double information(std::size_t i, std::size_t j) const {
    double sum = 0;
    for (const double a : {0.0, 1.0})
      for (const double b : {0.0, 1.0}) sum += pair(i, j, a, b) * std::log(pair(i, j, a, b) / one(i, a) / one(j, b));
    return sum;
  }
};

TEST(IndependentSites, AreTheSmoothedFrequenciesOfTheColumns) {
  const Dataset data = agreeing_rows(50, 6, 1);
  const Rows rows = as_rows(data);
  const Frequencies frequency{rows, 0.25};
  const Independent independent = Independent::fit(binary(data), 0.25);
  const Tensor states = every_state(6);
  const std::vector<double> found = log_p(independent, states.view());
  for (Index s = 0; s < states.rows(); ++s) {
    double expected = 0;
    for (std::size_t j = 0; j < 6; ++j)
      expected += std::log(frequency.one(j, static_cast<double>(states.view()(s, static_cast<Index>(j)))));
    EXPECT_NEAR(found[static_cast<std::size_t>(s)], expected, 1e-12);
  }
}

TEST(Baselines, EachSumsToOneOverAllStates) {
  constexpr Index n = 10;
  const Dataset data = agreeing_rows(40, n, 2);
  const Tensor states = every_state(n);
  const Independent independent = Independent::fit(binary(data), 0.5);
  const Mixture mixture = random_mixture(7, n, 3);
  const Tree tree = Tree::fit(binary(data), 0.5);
  for (const Density* density : std::initializer_list<const Density*>{&independent, &mixture, &tree}) {
    double sum = 0;
    for (const double value : log_p(*density, states.view())) sum += std::exp(value);
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

TEST(MixtureOfBernoullis, HasTheProbabilitiesOfItsDefinition) {
  const Mixture mixture = random_mixture(5, 8, 4);
  const Dataset data = agreeing_rows(30, 8, 5);
  const Tensor rows = all_rows(data, "features");
  const std::vector<double> found = log_p(mixture, rows.view());
  const Rows each = as_rows(data);
  for (std::size_t i = 0; i < each.size(); ++i) EXPECT_NEAR(found[i], naive_log_p(mixture, each[i]), 1e-12);
}

TEST(MixtureOfBernoullis, IsFiniteWhereEveryComponentIsHardlyPossible) {
  Tensor weights = Tensor::of<double>({2}), means = Tensor::of<double>({2, 500});
  weights.data<double>()[0] = weights.data<double>()[1] = 0.5;
  for (double& mean : means.values<double>()) mean = 1e-9;
  const Mixture mixture(std::move(weights), std::move(means));
  Tensor ones = Tensor::matrix(1, 500);
  std::fill_n(ones.data<float>(), 500, 1.0F);
  EXPECT_NEAR(log_p(mixture, ones.view())[0], 500 * std::log(1e-9), 1e-8);
}

/// What EM raises: log p(rows) + log p(w, mu), from the definitions.
double naive_objective(const Mixture& mixture, const Rows& rows, const Prior& prior) {
  double sum = 0;
  for (const auto& row : rows) sum += naive_log_p(mixture, row);
  for (Index k = 0; k < mixture.components(); ++k) {
    sum += prior.strength / 2 * std::log(mixture.weights().data<double>()[k]);
    for (std::size_t j = 0; j < prior.means.size(); ++j) {
      const double mean = mixture.means().view<double>()(k, static_cast<Index>(j));
      sum += prior.strength * prior.means[j] * std::log(mean);
      sum += prior.strength * (1 - prior.means[j]) * std::log(1 - mean);
    }
  }
  return sum;
}

TEST(MixtureOfBernoullis, EmNeverLowersThePenalisedLikelihoodAndEndsWhereNoStepRaisesIt) {
  const Dataset data = agreeing_rows(200, 8, 6);
  const Rows each = as_rows(data);
  const Tensor rows = all_rows(data, "features");
  const Prior prior{1.5, Independent::fit(binary(data), 0.5).means()};
  Mixture mixture = random_mixture(4, 8, 7);
  double before = naive_objective(mixture, each, prior);
  const double first = before;
  for (int step = 0; step < 400; ++step) {
    baselines::Expected expected = mixture.nothing_expected();
    // Rows may come in parts.
    mixture.expect(rows.view().row_range(0, 70), expected);
    mixture.expect(rows.view().row_range(70, 130), expected);
    ASSERT_NEAR(expected.log_likelihood + mixture.log_prior(prior), before, 1e-9);
    mixture = Mixture::maximised(expected, prior);
    const double after = naive_objective(mixture, each, prior);
    ASSERT_GE(after, before - 1e-10) << step;
    before = after;
  }
  EXPECT_GT(before, first + 50);
  // At the end the gradient with respect to the log-odds of every mean is zero, by differences.
  constexpr double h = 1e-4;
  for (Index k = 0; k < 4; ++k)
    for (Index j = 0; j < 8; ++j) {
      const auto at = [&](double shift) {
        Tensor means = mixture.means();
        double& mean = means.view<double>()(k, j);
        mean = 1 / (1 + std::exp(-std::log(mean / (1 - mean)) - shift));
        return naive_objective({mixture.weights(), std::move(means)}, each, prior);
      };
      EXPECT_NEAR((at(h) - at(-h)) / (2 * h), 0, 0.02);
    }
}

TEST(ChowLiuTree, CountsPairsAndTheirMutualInformation) {
  const Dataset data = agreeing_rows(5000, 7, 8);
  const Rows rows = as_rows(data);
  const Tensor pairs = baselines::count_pairs(binary(data));
  const Tensor information = baselines::mutual_information(pairs.view<double>(), 5000, 0.5);
  const Frequencies frequency{rows, 0.5};
  for (std::size_t i = 0; i < 7; ++i)
    for (std::size_t j = 0; j < 7; ++j) {
      const auto a = static_cast<Index>(i), b = static_cast<Index>(j);
      double together = 0;
      for (const auto& row : rows) together += row[i] * row[j];
      EXPECT_EQ(pairs.view<double>()(a, b), together);
      EXPECT_NEAR(information.view<double>()(a, b), i == j ? 0 : frequency.information(i, j), 1e-12);
    }
}

/// The edges of the labelled tree that a sequence of n - 2 labels stands for. Pruefer 1918.
std::vector<std::pair<std::size_t, std::size_t>> decoded(const std::vector<std::size_t>& code) {
  const std::size_t n = code.size() + 2;
  std::vector<int> degree(n, 1);
  for (const std::size_t label : code) ++degree[label];
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (const std::size_t label : code)
    for (std::size_t leaf = 0; leaf < n; ++leaf)
      if (degree[leaf] == 1) {
        edges.emplace_back(leaf, label);
        --degree[leaf];
        --degree[label];
        break;
      }
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < n; ++i)
    if (degree[i] == 1) left.push_back(i);
  edges.emplace_back(left.at(0), left.at(1));
  return edges;
}

TEST(ChowLiuTree, IsTheLikeliestOfAllTrees) {
  constexpr std::size_t n = 5;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    // Few rows, of which every pair of columns depends on each other by chance.
    const Dataset data = agreeing_rows(30, n, seed, 0.6);
    const Rows rows = as_rows(data);
    const Frequencies frequency{rows, 0.5};
    double most = -1;
    for (std::size_t number = 0; number < n * n * n; ++number) {
      double sum = 0;
      for (const auto& [i, j] : decoded({number % n, number / n % n, number / n / n}))
        sum += frequency.information(i, j);
      most = std::max(most, sum);
    }
    const Tree tree = Tree::fit(binary(data), 0.5);
    double found = 0;
    int roots = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const Index parent = tree.parents()[j];
      parent == Tree::no_parent ? void(++roots)
                                : void(found += frequency.information(static_cast<std::size_t>(parent), j));
    }
    EXPECT_EQ(roots, 1);
    EXPECT_NEAR(found, most, 1e-12) << "seed " << seed;
  }
}

TEST(ChowLiuTree, HasTheProbabilitiesOfEveryUnitGivenItsParent) {
  const Dataset data = agreeing_rows(60, 6, 9);
  const Rows rows = as_rows(data);
  const Frequencies frequency{rows, 0.3};
  const Tree tree = Tree::fit(binary(data), 0.3);
  const Tensor states = every_state(6);
  const std::vector<double> found = log_p(tree, states.view());
  for (Index s = 0; s < states.rows(); ++s) {
    double expected = 0;
    for (std::size_t j = 0; j < 6; ++j) {
      const auto value = [&](std::size_t unit) {
        return static_cast<double>(states.view()(s, static_cast<Index>(unit)));
      };
      const Index parent = tree.parents()[j];
      if (parent == Tree::no_parent) {
        expected += std::log(frequency.one(j, value(j)));
      } else {
        const auto p = static_cast<std::size_t>(parent);
        expected += std::log(frequency.pair(p, j, value(p), value(j)) / frequency.one(p, value(p)));
      }
    }
    EXPECT_NEAR(found[static_cast<std::size_t>(s)], expected, 1e-12);
  }
}

TEST(ChowLiuTree, RecoversAMarkovChainAndItsProbabilities) {
  constexpr Index n = 12;
  constexpr double rows = 5000, agree = 0.8;
  const Tree tree = Tree::fit(binary(agreeing_rows(static_cast<Index>(rows), n, 10, agree)), 0.5);
  for (Index j = 1; j < n; ++j) EXPECT_EQ(tree.parents()[static_cast<std::size_t>(j)], j - 1);
  // Rows that agree everywhere: p is 0.3 or 0.7 times 0.8^11; each factor is known to a deviation of at most
  // 0.4 / sqrt(0.3 x 5000) / 0.8 of itself.
  Tensor same = Tensor::matrix(2, n);
  std::fill_n(same.view().row(1).data, n, 1.0F);
  const std::vector<double> found = log_p(tree, same.view());
  const double error = 5 * std::sqrt(11.0) * 0.4 / std::sqrt(0.3 * rows) / agree;
  EXPECT_NEAR(found[0], std::log(0.7) + 11 * std::log(agree), error);
  EXPECT_NEAR(found[1], std::log(0.3) + 11 * std::log(agree), error);
}

Outputs run_baselines(const Settings& settings, const Dataset& data, const Dataset& test,
                      const Dataset* validation = nullptr, FakeContext context = FakeContext()) {
  FakeInputs inputs;
  inputs.add("data", data).add("test", test);
  if (validation) inputs.add("validation", *validation);
  return run_registered("evaluator.baselines", settings, inputs, context);
}

/// A number in the row of the table that begins so.
double number(const Outputs& outputs, const std::string& row, const std::string& column) {
  const auto& table = get<Table>(outputs, "table");
  for (const Table::Row& each : table.rows)
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      if (each.label.starts_with(row) && table.columns[c] == column) return each.values[c];
  throw std::logic_error("no " + column + " of " + row);
}

TEST(EvaluatorBaselines, RanksWhatKnowsMoreOfTheTrainingRowsHigher) {
  const Dataset data = agreeing_rows(400, 10, 11), test = agreeing_rows(300, 10, 12);
  const Outputs outputs = run_baselines({{"components", list({Index{8}})}}, data, test);
  const auto training = [&](const char* row) { return number(outputs, row, "training log-likelihood"); };
  EXPECT_GT(training("Chow-Liu"), training("independent") + 1);
  EXPECT_GT(training("mixture of 8"), training("independent") + 1);
  EXPECT_EQ(number(outputs, "independent", "parameters"), 10);
  EXPECT_EQ(number(outputs, "mixture", "parameters"), 8 * 10 + 7);
  EXPECT_EQ(number(outputs, "Chow-Liu", "parameters"), 19);
  EXPECT_EQ(number(outputs, "Chow-Liu", "rows"), 300);
  // The mean over test rows and its standard error, of the tree anew.
  const Tree tree = Tree::fit(binary(data), 0.5);
  const Tensor rows = all_rows(test, "features");
  double mean = 0, squares = 0;
  for (const double value : log_p(tree, rows.view())) mean += value / 300;
  for (const double value : log_p(tree, rows.view())) squares += (value - mean) * (value - mean);
  EXPECT_NEAR(number(outputs, "Chow-Liu", "log-likelihood"), mean, 1e-10);
  EXPECT_NEAR(number(outputs, "Chow-Liu", "standard error"), std::sqrt(squares / 299 / 300), 1e-10);
}

TEST(EvaluatorBaselines, GivesOutMachinesWhoseLikelihoodByAddingUpAllStatesIsTheSame) {
  const Dataset data = agreeing_rows(100, 8, 13), test = agreeing_rows(80, 8, 14);
  const Outputs outputs = run_baselines({{"components", list({Index{5}})}}, data, test);
  for (const auto& [port, row] : {std::pair{"mixture", "mixture"}, {"tree", "Chow-Liu"}}) {
    FakeInputs inputs;
    inputs.add("model", get<Network>(outputs, port)).add("data", test);
    FakeContext context;
    const Outputs added_up = run_registered("evaluator.likelihood", {}, inputs, context);
    const auto& values = get<Table>(added_up, "table").rows[0].values;
    // Parameters of machines are floats: 20 of a size of up to 10.
    EXPECT_NEAR(values[0], number(outputs, row, "log-likelihood"), 1e-5) << port;
    EXPECT_NEAR(values[1], number(outputs, row, "standard error"), 1e-6) << port;
  }
}

TEST(EvaluatorBaselines, ChoosesTheNumberOfComponentsByValidationRowsAlone) {
  // Two prototypes of which each unit differs with probability 0.1.
  const auto two_prototypes = [](Index rows, std::uint64_t seed) {
    Tensor tensor = Tensor::matrix(rows, 13);
    uniform(Stream{seed}, tensor.view());
    Tensor features = Tensor::matrix(rows, 12);
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < 12; ++j) {
        const bool first = tensor.view()(i, 12) < 0.5F, differs = tensor.view()(i, j) < 0.1F;
        features.view()(i, j) = (first == (j < 6)) != differs ? 1.0F : 0.0F;
      }
    return make_data(std::move(features));
  };
  const Dataset data = two_prototypes(100, 15), validation = two_prototypes(1000, 16);
  const Settings settings = {{"components", list({Index{1}, Index{2}, Index{50}})}, {"smoothing", 0.05}};
  for (const Dataset& test : {two_prototypes(1000, 17), data}) {
    const Outputs outputs = run_baselines(settings, data, test, &validation);
    EXPECT_EQ(get<Table>(outputs, "table").rows[1].label, "mixture of 2 Bernoullis");
    const auto& components = get<Table>(outputs, "components");
    EXPECT_EQ(components.columns[0], "validation log-likelihood");
    EXPECT_EQ(components.rows[2].label, "50");
    // What 50 components learn of 100 rows is not true of others.
    EXPECT_GT(components.rows[1].values[0], components.rows[2].values[0] + 0.1);
    EXPECT_LT(components.rows[1].values[2], components.rows[2].values[2] - 0.1);
    EXPECT_EQ(get<Network>(outputs, "mixture").layer(1).size, 2);
  }
  // Rows of fair coins are likelier the less a mixture knows of the prototypes.
  Tensor draws = Tensor::matrix(1000, 12);
  uniform(Stream{24}, draws.view());
  for (float& draw : draws.values<float>()) draw = draw < 0.5F ? 1.0F : 0.0F;
  const Dataset coins = make_data(std::move(draws));
  EXPECT_EQ(get<Table>(run_baselines(settings, data, data, &coins), "table").rows[1].label, "mixture of 1 Bernoullis");
  // The law itself: log-likelihood of a row is that of its distance from the nearer prototype, but for rounding.
  const double entropy = std::log(2.0) - 12 * (0.1 * std::log(0.1) + 0.9 * std::log(0.9));
  const Outputs outputs = run_baselines(settings, data, two_prototypes(4000, 18), &validation);
  EXPECT_NEAR(number(outputs, "mixture", "log-likelihood"), -entropy, 0.3);
}

TEST(EvaluatorBaselines, ManyRestartsAreNoWorseThanTheirFirst) {
  const Dataset data = agreeing_rows(60, 12, 19);
  const auto training = [&](Index restarts) {
    return get<Table>(run_baselines({{"components", list({Index{6}})}, {"restarts", restarts}, {"smoothing", 1e-6}},
                                    data, data),
                      "components")
        .rows[0]
        .values[0];
  };
  EXPECT_GT(training(10), training(1));
}

TEST(EvaluatorBaselines, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Dataset data = agreeing_rows(3000, 60, 20), test = agreeing_rows(500, 60, 21);
  const Settings settings = {{"components", list({Index{40}})}, {"restarts", 1}, {"iterations", 5}};
  const auto saved = [&](int threads) {
    const ThreadCount team(threads);
    const auto node = registered("evaluator.baselines", settings);
    FakeInputs inputs;
    inputs.add("data", data).add("test", test);
    FakeContext context;
    const std::unique_ptr<Work> work(node->start(inputs, context));
    while (work->advance(inputs, context)) {
    }
    return save(*work);
  };
  const SavedState one = saved(1);
  for (const int threads : {2, 3}) EXPECT_TRUE(same_state(one, saved(threads))) << threads;
}

TEST(EvaluatorBaselines, GoesOnFromAnySavedStateToTheSameBits) {
  // More rows than one step takes in.
  const Dataset data = agreeing_rows(5000, 10, 22), test = agreeing_rows(100, 10, 23);
  const auto node = registered("evaluator.baselines", {{"components", list({Index{2}, Index{3}})}, {"iterations", 4}});
  FakeInputs inputs;
  inputs.add("data", data).add("test", test).add("validation", test);
  FakeContext context;
  const std::unique_ptr<Work> straight(node->start(inputs, context));
  while (straight->advance(inputs, context)) {
  }
  std::unique_ptr<Work> work(node->start(inputs, context));
  for (bool more = true; more;) {
    more = work->advance(inputs, context);
    SavedState state = save(*work);
    work.reset(node->blank());
    load(state, *work);
  }
  EXPECT_TRUE(same_state(save(*straight), save(*work)));
  EXPECT_FALSE(work->advance(inputs, context));
}

TEST(EvaluatorBaselines, RefusesGreyValuesWithTheRemedy) {
  Tensor grey = Tensor::matrix(20, 4);
  grey.data<float>()[4] = 0.25F;
  const Dataset data = make_data(std::move(grey));
  EXPECT_EQ(message_of([&] { run_baselines({}, data, data); }),
            "row 2 shows 0.25 in part 'features', but these models are of zeros and ones: put the data through "
            "data.binarise or data.sample first");
}

TEST(EvaluatorBaselines, GivesNoRowProbabilityZeroWhateverTheTrainingRowsLack) {
  // Columns of zeros alone, of ones alone and of both; and the rows of all opposites.
  Tensor rows = Tensor::matrix(40, 3), opposite = Tensor::matrix(40, 3);
  for (Index i = 0; i < 40; ++i)
    for (Index j = 0; j < 3; ++j) {
      rows.view()(i, j) = static_cast<float>(j == 2 ? i % 2 : j);
      opposite.view()(i, j) = 1 - rows.view()(i, j);
    }
  const Dataset data = make_data(std::move(rows)), test = make_data(std::move(opposite));
  for (const double smoothing : {0.5, 1e-6, 1e-200}) {
    const Outputs outputs = run_baselines({{"smoothing", smoothing}, {"components", list({Index{3}})}}, data, test);
    for (const Table::Row& row : get<Table>(outputs, "table").rows) {
      EXPECT_TRUE(std::isfinite(row.values[0])) << row.label << ", smoothing " << smoothing;
      EXPECT_LT(row.values[0], row.values[2] - 4);
    }
  }
  // With half a one besides 40 zeros.
  const Outputs outputs = run_baselines({}, data, test);
  EXPECT_NEAR(number(outputs, "independent", "log-likelihood"), 2 * std::log(0.5 / 41) + std::log(0.5), 1e-12);
}

TEST(EvaluatorBaselines, TakesRowsOfASingleColumnAndASingleTestRow) {
  Tensor column = Tensor::matrix(30, 1);
  for (Index i = 0; i < 10; ++i) column.view()(i, 0) = 1;
  Tensor one = Tensor::matrix(1, 1);
  one.view()(0, 0) = 1;
  const Dataset data = make_data(std::move(column)), test = make_data(std::move(one));
  const Outputs outputs = run_baselines({{"components", list({Index{1}})}}, data, test);
  EXPECT_NEAR(number(outputs, "independent", "log-likelihood"), std::log(10.5 / 31), 1e-12);
  EXPECT_NEAR(number(outputs, "Chow-Liu", "log-likelihood"), std::log(10.5 / 31), 1e-12);
  // The component has seen another row of independent sites.
  EXPECT_NEAR(number(outputs, "mixture", "log-likelihood"), std::log((10 + 10.5 / 31) / 31), 1e-12);
  EXPECT_EQ(number(outputs, "mixture", "standard error"), 0);
  EXPECT_EQ(number(outputs, "Chow-Liu", "parameters"), 1);
}

TEST(EvaluatorBaselines, WarnsOfAFitThatWasStoppedWhileItStillGained) {
  const Dataset data = agreeing_rows(300, 10, 24);
  FakeInputs inputs;
  inputs.add("data", data).add("test", data);
  FakeContext stopped, ended;
  run_registered("evaluator.baselines", {{"iterations", 3}, {"tolerance", 0.0}}, inputs, stopped);
  ASSERT_EQ(stopped.warnings.size(), 1U);
  EXPECT_TRUE(stopped.warnings[0].starts_with("EM of 20 components was stopped after 3 iterations"));
  run_registered("evaluator.baselines", {{"tolerance", 0.1}}, inputs, ended);
  EXPECT_TRUE(ended.warnings.empty());
}

TEST(EvaluatorBaselines, SaysBeforeAnyWorkWhatCannotBe) {
  const PartSpec four{"features", 4, {}, PartSpec::Kind::real, {}}, five{"features", 5, {}, PartSpec::Kind::real, {}};
  const PartSpec label{"label", 3, {}, PartSpec::Kind::category, {"a", "b", "c"}};
  const auto problems = [](const Settings& settings, const DataSpec& data, const DataSpec& test) {
    Specs in, out;
    in.set<Dataset>("data", data);
    in.set<Dataset>("test", test);
    registered("evaluator.baselines", settings)->outputs(in, out);
    std::string all;
    for (const auto& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
    return all;
  };
  EXPECT_EQ(problems({}, {100, {four}}, {DataSpec::unknown, {four}}), "");
  EXPECT_EQ(problems({}, {100, {four}}, {100, {five}}), "in.test: rows have 5 columns, but those fitted have 4\n");
  EXPECT_EQ(problems({}, {10, {four}}, {100, {four}}), "with.components: 20 components cannot begin at 10 rows\n");
  EXPECT_EQ(problems({{"components", list({Index{2}, Index{3}})}}, {100, {four}}, {100, {four}}),
            "with.components: to choose among 2 numbers of components, rows are needed at 'validation'\n");
  EXPECT_EQ(problems({{"part", "label"}}, {100, {four, label}}, {100, {four}}),
            "in.data: the part 'label' is categorical, one of 3 classes; these models are of units that are 0 or 1 "
            "each\nin.test: the data have no part 'label'; their parts are 'features'\n");
  EXPECT_EQ(problems({}, {100, {{"features", 20000, {}, PartSpec::Kind::real, {}}}},
                     {100, {{"features", 20000, {}, PartSpec::Kind::real, {}}}}),
            "in.data: the tree needs all pairs of columns, of which there may be 10000, not 20000\n");
  EXPECT_EQ(message_of([] { run_baselines({}, make_data(Tensor::matrix(5, 2)), make_data(Tensor::matrix(5, 2))); }),
            "20 components cannot begin at 5 rows");
}

}  // namespace
}  // namespace harmonium::testing
