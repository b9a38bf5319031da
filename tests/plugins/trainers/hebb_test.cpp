#include <gtest/gtest.h>

#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

Network make_memory(Index size, const std::string& units) {
  Network network;
  network.add(make_layer("units", units, size, true));
  network.layer(0).part = "features";
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  return network;
}

Dataset patterns(Index count, Index size, bool spins, std::uint64_t seed = 7) {
  Tensor values = Tensor::matrix(count, size);
  uniform(Stream{seed}, values.view());
  for (float& value : values.values<float>()) value = value < 0.5F ? (spins ? -1.0F : 0.0F) : 1.0F;
  return make_data(std::move(values));
}

Outputs store(const std::string& minus, const Network& memory, const Dataset& data, const Settings& more = {}) {
  Settings settings = more;
  settings.emplace_back("minus", minus);
  FakeInputs inputs;
  inputs.add("model", memory).add("data", data);
  FakeContext context;
  return run_registered("trainer.hebb", settings, inputs, context);
}

double strict_minima(const Outputs& outputs) { return get<Table>(outputs, "course").rows.back().values[0]; }

TEST(Hebb, StoresTheMeanOfTheProducts) {
  const Dataset data = patterns(3, 6, true);
  const Outputs outputs = store("nothing", make_memory(6, "units.spin"), data);
  const auto rows = as_rows(data);
  const Network& model = get<Network>(outputs, "model");
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) {
      double mean = 0;
      for (const auto& row : rows) mean += row[static_cast<std::size_t>(i)] * row[static_cast<std::size_t>(j)] / 3;
      EXPECT_NEAR(model.link(0).weights.view()(i, j), i == j ? 0 : mean, 1e-6);
    }
  for (const float bias : model.layer(0).parameters.values<float>()) EXPECT_EQ(bias, 0);
}

TEST(Hebb, GivesBinaryUnitsTheSameEnergiesAsSpinsUpToAConstant) {
  const Network spins = get<Network>(store("nothing", make_memory(5, "units.spin"), patterns(3, 5, true)), "model");
  const Network binary =
      get<Network>(store("nothing", make_memory(5, "units.bernoulli"), patterns(3, 5, false)), "model");
  double constant = 0;
  for (int code = 0; code < 32; ++code) {
    std::vector<double> s, x;
    for (int j = 0; j < 5; ++j) {
      x.push_back(code >> j & 1);
      s.push_back(2 * x.back() - 1);
    }
    const double difference = naive_energy(binary, {x}) - naive_energy(spins, {s});
    if (code == 0) constant = difference;
    EXPECT_NEAR(difference, constant, 1e-4);
  }
}

TEST(Unlearning, HoldsAsManyPatternsAsThereAreUnitsWhereHebbsRuleHoldsAFew) {
  constexpr Index size = 30;
  for (const char* units : {"units.spin", "units.bernoulli"}) {
    const Dataset data = patterns(size, size, std::string(units) == "units.spin");
    EXPECT_LT(strict_minima(store("nothing", make_memory(size, units), data)), 20);
    const Outputs outputs =
        store("valleys of patterns", make_memory(size, units), data, {{"epochs", std::int64_t{500}}});
    EXPECT_EQ(strict_minima(outputs), 100) << units;
  }
}

TEST(Unlearning, OfEveryKindHoldsMoreThanHebbsRule) {
  // Patterns that Hebb's rule does not hold, no two of which, mirrored or not, lie in one neighbourhood: no rule can
  // have each of them lower than the other.
  const auto nearest = [](const Dataset& data) {
    const auto rows = as_rows(data);
    double least = 12;
    for (std::size_t a = 0; a < rows.size(); ++a)
      for (std::size_t b = 0; b < a; ++b) {
        double product = 0;
        for (std::size_t j = 0; j < rows[a].size(); ++j) product += rows[a][j] * rows[b][j];
        least = std::min(least, (12 - std::abs(product)) / 2);
      }
    return least;
  };
  const auto hebb = [](const Dataset& data) {
    return strict_minima(store("nothing", make_memory(12, "units.spin"), data));
  };
  std::uint64_t seed = 1;
  while (nearest(patterns(5, 12, true, seed)) < 4 || hebb(patterns(5, 12, true, seed)) == 100) ++seed;
  const Dataset data = patterns(5, 12, true, seed);
  for (const char* minus : {"all", "valleys", "valleys of patterns", "neighbourhood"})
    EXPECT_EQ(strict_minima(store(minus, make_memory(12, "units.spin"), data, {{"epochs", std::int64_t{1000}}})), 100)
        << minus;
}

TEST(Unlearning, OfAllStatesByTheirProbabilityFollowsTheGradientOfTheLikelihood) {
  // Patterns that Hebb's rule does not hold.
  std::uint64_t seed = 1;
  while (strict_minima(store("nothing", make_memory(4, "units.spin"), patterns(3, 4, true, seed))) == 100) ++seed;
  const Dataset data = patterns(3, 4, true, seed);
  const auto rows = as_rows(data);
  const auto after = [&](std::int64_t epochs) {
    return get<Network>(store("all", make_memory(4, "units.spin"), data, {{"epochs", epochs}, {"rate", 1e-3}}),
                        "model");
  };
  const Network first = get<Network>(store("nothing", make_memory(4, "units.spin"), data), "model"), then = after(1);
  const auto states = all_states(first.layer(0));
  const auto likelihood = [&](const Network& at) {
    double sum = 0, z = 0;
    for (const auto& row : rows) sum -= naive_energy(at, {row}) / 3;
    for (const auto& state : states) z += std::exp(-naive_energy(at, {state}));
    return sum - std::log(z);
  };
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < i; ++j) {
      Network up = first, down = first;
      for (const auto& [a, b] : {std::pair{i, j}, std::pair{j, i}}) {
        up.link(0).weights.view()(a, b) += 1.0F / 64;
        down.link(0).weights.view()(a, b) -= 1.0F / 64;
      }
      const double step = static_cast<double>(then.link(0).weights.view()(i, j) - first.link(0).weights.view()(i, j));
      EXPECT_NEAR(step / 1e-3, (likelihood(up) - likelihood(down)) * 32, 2e-3) << i << " " << j;
    }
}

TEST(Unlearning, OfAllStatesAlikeIsTwiceHebbsRuleAfterAnEpochAtRateOne) {
  for (const char* units : {"units.spin", "units.bernoulli"}) {
    // Patterns that Hebb's rule does not hold, so that there is an epoch.
    const bool spins = std::string(units) == "units.spin";
    std::uint64_t seed = 1;
    while (strict_minima(store("nothing", make_memory(6, units), patterns(4, 6, spins, seed))) == 100) ++seed;
    const Dataset data = patterns(4, 6, spins, seed);
    const Network once = get<Network>(store("nothing", make_memory(6, units), data), "model");
    const Network then = get<Network>(
        store("all alike", make_memory(6, units), data, {{"epochs", std::int64_t{1}}, {"rate", 1.0}}), "model");
    double most = 0;
    for (Index i = 0; i < 6; ++i)
      for (Index j = 0; j < 6; ++j) {
        const float hebb = once.link(0).weights.view()(i, j);
        EXPECT_NEAR(then.link(0).weights.view()(i, j), 2 * hebb, 1e-6) << units;
        most = std::max(most, std::abs(static_cast<double>(hebb)));
      }
    EXPECT_GT(most, 0.1);
  }
}

TEST(Hebb, RefusesPatternsThatAreNotOfTwoValues) {
  Tensor grey = Tensor::matrix(2, 4);
  for (float& value : grey.values<float>()) value = 0.5F;
  EXPECT_NE(message_of([&] { store("nothing", make_memory(4, "units.spin"), make_data(grey)); }).find("data.binarise"),
            std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
