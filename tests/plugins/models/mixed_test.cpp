#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "plugins/trainers/trainer_kernel.hpp"

/// model.mixed-rbm, and what training makes of it.
namespace harmonium::testing {
namespace {

constexpr Index people = 600;

/// Two kinds of people, one in each half of the cases: what they answer depends on the kind alone. Real answers have
/// mean 0 and deviation 1 over all.
Dataset answers() {
  using Kind = PartSpec::Kind;
  DataSpec spec;
  spec.rows = people;
  spec.parts = {{"real", 2, {}, Kind::real, {}, {"age", "income"}},
                {"binary", 3, {}, Kind::binary, {}, {"a", "b", "c"}},
                {"count", 1, {}, Kind::count, {}, {"visits"}},
                {"city", 4, {}, Kind::category, {"Bonn", "Lund", "Oslo", "Rome"}}};
  Tensor real = Tensor::matrix(people, 2), binary = Tensor::matrix(people, 3), count = Tensor::matrix(people, 1);
  Tensor city = Tensor::of<std::int32_t>({people}), draws = Tensor::matrix(people, 16);
  normal(Stream{1}, real.view());
  uniform(Stream{2}, draws.view());
  for (Index i = 0; i < people; ++i) {
    const float* u = draws.view().row(i).data;
    const bool kind = u[0] < 0.5F;
    for (Index j = 0; j < 2; ++j) real.view()(i, j) = 0.6F * real.view()(i, j) + (kind == (j == 0) ? 0.8F : -0.8F);
    for (Index j = 0; j < 3; ++j) binary.view()(i, j) = u[1 + j] < (kind ? 0.85F : 0.2F) ? 1.0F : 0.0F;
    // Ten throws of 0.1 or 0.4.
    for (Index j = 0; j < 10; ++j) count.view()(i, 0) += u[4 + j] < (kind ? 0.1F : 0.4F) ? 1.0F : 0.0F;
    city.data<std::int32_t>()[i] = (kind ? 0 : 2) + (u[14] < 0.3F ? 1 : 0);
  }
  std::vector<std::shared_ptr<const Tensor>> parts;
  for (Tensor* part : {&real, &binary, &count, &city})
    parts.push_back(std::make_shared<const Tensor>(std::move(*part)));
  return stored_rows(spec, std::move(parts));
}

/// log of the sum over the states of a unit of h(x) exp(x field), by its closed form; its mean. Of one-of-K units the
/// fields of all K.
double log_sum(const std::string& units, const std::vector<double>& field) {
  double sum = 0;
  if (units == "units.gaussian")
    for (const double f : field) sum += f * f / 2 + std::log(2 * std::numbers::pi) / 2;
  if (units == "units.bernoulli")
    for (const double f : field) sum += std::log1p(std::exp(f));
  if (units == "units.poisson")
    for (const double f : field) sum += std::exp(f);
  if (units == "units.softmax") {
    for (const double f : field) sum += std::exp(f);
    sum = std::log(sum);
  }
  return sum;
}
std::vector<double> means(const std::string& units, std::vector<double> field) {
  double sum = 0;
  for (const double f : field) sum += std::exp(f);
  for (double& f : field) {
    if (units == "units.bernoulli") f = 1 / (1 + std::exp(-f));
    if (units == "units.poisson") f = std::exp(f);
    if (units == "units.softmax") f = std::exp(f) / sum;
  }
  return field;
}
double base(const std::string& units, Span<const float> x) {
  double sum = 0;
  for (const float value : x) {
    const auto v = static_cast<double>(value);
    if (units == "units.gaussian") sum -= v * v / 2;
    if (units == "units.poisson") sum -= std::lgamma(v + 1);
  }
  return sum;
}

/// The exact sums of an RBM of few hidden binary units over all their states.
struct Enumerated {
  explicit Enumerated(const Network& network) : model(network), hidden(network.hidden().at(0)) {
    const Index count = Index{1} << model.layer(hidden).size;
    std::vector<double> exponents;
    for (Index code = 0; code < count; ++code) {
      double exponent = 0;
      for (Index j = 0; j < model.layer(hidden).size; ++j)
        if ((code >> j) & 1) exponent += static_cast<double>(model.layer(hidden).parameters.view()(0, j));
      for (const Index l : model.visible()) exponent += log_sum(model.layer(l).units.type(), field(l, code));
      exponents.push_back(exponent);
    }
    const double top = *std::max_element(exponents.begin(), exponents.end());
    double z = 0;
    for (const double exponent : exponents) z += std::exp(exponent - top);
    log_z = top + std::log(z);
    for (const double exponent : exponents) p.push_back(std::exp(exponent - log_z));
  }
  /// What a visible layer gets from the hidden units of a state, with its biases. Of Gaussian units of precision 1.
  std::vector<double> field(Index l, Index code) const {
    std::vector<double> sum;
    for (Index i = 0; i < model.layer(l).size; ++i) {
      sum.push_back(static_cast<double>(model.layer(l).parameters.view()(0, i)));
      for (const Link& link : model.links())
        for (Index j = 0; link.a == l && j < model.layer(hidden).size; ++j)
          if ((code >> j) & 1) sum.back() += static_cast<double>(link.weights.view()(i, j));
    }
    return sum;
  }
  std::vector<double> mean(Index l) const {
    std::vector<double> sum(static_cast<std::size_t>(model.layer(l).size), 0.0);
    for (std::size_t code = 0; code < p.size(); ++code) {
      const auto given = means(model.layer(l).units.type(), field(l, static_cast<Index>(code)));
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += p[code] * given[i];
    }
    return sum;
  }
  double log_likelihood(const Dataset& data) const {
    std::vector<Tensor> parts;
    for (const Index l : model.visible()) parts.push_back(all_rows(data, model.layer(l).part));
    double sum = 0;
    for (Index i = 0; i < data.rows(); ++i) {
      double score = -log_z;
      std::vector<double> input;
      for (Index j = 0; j < model.layer(hidden).size; ++j)
        input.push_back(static_cast<double>(model.layer(hidden).parameters.view()(0, j)));
      std::size_t part = 0;
      for (const Index l : model.visible()) {
        const Span<const float> row = std::as_const(parts[part++]).view().row(i);
        // theta_0 x: of Gaussian units of precision 1 and mean mu, mu x.
        for (Index k = 0; k < row.size; ++k)
          score += static_cast<double>(model.layer(l).parameters.view()(0, k)) * static_cast<double>(row[k]);
        score += base(model.layer(l).units.type(), row);
        for (const Link& link : model.links())
          for (Index j = 0; link.a == l && j < model.layer(hidden).size; ++j)
            for (Index k = 0; k < row.size; ++k)
              input[static_cast<std::size_t>(j)] +=
                  static_cast<double>(link.weights.view()(k, j)) * static_cast<double>(row[k]);
      }
      for (const double in : input) score += std::log1p(std::exp(in));
      sum += score;
    }
    return sum / static_cast<double>(data.rows());
  }

  const Network& model;
  Index hidden;
  double log_z = 0;
  std::vector<double> p;  ///< of each hidden state
};

Network untrained(const Dataset& data, Settings settings = {}) {
  settings.emplace_back("hidden", std::int64_t{3});
  FakeInputs inputs;
  inputs.add("data", data);
  FakeContext context;
  return get<Network>(run_registered("model.mixed-rbm", settings, inputs, context), "model");
}

TEST(MixedRbm, HasALayerOfSuitableUnitsForEveryPart) {
  const Dataset data = answers();
  const Network model = untrained(data);
  std::vector<std::string> layers;
  for (const Layer& layer : model.layers()) layers.push_back(layer.name + " " + layer.part + " " + layer.units.type());
  EXPECT_EQ(layers, (std::vector<std::string>{"real real units.gaussian", "binary binary units.bernoulli",
                                              "count count units.poisson", "city city units.softmax",
                                              "hidden  units.bernoulli"}));
  ASSERT_EQ(model.links().size(), 4U);
  for (const Link& link : model.links()) EXPECT_EQ(link.b, 4);
  const Network counts =
      untrained(data, {{"count", "{use: units.binomial, with: {trials: 10}}"}, {"parts", list({"count", "real"})}});
  EXPECT_EQ(counts.layer(0).units.type(), "units.binomial");
  EXPECT_EQ(counts.layer(1).part, "real");
  EXPECT_EQ(counts.size(), 3);
}

TEST(MixedRbm, BeginsWithTheMeansOfTheData) {
  const Dataset data = answers();
  const Network model = untrained(data, {{"weights_deviation", 0.0}});
  const Enumerated exact(model);
  for (const Index l : model.visible()) {
    const ColumnSummary seen = summarise(data, data.part(model.layer(l).part));
    const std::vector<double> mean = exact.mean(l);
    // Initial biases are those of one row more of each state.
    for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(mean[i], seen.mean[i], 5.0 / people);
  }
}

TEST(MixedRbm, LearnsAcrossKindsAndKeepsTheMeansOfAll) {
  const Dataset data = answers();
  const double before = Enumerated(untrained(data, {{"weights_deviation", 0.0}})).log_likelihood(data);
  FakeInputs inputs;
  inputs.add("model", untrained(data)).add("data", data);
  FakeContext context;
  const Network model =
      get<Network>(run_registered("trainer.pcd",
                                  {{"epochs", std::int64_t{100}},
                                   {"batch", std::int64_t{20}},
                                   {"chains", std::int64_t{100}},
                                   {"steps", std::int64_t{2}},
                                   {"update",
                                    "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 0.02, to: 0}}, "
                                    "momentum: 0}}"}},
                                  inputs, context),
                   "model");
  const Enumerated exact(model);
  // What the answers tell of each other is up to log 2 = 0.69 nats a part more than the first tells of the kind.
  EXPECT_GT(exact.log_likelihood(data), before + 0.8);
  for (const Index l : model.visible()) {
    const ColumnSummary seen = summarise(data, data.part(model.layer(l).part));
    const std::vector<double> mean = exact.mean(l);
    // At the maximum of the likelihood they are those of the data. What chains and batches shake is averaged over as
    // the rate falls; 5 standard errors of means of as many rows leave room for the rest.
    for (std::size_t i = 0; i < mean.size(); ++i)
      EXPECT_NEAR(mean[i], seen.mean[i], 5 * seen.deviation[i] / std::sqrt(static_cast<double>(people)))
          << model.layer(l).name << " " << i;
  }
}

TEST(MixedRbm, SaysWhatDoesNotFit) {
  const Dataset data = answers();
  const auto problems = [&](Settings settings) {
    settings.emplace_back("hidden", std::int64_t{3});
    Specs in, out;
    in.set<Dataset>("data", data.spec());
    registered("model.mixed-rbm", settings)->outputs(in, out);
    std::vector<std::string> all;
    for (const auto& problem : out.problems()) all.push_back(problem.where + ": " + problem.message);
    return all;
  };
  EXPECT_TRUE(problems({}).empty());
  EXPECT_EQ(problems({{"parts", list({"real", "town"})}}),
            (std::vector<std::string>{
                "with.parts.2: the data have no part 'town'; their parts are 'real', 'binary', 'count', 'city'"}));
  const auto unbounded = problems({{"hidden_units", "units.gaussian"}});
  ASSERT_EQ(unbounded.size(), 1U);
  EXPECT_NE(
      unbounded[0].find("with.hidden_units: units.poisson in 'count' and units.gaussian in 'hidden' cannot be joined"),
      std::string::npos)
      << unbounded[0];
}

}  // namespace
}  // namespace harmonium::testing
