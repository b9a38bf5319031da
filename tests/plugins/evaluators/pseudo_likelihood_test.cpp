#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harmonium/parallel.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

using Rows = std::vector<std::vector<double>>;

const char* const node = "evaluator.pseudo_likelihood";

/// Rows of all visible layers side by side, one part for each.
Dataset data_of(const Network& model, const Rows& rows) {
  DataSpec spec;
  spec.rows = static_cast<Index>(rows.size());
  std::vector<std::shared_ptr<const Tensor>> parts;
  std::size_t first = 0;
  for (const Layer& layer : model.layers()) {
    if (!layer.visible) continue;
    spec.parts.push_back({layer.part, layer.size, {}, PartSpec::Kind::real, {}});
    Tensor part = Tensor::matrix(spec.rows, layer.size);
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (Index j = 0; j < layer.size; ++j)
        part.view()(static_cast<Index>(i), j) = static_cast<float>(rows[i][first + static_cast<std::size_t>(j)]);
    parts.push_back(std::make_shared<const Tensor>(std::move(part)));
    first += static_cast<std::size_t>(layer.size);
  }
  return stored_rows(std::move(spec), std::move(parts));
}

std::vector<double> measured(const Network& model, const Rows& rows, const Settings& settings = {},
                             std::uint64_t seed = 42) {
  FakeInputs inputs;
  inputs.add("model", model).add("data", data_of(model, rows));
  FakeContext context(seed);
  return get<Table>(run_registered(node, settings, inputs, context), "table").rows.at(0).values;
}

double log_of_sum(const std::vector<double>& logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - most);
  return most + std::log(sum);
}

/// log of the sum over hidden binary states of exp(-E), of Gaussian units of precision 1, by loops.
double naive_log_weight(const Network& model, const std::vector<double>& row) {
  std::vector<std::vector<std::vector<double>>> joint = {{}};
  double log_h = 0;
  std::size_t next = 0;
  for (const Layer& layer : model.layers()) {
    Rows own = layer.visible ? Rows{{}} : all_states(layer);
    for (Index j = 0; layer.visible && j < layer.size; ++j) {
      const double x = row[next++];
      own[0].push_back(x);
      const std::string units = layer.units.type();
      if (units == "units.binomial") log_h += std::lgamma(9) - std::lgamma(x + 1) - std::lgamma(9 - x);
      if (units == "units.poisson") log_h -= std::lgamma(x + 1);
      if (units == "units.gaussian" || units == "units.truncated_gaussian") log_h -= x * x / 2;
    }
    std::vector<std::vector<std::vector<double>>> longer;
    for (const auto& state : joint)
      for (const auto& each : own) {
        longer.push_back(state);
        longer.back().push_back(each);
      }
    joint = std::move(longer);
  }
  std::vector<double> logs;
  for (const auto& state : joint) logs.push_back(log_h - naive_energy(model, state));
  return log_of_sum(logs);
}

/// The states of unit `j` with log-weights of their own: a grid where they are real.
std::vector<std::pair<double, double>> naive_states(const std::string& units) {
  std::vector<std::pair<double, double>> states;
  // Simpson's rule. Where the curve is cut its error is about h^4 / 180.
  const auto grid = [&](double low, double high, int steps) {
    const double h = (high - low) / steps;
    for (int i = 0; i <= steps; ++i)
      states.emplace_back(low + i * h, std::log((i == 0 || i == steps ? 1 : (i % 2 == 1 ? 4 : 2)) * h / 3));
  };
  if (units == "units.bernoulli") states = {{0, 0}, {1, 0}};
  if (units == "units.spin") states = {{-1, 0}, {1, 0}};
  for (int x = 0; x <= 8 && units == "units.binomial"; ++x) states.emplace_back(x, 0);
  for (int x = 0; x <= 400 && units == "units.poisson"; ++x) states.emplace_back(x, 0);
  if (units == "units.gaussian") grid(-20, 20, 400);
  if (units == "units.truncated_gaussian") grid(0, 20, 1600);
  return states;
}

/// sum_i log p(v_i | v_-i) of single units, changing one after the other.
double naive(const Network& model, const std::vector<double>& row) {
  double sum = 0;
  std::size_t unit = 0;
  for (const Layer& layer : model.layers())
    for (Index j = 0; layer.visible && j < layer.size; ++j, ++unit) {
      std::vector<double> logs, other = row;
      for (const auto& [x, log_weight] : naive_states(layer.units.type())) {
        other[unit] = x;
        logs.push_back(naive_log_weight(model, other) + log_weight);
      }
      sum += naive_log_weight(model, row) - log_of_sum(logs);
    }
  return sum;
}

double naive_mean(const Network& model, const Rows& rows) {
  double mean = 0;
  for (const auto& row : rows) mean += naive(model, row) / static_cast<double>(rows.size());
  return mean;
}

const std::vector<std::pair<std::string, Rows>>& unit_types() {
  static const std::vector<std::pair<std::string, Rows>> types = {
      {"units.bernoulli", {{0, 1, 1}, {0, 0, 0}}},        {"units.spin", {{-1, 1, 1}, {-1, -1, -1}}},
      {"units.binomial", {{0, 8, 3}, {5, 1, 1}}},         {"units.poisson", {{0, 2, 7}, {1, 0, 30}}},
      {"units.gaussian", {{0.25, -1.5, 2}, {0, 0.5, 9}}}, {"units.truncated_gaussian", {{0, 1.25, 0.5}, {0.125, 3, 8}}},
  };
  return types;
}

TEST(PseudoLikelihood, IsThatOfSumsAndIntegralsOverEveryUnitOfEveryType) {
  for (const auto& [units, rows] : unit_types()) {
    const Network model = make_rbm(3, 3, 0.7, 5, units);
    const std::vector<double> found = measured(model, rows);
    const double a = naive(model, rows[0]), b = naive(model, rows[1]);
    EXPECT_NEAR(found[0], (a + b) / 2, 1e-8) << units;
    EXPECT_EQ(found[2], 2);
    // Two values a and b have the standard deviation |a - b| / sqrt(2), their mean that over sqrt(2).
    EXPECT_NEAR(found[1], std::abs(a - b) / 2, 1e-8) << units;
  }
}

TEST(PseudoLikelihood, SumsOverBlocksWhereUnitsAreDrawnTogether) {
  // One coordinate alone: the conditional is p(v) itself.
  for (const bool or_none : {false, true}) {
    Network model = make_rbm(4, 3, 0.9, 7, or_none ? "units.at_most_one" : "units.softmax");
    Rows rows;
    for (std::size_t k = 0; k < 4; ++k) {
      rows.emplace_back(4, 0.0);
      rows.back()[k] = 1;
    }
    if (or_none) rows.emplace_back(4, 0.0);
    std::vector<double> logs;
    double sum = 0;
    for (const auto& row : rows) logs.push_back(naive_log_weight(model, row));
    for (const double log : logs) sum += (log - log_of_sum(logs)) / static_cast<double>(rows.size());
    EXPECT_NEAR(measured(model, rows)[0], sum, 1e-10) << or_none;
  }
}

TEST(PseudoLikelihood, TakesOneBlockAfterTheOtherGivenAllOtherBlocks) {
  const Network model = make_rbm(6, 3, 0.9, 9, "{use: units.at_most_one, with: {block: 3}}");
  const std::vector<double> row = {0, 1, 0, 0, 0, 0};
  double sum = 0;
  for (std::size_t first : {0U, 3U}) {
    std::vector<double> logs;
    for (std::size_t on = 0; on <= 3; ++on) {
      std::vector<double> other = row;
      for (std::size_t j = 0; j < 3; ++j) other[first + j] = on == j ? 1 : 0;
      logs.push_back(naive_log_weight(model, other));
    }
    sum += naive_log_weight(model, row) - log_of_sum(logs);
  }
  EXPECT_NEAR(measured(model, {row})[0], sum, 1e-10);
}

TEST(PseudoLikelihood, OfVisibleUnitsJoinedToEachOtherHasAClosedForm) {
  // p(v_i | v_-i) = sigmoid of its field: Ackley, Hinton, Sejnowski 1985.
  Network model;
  model.add(make_layer("features", "units.bernoulli", 5, true));
  model.connect(make_value<Connection>("connection.lateral"), 0, 0);
  randomise(model, 0.8, 3);
  const std::vector<double> row = {1, 0, 0, 1, 1};
  double sum = 0;
  for (Index i = 0; i < 5; ++i) {
    double field = static_cast<double>(model.layer(0).parameters.view()(0, i));
    for (Index j = 0; j < 5; ++j)
      if (j != i) field += row[static_cast<std::size_t>(j)] * static_cast<double>(model.link(0).weights.view()(i, j));
    sum -= std::log1p(std::exp(row[static_cast<std::size_t>(i)] == 1 ? -field : field));
  }
  EXPECT_NEAR(measured(model, {row})[0], sum, 1e-10);

  Network half = make_rbm(4, 3, 0.8, 5);
  half.connect(make_value<Connection>("connection.lateral"), 0, 0);
  randomise(half, 0.7, 21);
  const Rows rows = {{1, 0, 1, 1}, {0, 0, 1, 0}, {1, 1, 1, 1}};
  EXPECT_NEAR(measured(half, rows)[0], naive_mean(half, rows), 1e-10);
}

TEST(PseudoLikelihood, GoesAcrossVisibleLayersOfDifferentUnitsThatAreJoined) {
  Network model;
  model.add(make_layer("bits", "units.bernoulli", 2, true));
  model.add(make_layer("hidden", "units.bernoulli", 3, false));
  model.add(make_layer("reals", "units.gaussian", 2, true));
  model.add(make_layer("more", "units.spin", 2, false));
  for (const auto& [a, b] : std::vector<std::pair<Index, Index>>{{0, 1}, {1, 2}, {0, 2}, {2, 3}})
    model.connect(make_value<Connection>("connection.dense"), a, b);
  randomise(model, 0.6, 31);
  const Rows rows = {{1, 0, 0.5, -1.5}, {0, 0, 2.25, 0.125}};
  EXPECT_NEAR(measured(model, rows)[0], naive_mean(model, rows), 1e-8);
}

/// log of the integral of exp(field x - k x^2 / 2).
double log_normal(double field, double k) { return field * field / (2 * k) + std::log(2 * std::numbers::pi / k) / 2; }

TEST(PseudoLikelihood, OfGaussianUnitsIsExactWhereModesAreFarApartAndNarrow) {
  // One binary hidden unit h: p(x) is a mixture of two normal curves, at mu and at mu + w / gamma, w being the weight.
  for (const double precision : {1.0, 100.0})
    for (const double w : {0.5, 30.0, -2000.0}) {
      Network model = make_rbm(1, 1, 0, 1, fmt::format("{{use: units.gaussian, with: {{precision: {}}}}}", precision));
      model.link(0).weights.view()(0, 0) = static_cast<float>(w);
      const double gamma = precision, mu = 0.25;
      model.layer(0).parameters.view()(0, 0) = static_cast<float>(mu);
      // Both modes weigh about the same.
      const double bias = std::floor(log_normal(gamma * mu, gamma) - log_normal(gamma * mu + w, gamma));
      model.layer(1).parameters.view()(0, 0) = static_cast<float>(bias);
      for (const double x : {0.0, 0.5, w / gamma}) {
        const double shown = static_cast<double>(static_cast<float>(x));
        const double stored = static_cast<double>(static_cast<float>(bias));
        const double own = gamma * mu * shown - gamma * shown * shown / 2;
        const double expected = log_of_sum({own, own + stored + w * shown}) -
                                log_of_sum({log_normal(gamma * mu, gamma), stored + log_normal(gamma * mu + w, gamma)});
        EXPECT_NEAR(measured(model, {{x}})[0], expected, 1e-9 * (1 + std::abs(bias))) << precision << " " << w;
      }
    }
}

TEST(PseudoLikelihood, OfGaussianUnitsUnderGaussianUnitsIsThatOfTheirJointNormalDistribution) {
  // Hidden units of precision 1 summed out: x' (I - W W') x / 2, so that given the others unit i is normal with
  // precision 1 - (W W')_ii.
  const Network model = make_rbm(3, 2, 0.45, 4, "units.gaussian", "units.gaussian");
  const View<const float> w = model.link(0).weights.view();
  const std::vector<double> row = {0.4, -1.5, 2.5};
  double sum = 0;
  for (Index i = 0; i < 3; ++i) {
    double k = 1, field = static_cast<double>(model.layer(0).parameters.view()(0, i));
    for (Index h = 0; h < 2; ++h) {
      const double weight = static_cast<double>(w(i, h));
      k -= weight * weight;
      double input = static_cast<double>(model.layer(1).parameters.view()(0, h));
      for (Index j = 0; j < 3; ++j)
        if (j != i)
          input +=
              static_cast<double>(w(j, h)) * static_cast<double>(static_cast<float>(row[static_cast<std::size_t>(j)]));
      field += weight * input;
    }
    const double x = static_cast<double>(static_cast<float>(row[static_cast<std::size_t>(i)]));
    sum += field * x - k * x * x / 2 - log_normal(field, k);
  }
  EXPECT_NEAR(measured(model, {row})[0], sum, 1e-10);
}

TEST(PseudoLikelihood, OfRandomUnitsInEachRowIsUnbiasedAndIsTheSameOnAnyNumberOfThreads) {
  const Network model = make_rbm(12, 4, 1, 7);
  const Rows rows = as_rows(mirrored_rows(200, 12, 5));
  const double all = measured(model, rows)[0];
  constexpr int seeds = 30;
  double mean = 0, error = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    const std::vector<double> some = measured(model, rows, {{"coordinates", 3}}, static_cast<std::uint64_t>(seed));
    mean += some[0] / seeds;
    error += some[1] / seeds;
  }
  EXPECT_NE(mean, all);
  // Errors hold the spread of the rows as well, which is the same for all seeds: a bound from above.
  EXPECT_NEAR(mean, all, 4 * error / std::sqrt(seeds));
  EXPECT_EQ(measured(model, rows, {{"coordinates", 100}})[0], all);

  const int before = threads();
  set_threads(1);
  const double alone = measured(model, rows, {{"coordinates", 3}})[0];
  set_threads(3);
  EXPECT_EQ(measured(model, rows, {{"coordinates", 3}})[0], alone);
  set_threads(before);
}

std::string problems(const Network& model, Index width) {
  Specs in, out;
  in.set<Network>("model", model.spec());
  in.set<Dataset>("data", {10, {{"features", width, {}, PartSpec::Kind::real, {}}}});
  registered(node, {})->outputs(in, out);
  std::string all;
  for (const auto& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
  return all;
}

TEST(PseudoLikelihood, SaysBeforeAnyWorkWhatItCannotDo) {
  EXPECT_EQ(problems(make_rbm(4, 3, 1, 1), 4), "");
  Network joined = make_boltzmann(4, 3, 1, 1);
  joined.layer(0).part = "features";
  EXPECT_EQ(problems(joined, 4),
            "in.model: the pseudo-likelihood is not exact in this model: its hidden units are joined to each other\n");
  EXPECT_EQ(
      problems(make_rbm(4, 3, 1, 1, "units.bernoulli", "units.noisy_rectified"), 4),
      "in.model: the pseudo-likelihood needs exact units, but layer 'hidden' has units.noisy_rectified, which are "
      "approximate\n");
  EXPECT_NE(problems(make_rbm(4, 3, 1, 1), 5).find("in.data: "), std::string::npos);
}

TEST(PseudoLikelihood, RefusesRowsThatAreNoStatesAndModelsWithoutADistribution) {
  const auto message = [](const Network& model, const Rows& rows) {
    try {
      measured(model, rows);
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message(make_rbm(2, 2, 1, 1), {{0, 1}, {0, 0.5}})
                .find("row 2 shows in layer 'visible' what is no state of units.bernoulli: unit 2 would be one of 0, "
                      "1, got 0.5; put"),
            std::string::npos);
  EXPECT_NE(message(make_rbm(2, 2, 1, 1, "units.poisson"), {{0, 1}, {2, 1.5}})
                .find("row 2 shows in layer 'visible' what is no state of units.poisson: unit 2 would be a whole "
                      "number from 0 on, got 1.5"),
            std::string::npos);
  for (const auto& [units, row] :
       std::vector<std::pair<std::string, std::vector<double>>>{{"units.binomial", {9, 0}},
                                                                {"units.softmax", {1, 1}},
                                                                {"units.truncated_gaussian", {-1, 0}},
                                                                {"units.gaussian", {INFINITY, 0}}})
    EXPECT_NE(message(make_rbm(2, 2, 0.3, 1, units), {row}).find("no state of " + units), std::string::npos) << units;
  EXPECT_NE(message(make_rbm(2, 2, 5, 1, "units.gaussian", "units.gaussian"), {{0, 0}}), "");
  Network runaway = make_rbm(1, 20, 0, 1, "units.poisson");
  for (float& weight : runaway.link(0).weights.values<float>()) weight = 1;
  EXPECT_NE(message(runaway, {{1}}).find("does not end"), std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
