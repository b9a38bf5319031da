#include <gtest/gtest.h>

#include "class_machines.hpp"
#include "harmonium/table.hpp"

namespace harmonium::testing {
namespace {

Outputs evaluate(const std::string& type, const Network& model, const Dataset& data, const Settings& settings = {}) {
  FakeInputs inputs;
  inputs.add("model", model).add("data", data);
  FakeContext context;
  return run_registered(type, settings, inputs, context);
}

double number(const Outputs& outputs, const std::string& column) {
  const Table& table = get<Table>(outputs, "table");
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column) return table.rows.at(0).values[c];
  throw std::logic_error("no column " + column);
}

TEST(ClassificationByAnRbm, IsThatOfASumOverItsHiddenStates) {
  for (const char* features : {"units.bernoulli", "units.gaussian"})
    for (const char* hidden : {"units.bernoulli", "units.spin", "units.gaussian", "units.poisson", "units.softmax"}) {
      // Not normalisable, and refused.
      if (std::string(features) == "units.gaussian" && std::string(hidden) == "units.poisson") continue;
      const Dataset data = classified_rows(20, 5, 4, 7, std::string(features) == "units.bernoulli");
      const Network model = make_classifier(5, 4, 3, 0.6, 5, features, {hidden, "units.bernoulli"});
      const Outputs outputs = evaluate("evaluator.classification", model, data);
      const Tensor found = all_rows(get<Dataset>(outputs, "probabilities"), "features");
      const Tensor rows = all_rows(data, "features");
      for (Index i = 0; i < data.rows(); ++i) {
        const std::vector<double> expected = naive_log_posterior(model, rows.view().row(i));
        for (Index c = 0; c < 4; ++c)
          EXPECT_NEAR(static_cast<double>(found.view()(i, c)), std::exp(expected[static_cast<std::size_t>(c)]), 2e-6)
              << features << " " << hidden;
      }
      EXPECT_NEAR(number(outputs, "loss"), -naive_class_likelihood(model, data), 1e-5) << features << " " << hidden;
    }
}

TEST(ClassificationByAnRbm, CountsErrorsAndWhichClassIsTakenForWhich) {
  const Dataset data = classified_rows(200, 5, 3, 7);
  const Network model = make_classifier(5, 3, 4, 1.5, 5);
  const Outputs outputs = evaluate("evaluator.classification", model, data);
  const Tensor rows = all_rows(data, "features");
  std::vector<std::vector<double>> confusion(3, std::vector<double>(3, 0.0));
  double errors = 0;
  for (Index i = 0; i < 200; ++i) {
    const std::vector<double> p = naive_log_posterior(model, rows.view().row(i));
    const auto best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    const auto own = static_cast<std::size_t>(data.classes("label")[static_cast<std::size_t>(i)]);
    errors += best != own ? 1 : 0;
    confusion[own][best] += 1;
  }
  EXPECT_GT(errors, 0);
  EXPECT_EQ(number(outputs, "errors"), errors);
  EXPECT_DOUBLE_EQ(number(outputs, "error"), errors / 2);
  for (std::size_t own = 0; own < 3; ++own)
    EXPECT_EQ(get<Table>(outputs, "confusion").rows[own].values, confusion[own]);
}

/// Features, a class and hidden units, all joined to all.
Network make_full_machine(std::uint64_t seed, const std::string& target = "units.softmax", Index width = 3) {
  Network network;
  network.add(make_layer("features", "units.bernoulli", 4, true));
  network.add(make_layer("label", target, width, true));
  network.add(make_layer("hidden", "units.bernoulli", 4, false));
  for (const auto& [a, b] : {std::pair<Index, Index>{0, 1}, {0, 2}, {1, 2}})
    network.connect(make_value<Connection>("connection.dense"), a, b);
  for (const Index l : {Index{0}, Index{2}}) network.connect(make_value<Connection>("connection.lateral"), l, l);
  randomise(network, 0.7, seed);
  return network;
}

TEST(ClassificationByAFullBoltzmannMachine, IsExactWithinTheErrorOfItsSamples) {
  const Network model = make_full_machine(5);
  const Dataset data = classified_rows(12, 4, 3, 7);
  const Outputs outputs =
      evaluate("evaluator.classification", model, data,
               {{"chains", std::int64_t{60}}, {"burn_in", std::int64_t{50}}, {"sweeps", std::int64_t{300}}});
  const Tensor rows = all_rows(data, "features");
  const Tensor found = all_rows(get<Dataset>(outputs, "probabilities"), "features");
  double squares = 0;
  for (Index i = 0; i < data.rows(); ++i) {
    const std::vector<double> shown(rows.view().row(i).begin(), rows.view().row(i).end());
    std::vector<double> p;
    for (const auto& state : all_states(model.layer(1))) {
      p.push_back(0);
      for (const auto& hidden : all_states(model.layer(2)))
        p.back() += std::exp(-naive_energy(model, {shown, state, hidden}));
    }
    const double sum = p[0] + p[1] + p[2];
    for (Index c = 0; c < 3; ++c) {
      const double off = static_cast<double>(found.view()(i, c)) - p[static_cast<std::size_t>(c)] / sum;
      squares += off * off / 36;
    }
  }
  const double error = get<Table>(outputs, "sampling").rows.at(0).values.at(0);
  EXPECT_LT(error, 0.01);
  // 24 of the 36 squares are free: their mean is within 4.5 standard deviations of its expectation.
  EXPECT_LT(squares, error * error * (1 + 4.5 * std::sqrt(2.0 / 24)));
}

TEST(ClassificationBySamples, AgreesWithTheExactOneWhereThereIsOne) {
  const Network model = make_classifier(5, 3, 4, 0.7, 5);
  const Dataset data = classified_rows(30, 5, 3, 7);
  const Outputs sampled = evaluate("evaluator.classification", model, data,
                                   {{"by", "samples"}, {"chains", std::int64_t{50}}, {"sweeps", std::int64_t{200}}});
  const double error = get<Table>(sampled, "sampling").rows.at(0).values.at(0);
  EXPECT_GT(error, 0);
  const Tensor found = all_rows(get<Dataset>(sampled, "probabilities"), "features");
  const Tensor exact =
      all_rows(get<Dataset>(evaluate("evaluator.classification", model, data), "probabilities"), "features");
  double squares = 0;
  for (Index i = 0; i < 30; ++i)
    for (Index c = 0; c < 3; ++c)
      squares += std::pow(static_cast<double>(found.view()(i, c)) - static_cast<double>(exact.view()(i, c)), 2) / 90;
  EXPECT_LT(squares, error * error * (1 + 4.5 * std::sqrt(2.0 / 60)));
}

TEST(RegressionByARbm, PredictsTheMeanOfAGaussianTargetThatASumOverHiddenStatesGives) {
  Network model;
  model.add(make_layer("features", "units.bernoulli", 5, true));
  model.add(make_layer("label", "units.gaussian", 1, true));
  model.add(make_layer("hidden", "units.bernoulli", 4, false));
  model.connect(make_value<Connection>("connection.dense"), 0, 2);
  model.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(model, 0.6, 5);
  Tensor features = all_rows(classified_rows(10, 5, 3, 7), "features");
  Tensor targets = Tensor::matrix(10, 1);
  normal(Stream{3}, targets.view());
  const PartSpec shown{"features", 5, {}, PartSpec::Kind::real, {}}, target{"label", 1, {}, PartSpec::Kind::real, {}};
  const Dataset data = stored_rows({10, {shown, target}},
                                   {std::make_shared<const Tensor>(features), std::make_shared<const Tensor>(targets)});
  const Outputs outputs =
      evaluate("evaluator.regression", model, data, {{"chains", std::int64_t{60}}, {"sweeps", std::int64_t{300}}});
  const Tensor found = all_rows(get<Dataset>(outputs, "predictions"), "features");

  // Given h the target is normal: E = gamma/2 (t - mu)^2 - t u.h, so integrating it out leaves
  // exp(mu s + s^2 / (2 gamma)), s = u.h, and its mean is mu + s / gamma.
  Tensor theta = Tensor::matrix(2, 1);
  model.layer(1).units->natural(model.layer(1).parameters.view(), theta.view());
  const double gamma = -2 * static_cast<double>(theta.view()(1, 0)),
               mu = static_cast<double>(theta.view()(0, 0)) / gamma;
  double off = 0, squares = 0;
  for (Index i = 0; i < 10; ++i) {
    double z = 0, mean = 0;
    for (const auto& hidden : all_states(model.layer(2))) {
      double exponent = 0, s = 0;
      for (Index j = 0; j < 4; ++j) {
        const double h = hidden[static_cast<std::size_t>(j)];
        exponent += h * static_cast<double>(model.layer(2).parameters.view()(0, j));
        s += h * static_cast<double>(model.link(1).weights.view()(0, j));
        for (Index k = 0; k < 5; ++k)
          exponent +=
              h * static_cast<double>(features.view()(i, k)) * static_cast<double>(model.link(0).weights.view()(k, j));
      }
      const double weight = std::exp(exponent + mu * s + s * s / (2 * gamma));
      z += weight;
      mean += weight * (mu + s / gamma);
    }
    off += std::pow(static_cast<double>(found.view()(i, 0)) - mean / z, 2) / 10;
    squares += std::pow(static_cast<double>(found.view()(i, 0)) - static_cast<double>(targets.view()(i, 0)), 2) / 10;
  }
  EXPECT_LT(off, number(outputs, "sampling error") * (1 + 4.5 * std::sqrt(2.0 / 10)));
  EXPECT_NEAR(number(outputs, "squared error"), squares, 1e-5);
}

TEST(SamplesOfEachClass, HaveTheMeansThatASumOverAllStatesOfThatClassGives) {
  Network model = make_classifier(4, 3, 3, 1, 5);
  model.layer(0).shape = {2, 2};
  const Dataset names = classified_rows(10, 4, 3, 7);
  const Outputs outputs = evaluate(
      "figure.samples", model, names,
      {{"clamped", "label"}, {"rows", std::int64_t{30}}, {"columns", std::int64_t{40}}, {"sweeps", std::int64_t{50}}});
  const auto& data = get<Dataset>(outputs, "data");
  EXPECT_EQ(data.spec().part("label").classes, names.spec().part("label").classes);
  const std::vector<Index> classes = data.classes("label");
  const Tensor ends = all_rows(data, "features");
  for (Index c = 0; c < 3; ++c) {
    std::vector<double> held(3, 0.0);
    held[static_cast<std::size_t>(c)] = 1;
    double z = 0;
    std::vector<double> expected(4, 0.0), mean(4, 0.0), squares(4, 0.0);
    for (const auto& shown : all_states(model.layer(0)))
      for (const auto& hidden : all_states(model.layer(2))) {
        const double weight = std::exp(-naive_energy(model, {shown, held, hidden}));
        z += weight;
        for (std::size_t j = 0; j < 4; ++j) expected[j] += weight * shown[j];
      }
    double count = 0;
    for (Index i = 0; i < ends.rows(); ++i) {
      EXPECT_EQ(classes[static_cast<std::size_t>(i)], i / 40 % 3);
      if (classes[static_cast<std::size_t>(i)] != c) continue;
      count += 1;
      for (std::size_t j = 0; j < 4; ++j) {
        const auto value = static_cast<double>(ends.view()(i, static_cast<Index>(j)));
        mean[j] += value;
        squares[j] += value * value;
      }
    }
    ASSERT_EQ(count, 400);
    for (std::size_t j = 0; j < 4; ++j) {
      const double average = mean[j] / count;
      const double error = std::sqrt((squares[j] / count - average * average) / count);
      EXPECT_NEAR(average, expected[j] / z, 4.5 * error) << "class " << c << ", feature " << j;
    }
  }
}

TEST(SamplesOfEachClass, NeedALayerThatShowsTheClass) {
  Specs in, out;
  in.set<Network>("model", make_classifier(4, 3, 3, 1, 5).spec());
  registered("figure.samples", {{"clamped", "kind"}})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].where, "with.clamped");
  EXPECT_EQ(out.problems()[0].message,
            "0 of the model's 2 visible layers show 'kind'; one must, beside others to be drawn");
}

TEST(ClassificationEvaluation, CanBeStoppedAndResumed) {
  FakeInputs inputs;
  inputs.add("model", make_full_machine(5)).add("data", classified_rows(100, 4, 3, 7));
  expect_resumable("evaluator.classification",
                   {{"chains", std::int64_t{100}}, {"burn_in", std::int64_t{2}}, {"sweeps", std::int64_t{3}}}, inputs);
}

TEST(ClassificationEvaluation, SaysWhyItIsNotExactAndWhatCannotBeSampled) {
  const Dataset data = classified_rows(10, 4, 3, 7);
  Specs in, out;
  in.set<Network>("model", make_full_machine(5).spec());
  in.set<Dataset>("data", data.spec());
  registered("evaluator.classification", {{"by", "exact"}})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].where, "with.by");
  EXPECT_EQ(out.problems()[0].message, "p(class | features) is not exact here: hidden units are joined to each other");
  Specs descends;
  registered("evaluator.classification", {{"sampler", "sampler.descent"}})->outputs(in, descends);
  ASSERT_EQ(descends.problems().size(), 1U);
  EXPECT_EQ(descends.problems()[0].where, "with.sampler");
  EXPECT_EQ(message_of([&] { evaluate("evaluator.classification", make_full_machine(5, "units.bernoulli"), data); }),
            "layer 'label' shows the class by units.bernoulli, of which several may be on at once; sampling needs "
            "one-of-K units there");
}

}  // namespace
}  // namespace harmonium::testing
