#include <gtest/gtest.h>

#include <map>

#include "enumerated.hpp"

namespace harmonium::testing {
namespace {

constexpr Index draws = 4000;

Dataset generated(const Network& network, Settings settings) {
  settings.emplace_back("count", draws);
  settings.emplace_back("sweeps", std::int64_t{30});
  settings.emplace_back("give", std::string("state"));
  return get<Dataset>(run_loaded("ask.generate", settings, FakeInputs().add("model", network)), "data");
}

/// Half the sum of |frequency - probability| over the visible states.
double distance(const Network& network, const Tensor& rows, double temperature) {
  std::map<std::vector<double>, double> difference;
  double sum = 0;
  for_states(network, {}, temperature, [&](const auto& state, double weight) {
    sum += weight;
    difference[state[0]] += weight;
  });
  for (auto& [state, weight] : difference) weight /= sum;
  for (Index i = 0; i < rows.rows(); ++i) {
    std::vector<double> state;
    for (Index j = 0; j < rows.columns(); ++j) state.push_back(static_cast<double>(rows.view()(i, j)));
    difference.at(state) -= 1 / static_cast<double>(rows.rows());
  }
  double distance = 0;
  for (const auto& [state, left] : difference) distance += std::abs(left) / 2;
  return distance;
}

// Of n draws from k states the expected distance is at most sqrt(k / (2 pi n)), 0.025 of these 16, and its deviation
// less than 1 / (2 sqrt(n)), 0.008: five of them above.
constexpr double chance = 0.065;

TEST(Generate, DrawsRowsAsProbableAsTheModelHoldsThem) {
  const Network network = make_rbm(4, 3, 1.0, 41, "units.bernoulli", "units.bernoulli");
  EXPECT_LT(distance(network, all_rows(generated(network, {}), "features"), 1), chance);
  const Network deep = make_deep(4, 3, 2, 1.0, 42);
  EXPECT_LT(distance(deep, all_rows(generated(deep, {}), "features"), 1), chance);
}

TEST(Generate, DividesTheEnergyByTheTemperature) {
  const Network network = make_rbm(4, 3, 2.0, 41, "units.bernoulli", "units.bernoulli");
  const Tensor rows = all_rows(generated(network, {{"temperature", 4.0}}), "features");
  EXPECT_LT(distance(network, rows, 4), chance);
  EXPECT_GT(distance(network, rows, 1), 2 * chance);
}

TEST(Generate, HoldsAClass) {
  const Network network = make_labelled(3, 3, 1.0, 43);
  const Dataset data = generated(network, {{"class", std::string("2")}});
  const auto expected = enumerated_means(network, {{unknown, unknown, unknown}, {0, 0, 1}})[0];
  const Tensor features = all_rows(data, "features"), labels = all_rows(data, "label");
  for (Index j = 0; j < 3; ++j) {
    double mean = 0;
    for (Index i = 0; i < draws; ++i) mean += static_cast<double>(features.view()(i, j)) / draws;
    EXPECT_NEAR(mean, expected[static_cast<std::size_t>(j)], 0.04);
    EXPECT_EQ(labels.view()(j, 2), 1);
  }
  const Tensor each = all_rows(generated(network, {{"class", std::string("each")}}), "label");
  for (Index i = 0; i < 300; ++i) EXPECT_EQ(each.view()(i, i % 3), 1) << i;
}

TEST(Generate, RefusesClassesThatThereAreNot) {
  Specs specs;
  specs.set<Network>("model", make_labelled(3, 3, 1.0, 43).spec());
  EXPECT_EQ(problems_of("ask.generate", {{"class", std::string("3")}}, specs),
            "with.class: any, each, or a number from 0 to 2 is expected, got '3'\n");
  EXPECT_EQ(problems_of("ask.generate", {{"class", std::string("each")}, {"part", std::string("digit")}}, specs),
            "with.class: no visible layer of the model shows 'digit'\n");
}

TEST(Denoise, PassesUpAndDownByMeansAsAReconstructionDoes) {
  const Network network = make_rbm(5, 4, 1.0, 51, "units.bernoulli", "units.bernoulli");
  const Dataset data = make_data(make_matrix({{1, 0, 1, 1, 0}, {0, 0, 0.5F, 1, 1}}));
  for (const std::int64_t passes : {1, 3}) {
    const Outputs ours = ask("denoise", network, data, {{"sweeps", passes}});
    const Outputs theirs =
        run_loaded("model.reconstruct", {{"passes", passes}}, FakeInputs().add("model", network).add("data", data));
    const Tensor a = all_rows(get<Dataset>(ours, "data"), "features"),
                 b = all_rows(get<Dataset>(theirs, "data"), "features");
    for (Index i = 0; i < a.size(); ++i) EXPECT_NEAR(a.data<float>()[i], b.data<float>()[i], 1e-6);
  }
}

TEST(Denoise, DrawsLeaveWhatTheModelHoldsTrue) {
  // Rows that are distributed as the model says still are after a sweep.
  const Network network = make_rbm(4, 3, 1.0, 41, "units.bernoulli", "units.bernoulli");
  const Tensor rows = all_rows(generated(network, {}), "features");
  const Outputs out =
      ask("denoise", network, make_data(rows), {{"by", std::string("draws")}, {"give", std::string("state")}});
  EXPECT_LT(distance(network, all_rows(get<Dataset>(out, "data"), "features"), 1), chance);
}

TEST(Features, AreAComposite) {
  const TypeInfo& type = loaded("ask.features");
  EXPECT_EQ(type.kind, TypeInfo::Kind::composite);
}

}  // namespace
}  // namespace harmonium::testing
