#include <fmt/format.h>
#include <gtest/gtest.h>

#include "enumerated.hpp"

namespace harmonium::testing {
namespace {

using Rows = std::vector<std::vector<std::vector<float>>>;  // visible layer, row, unit
constexpr float nan = unknown;

/// Every value of the answer against sums over all states.
void expect_completed(const Network& network, const Rows& rows, const Settings& settings, double tolerance,
                      double temperature = 1) {
  const Outputs out = ask("complete", network, shown_data(network, rows), settings);
  for (std::size_t i = 0; i < rows[0].size(); ++i) {
    std::vector<std::vector<float>> known;
    for (const auto& layer : rows) known.push_back(layer[i]);
    const auto expected = enumerated_means(network, known, temperature);
    for (std::size_t v = 0; v < rows.size(); ++v) {
      const Tensor answer = all_rows(get<Dataset>(out, "data"), network.layer(network.visible()[v]).part);
      for (std::size_t j = 0; j < known[v].size(); ++j) {
        const auto value = static_cast<double>(answer.view()(static_cast<Index>(i), static_cast<Index>(j)));
        EXPECT_NEAR(value, expected[v][j], tolerance) << "row " << i << ", layer " << v << ", unit " << j;
        if (!std::isnan(known[v][j])) {
          EXPECT_EQ(value, static_cast<double>(known[v][j]));
        }
      }
    }
  }
}

const Rows four_bits = {{{1, nan, 0, nan}, {nan, nan, nan, nan}, {0, 1, 1, 0}, {nan, 1, 1, 1}}};
// Of this many independent chains an average of values in [0, 1] deviates by less than 1 / (2 sqrt(2000)) = 0.011; in
// [-1, 1] by twice that. At five deviations, in a few dozen comparisons, chance fails less than once in 10^4.
const Settings by_chains = {{"enumerate", std::int64_t{0}},
                            {"chains", std::int64_t{2000}},
                            {"burn_in", std::int64_t{20}},
                            {"sweeps", std::int64_t{10}}};
constexpr double five_deviations = 0.055;

TEST(Complete, FindsTheConditionalProbabilitiesOfARestrictedMachineExactly) {
  expect_completed(make_rbm(4, 3, 1.0, 5, "units.bernoulli", "units.bernoulli"), four_bits, {}, 1e-5);
}

TEST(Complete, CountsTheStatesOfSpinsAndOfOneOfK) {
  expect_completed(make_rbm(3, 2, 1.0, 6, "units.spin", "units.spin"), {{{1, nan, nan}, {nan, -1, 1}}}, {}, 1e-5);
  expect_completed(make_labelled(3, 3, 1.0, 7), {{{1, nan, 0}, {nan, 1, nan}}, {{nan, nan, nan}, {0, 1, 0}}}, {}, 1e-5);
}

TEST(Complete, DrawsWhatItDoesNotEnumerate) {
  expect_completed(make_rbm(4, 3, 1.0, 5, "units.bernoulli", "units.bernoulli"), four_bits, by_chains, five_deviations);
  expect_completed(make_rbm(3, 2, 0.7, 6, "units.spin", "units.spin"), {{{1, nan, nan}, {nan, -1, 1}}}, by_chains,
                   2 * five_deviations);
  expect_completed(make_labelled(3, 3, 1.0, 7), {{{1, nan, 0}, {nan, 1, nan}}, {{nan, nan, nan}, {0, 1, 0}}}, by_chains,
                   five_deviations);
}

TEST(Complete, SamplesMachinesWhoseHiddenUnitsAreJoined) {
  Network boltzmann = make_boltzmann(4, 2, 1.0, 8);
  boltzmann.layer(0).part = "features";
  expect_completed(boltzmann, four_bits, by_chains, five_deviations);
  expect_completed(make_deep(4, 3, 2, 1.0, 9), four_bits, by_chains, five_deviations);
}

TEST(Complete, DividesTheEnergyByTheTemperature) {
  const Network network = make_rbm(4, 3, 1.0, 5, "units.bernoulli", "units.bernoulli");
  Settings settings = by_chains;
  settings.emplace_back("temperature", 2.5);
  expect_completed(network, four_bits, settings, five_deviations, 2.5);
}

TEST(Complete, IsExactAtAnyTemperature) {
  for (const double temperature : {0.3, 2.5}) {
    const Settings settings = {{"temperature", temperature}};
    expect_completed(make_rbm(4, 3, 1.0, 5, "units.bernoulli", "units.bernoulli"), four_bits, settings, 1e-5,
                     temperature);
    expect_completed(make_rbm(3, 2, 1.0, 6, "units.spin", "units.spin"), {{{1, nan, nan}, {nan, -1, 1}}}, settings,
                     1e-5, temperature);
    expect_completed(make_labelled(3, 3, 1.0, 7), {{{1, nan, 0}, {nan, 1, nan}}, {{nan, nan, nan}, {0, 1, 0}}},
                     settings, 1e-5, temperature);
  }
}

TEST(Complete, TakesASamplerOfSeveralTemperatures) {
  Settings settings = by_chains;
  settings.emplace_back("sampler", std::string("{use: sampler.tempering, with: {temperatures: 3}}"));
  expect_completed(make_rbm(4, 3, 1.0, 5, "units.bernoulli", "units.bernoulli"), {{{1, nan, 0, nan}}}, settings,
                   five_deviations);
}

TEST(Complete, ExpectsWhatGaussianUnitsAreGivenTheOthers) {
  // Given h a unit is N(m + W h, 1), where m is its mean without input; p(h | known) has a factor
  // exp(x W h) for each known unit and exp(((m + W h)^2 - m^2) / 2) for each unknown one.
  const Network network = make_rbm(3, 3, 0.6, 11, "units.gaussian", "units.bernoulli");
  const std::vector<float> known = {0.8F, nan, nan};
  const auto w = [&](Index i, Index k) { return static_cast<double>(network.link(0).weights.view()(i, k)); };
  const auto m = [&](Index i) { return static_cast<double>(network.layer(0).parameters.view()(0, i)); };
  std::vector<double> mean(3, 0);
  double sum = 0;
  for (int code = 0; code < 8; ++code) {
    std::vector<double> input(3, 0);
    double exponent = 0;
    for (Index k = 0; k < 3; ++k) {
      if (((code >> k) & 1) == 0) continue;
      exponent += static_cast<double>(network.layer(1).parameters.view()(0, k));
      for (Index i = 0; i < 3; ++i) input[static_cast<std::size_t>(i)] += w(i, k);
    }
    for (Index i = 0; i < 3; ++i) {
      const double in = input[static_cast<std::size_t>(i)];
      exponent += i == 0 ? 0.8 * in : (std::pow(m(i) + in, 2) - std::pow(m(i), 2)) / 2;
    }
    sum += std::exp(exponent);
    for (Index i = 0; i < 3; ++i)
      mean[static_cast<std::size_t>(i)] += std::exp(exponent) * (m(i) + input[static_cast<std::size_t>(i)]);
  }
  const Outputs out = ask("complete", network, shown_data(network, {{known}}), by_chains);
  const Tensor answer = all_rows(get<Dataset>(out, "data"), "features");
  for (std::size_t i = 1; i < 3; ++i)
    // Means given h lie within about 2 of each other.
    EXPECT_NEAR(static_cast<double>(answer.view()(0, static_cast<Index>(i))), mean[i] / sum, 2 * five_deviations);
  EXPECT_FLOAT_EQ(answer.view()(0, 0), 0.8F);
}

TEST(Complete, GivesDrawsOfTheSameProbabilities) {
  const Network network = make_labelled(3, 3, 1.0, 7);
  for (const std::int64_t enumerate : {0, 1024}) {
    const Index copies = 4000;
    const Rows rows = {std::vector<std::vector<float>>(copies, {1, nan, nan}),
                       std::vector<std::vector<float>>(copies, {nan, nan, nan})};
    const Outputs out = ask("complete", network, shown_data(network, rows),
                            {{"give", std::string("state")},
                             {"enumerate", enumerate},
                             {"chains", std::int64_t{1}},
                             {"burn_in", std::int64_t{20}},
                             {"sweeps", std::int64_t{1}}});
    const auto expected = enumerated_means(network, {{1, nan, nan}, {nan, nan, nan}});
    for (std::size_t v = 0; v < 2; ++v) {
      const Tensor states = all_rows(get<Dataset>(out, "data"), v == 0 ? "features" : "label");
      for (Index j = 0; j < 3; ++j) {
        double mean = 0;
        for (Index i = 0; i < copies; ++i) {
          const float state = states.view()(i, j);
          ASSERT_TRUE(state == 0 || state == 1);
          mean += static_cast<double>(state) / copies;
        }
        EXPECT_NEAR(mean, expected[v][static_cast<std::size_t>(j)], five_deviations);
      }
    }
  }
}

TEST(Complete, FindsPartsThatTheDataDoNotHaveAndCarriesOthersAlong) {
  const Network network = make_labelled(3, 3, 1.0, 7);
  DataSpec spec{1, {{"features", 3, {}, PartSpec::Kind::real, {}}, {"weight", 1, {}, PartSpec::Kind::real, {}}}};
  const Dataset data = stored_rows(spec, {std::make_shared<const Tensor>(make_matrix({{1, 0, 1}})),
                                          std::make_shared<const Tensor>(make_matrix({{7}}))});
  const Outputs out = ask("complete", network, data);
  const Dataset& answer = get<Dataset>(out, "data");
  ASSERT_EQ(answer.spec().parts.size(), 3U);
  EXPECT_EQ(all_rows(answer, "weight").view()(0, 0), 7);
  const auto expected = enumerated_means(network, {{1, 0, 1}, {nan, nan, nan}});
  for (Index c = 0; c < 3; ++c)
    EXPECT_NEAR(static_cast<double>(all_rows(answer, "label").view()(0, c)), expected[1][static_cast<std::size_t>(c)],
                1e-5);
}

TEST(Complete, RefusesWhatCannotBe) {
  const Network network = make_labelled(3, 3, 1.0, 7);
  EXPECT_EQ(
      message_of([&] {
        ask("complete", network, shown_data(network, {{{1, 0, 1}}, {{1, nan, 0}}}));
      }),
      "row 1: of columns 1 to 3 of 'label', which are one unit of 3 states, some are missing; all or none may be");
  EXPECT_EQ(message_of([&] {
              ask("complete", network, shown_data(network, {{{1, 0, 7}}, {{1, 0, 0}}}));
            }),
            "Bernoulli units show values in [0, 1], but column 3 goes from 7 to 7: put the data through data.scale or "
            "data.binarise first");
  const Specs wide = specs_of_ask(network, {1, {{"features", 5, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("ask.complete", {{"sampler", std::string("sampler.mean_field")}}, wide),
            "in.data: the data's part 'features' has 5 columns, but the model's layer 'features' has 3 units\n"
            "with.sampler: sampler.mean_field does not draw from the model's distribution, so it answers no question "
            "about it\n");
  const Specs strange = specs_of_ask(network, {1, {{"pixels", 5, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("ask.complete", {}, strange),
            "in.data: the data have no part that the model shows, which are 'features', 'label'\n");
}

TEST(Complete, TakesSingleRowsOfGaussianUnitsFarFromTheirMean) {
  const Network network = make_rbm(2, 2, 0.1, 3, "units.gaussian", "units.bernoulli");
  EXPECT_NO_THROW(ask("complete", network, shown_data(network, {{{5, nan}}})));
}

TEST(Classify, FindsTheExactProbabilityOfEachClass) {
  const Network network = make_labelled(3, 4, 1.0, 21);
  // What the data say of the label is not looked at, and a feature may be missing.
  const Rows rows = {{{1, 0, 1}, {0, nan, 1}}, {{1, 0, 0}, {nan, nan, nan}}};
  const Outputs out = ask("classify", network, shown_data(network, rows));
  const Table& table = get<Table>(out, "table");
  ASSERT_EQ(table.rows.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto expected = enumerated_means(network, {rows[0][i], {nan, nan, nan}})[1];
    for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(table.rows[i].values[c], expected[c], 1e-5);
    const auto best = std::max_element(expected.begin(), expected.end()) - expected.begin();
    EXPECT_EQ(table.rows[i].label, std::to_string(best));
  }
}

TEST(Classify, NamesClassesAsTheDataDo) {
  const Network network = make_labelled(3, 4, 1.0, 21);
  DataSpec spec{1,
                {{"features", 3, {}, PartSpec::Kind::real, {}},
                 {"label", 3, {}, PartSpec::Kind::category, {"cat", "dog", "cow"}}}};
  Tensor label = Tensor::of<std::int32_t>({1});
  const Dataset data = stored_rows(spec, {std::make_shared<const Tensor>(make_matrix({{1, 0, 1}})),
                                          std::make_shared<const Tensor>(std::move(label))});
  const Outputs out = ask("classify", network, data);
  EXPECT_EQ(get<Table>(out, "table").columns, (std::vector<std::string>{"p(cat)", "p(dog)", "p(cow)"}));
}

TEST(Classify, SamplesTheLabelOfADeepMachine) {
  Network network = make_labelled(3, 2, 1.0, 23);
  network.add(make_layer("top", "units.bernoulli", 2, false));
  network.connect(make_value<Connection>("connection.dense"), 2, 3);
  randomise(network, 1.0, 23);
  const Outputs out = ask("classify", network, shown_data(network, {{{1, 0, 1}}, {{nan, nan, nan}}}), by_chains);
  const auto expected = enumerated_means(network, {{1, 0, 1}, {nan, nan, nan}})[1];
  for (std::size_t c = 0; c < 3; ++c)
    EXPECT_NEAR(get<Table>(out, "table").rows[0].values[c], expected[c], five_deviations);
}

TEST(Classify, ComparesTheStatesThatHaveOneUnitOn) {
  const Network network = make_labelled(3, 2, 1.0, 25, "units.at_most_one", 4);
  const Outputs out = ask("classify", network, shown_data(network, {{{1, 0, 1}}}));
  // Of the states of such units this adds up those with one on.
  const auto expected = enumerated_means(network, {{1, 0, 1}, {nan, nan, nan, nan}})[1];
  for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR(get<Table>(out, "table").rows[0].values[c], expected[c], 1e-5);
}

TEST(Classify, AsksForUnitsOfWhichOneIsOn) {
  for (const Index classes : {1, 3}) {
    Network network = make_rbm(2, 2, 1.0, 5, "units.bernoulli", "units.bernoulli");
    Layer label = make_layer("label", "units.bernoulli", classes, true);
    label.part = "label";
    network.add(std::move(label));
    network.connect(make_value<Connection>("connection.dense"), 2, 1);
    EXPECT_EQ(message_of([&] {
                ask("classify", network, shown_data(network, {{{1, 0}}}));
              }),
              fmt::format("layer 'label', which shows 'label', has {} of units.bernoulli; classes are told by several, "
                          "of which one is on",
                          classes));
  }
}

TEST(Classify, NeedsALabelAndFeatures) {
  const Network network = make_rbm(3, 2, 1.0, 5, "units.bernoulli", "units.bernoulli");
  EXPECT_EQ(
      problems_of("ask.classify", {}, specs_of_ask(network, {1, {{"features", 3, {}, PartSpec::Kind::real, {}}}})),
      "in.model: 0 visible layers of the model show 'label'; one must, as its label\n");
}

}  // namespace
}  // namespace harmonium::testing
