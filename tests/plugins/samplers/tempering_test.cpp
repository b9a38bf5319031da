#include <gtest/gtest.h>

#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "kernel/network/stationary.hpp"

/// Parallel tempering: the law of the chains at their own temperature, whatever the machine, and what it is for.
namespace harmonium::testing {
namespace {

const std::vector<double> betas = {1, 0.6, 0.3};
constexpr const char* three = "{use: sampler.tempering, with: {inverse_temperatures: [1, 0.6, 0.3]}}";
constexpr const char* three_glauber =
    "{use: sampler.tempering, with: {inverse_temperatures: [1, 0.6, 0.3], sampler: sampler.glauber}}";

Laws tempered_laws(const Network& network, double beta = 1) {
  Laws laws{all_joint_states(network), {}};
  for (const double share : betas) laws.of_replicas.push_back(boltzmann_law(network, beta * share));
  return laws;
}

double found(const Network& network, const Laws& laws, const std::string& sampler, double beta = 1,
             const Network* broken = nullptr) {
  return strangeness(
      network, laws,
      [&](Chains& chains) {
        const Network& swept = broken ? *broken : network;
        chains.prepare(swept, beta);
        make_value<Sampler>(sampler)->sweep(swept, chains, {3, Stream{2}});
        double accepted = 0;
        for (const double count : chains.swaps().accepted) accepted += count;
        EXPECT_GT(accepted, 0);
      },
      10000);
}

Network make_dbm(double deviation, std::uint64_t seed) {
  Network network;
  network.add(make_layer("visible", "units.bernoulli", 3, true));
  network.add(make_layer("lower", "units.bernoulli", 2, false));
  network.add(make_layer("upper", "units.bernoulli", 2, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  network.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(network, deviation, seed);
  return network;
}

TEST(Tempering, LeavesTheDistributionOfAnyMachineUnchanged) {
  // The last three are not bipartite: energies come from products there, and swaps before the sweep.
  const Network machines[] = {make_rbm(3, 3, 1.5, 19), make_rbm(3, 3, 1.5, 19, "units.spin", "units.softmax"),
                              make_dbm(1.5, 7), make_boltzmann(3, 2, 1, 17),
                              make_boltzmann(3, 2, 0.7, 23, "units.spin")};
  for (const Network& network : machines) EXPECT_LT(found(network, tempered_laws(network), three), 1);
  EXPECT_LT(found(machines[0], tempered_laws(machines[0]), three_glauber), 1);
  EXPECT_LT(found(machines[0], tempered_laws(machines[0], 0.7), three, 0.7), 1) << "chains at a temperature";
  Network broken = machines[0];
  for (float& bias : broken.layer(1).parameters.values<float>()) bias += 1;
  EXPECT_GT(found(machines[0], tempered_laws(machines[0]), three, 1, &broken), 2)
      << "the test would not notice a wrong conditional";
}

TEST(Tempering, AcceptsAsManySwapsAsTheEnergiesSay) {
  // Of the first two temperatures, whose swap is tried first: the mean over both laws of min(1, exp(0.4 (e - e'))).
  for (const Network& network : {make_rbm(3, 3, 1.5, 19), make_dbm(1.5, 7), make_boltzmann(3, 2, 1, 17)}) {
    const Laws laws = tempered_laws(network);
    std::vector<double> energies;
    for (const auto& state : laws.states) energies.push_back(naive_energy(network, state));
    double exact = 0;
    for (std::size_t s = 0; s < energies.size(); ++s)
      for (std::size_t t = 0; t < energies.size(); ++t)
        exact += laws.of_replicas[0][s] * laws.of_replicas[1][t] *
                 std::min(1.0, std::exp((betas[0] - betas[1]) * (energies[s] - energies[t])));
    EXPECT_LT(exact, 0.95);
    constexpr Index rows = 10000;
    double accepted = 0;
    strangeness(
        network, laws,
        [&](Chains& chains) {
          make_value<Sampler>(three)->sweep(network, chains, {1, Stream{2}});
          accepted = chains.swaps().accepted[0];
        },
        rows);
    EXPECT_NEAR(accepted / rows, exact, 5 * std::sqrt(exact * (1 - exact) / rows));
  }
}

TEST(Tempering, DoesNotTemperTheBaseMeasureOfCounts) {
  // p_beta(x) ~ h(x) exp(beta theta.t(x)), where h(x) = 2! / (x! (2 - x)!).
  Network network = make_rbm(2, 2, 1, 31, "{use: units.binomial, with: {trials: 2}}");
  Laws laws;
  std::vector<std::vector<double>> weights(betas.size());
  for (int code = 0; code < 3 * 3 * 4; ++code) {
    const auto digit = [&](int place, int of) { return static_cast<double>(code / place % of); };
    const std::vector<std::vector<double>> state = {{digit(1, 3), digit(3, 3)}, {digit(9, 2), digit(18, 2)}};
    double base = 1;
    for (const double x : state[0]) base *= x == 1 ? 2 : 1;
    for (std::size_t k = 0; k < betas.size(); ++k)
      weights[k].push_back(base * std::exp(-betas[k] * naive_energy(network, state)));
    laws.states.push_back(state);
  }
  for (const auto& of_replica : weights) laws.of_replicas.push_back(normalised(of_replica));
  EXPECT_LT(found(network, laws, three), 1);
  EXPECT_LT(found(network, laws, three_glauber), 1);
}

TEST(Tempering, ServesUnitsWithStatisticsBeyondTheirState) {
  // Gaussian visible units of precision 1: the sum over them is p_beta(h) ~ exp(beta (c.h + |b + W h|^2 / 2)).
  const Network network = make_rbm(2, 3, 0.8, 41, "units.gaussian");
  const View<const float> b = network.layer(0).parameters.view(), c = network.layer(1).parameters.view(),
                          w = network.link(0).weights.view();
  constexpr Index rows = 10000;
  std::vector<std::vector<double>> laws(betas.size());
  for (int code = 0; code < 8; ++code) {
    double exponent = 0;
    for (Index j = 0; j < 3; ++j) exponent += (code >> j & 1) * static_cast<double>(c(0, j));
    for (Index i = 0; i < 2; ++i) {
      double field = static_cast<double>(b(0, i));
      for (Index j = 0; j < 3; ++j) field += (code >> j & 1) * static_cast<double>(w(i, j));
      exponent += field * field / 2;
    }
    for (std::size_t k = 0; k < betas.size(); ++k) laws[k].push_back(std::exp(betas[k] * exponent));
  }
  for (auto& law : laws) law = normalised(law);
  for (const char* sampler : {three, three_glauber}) {
    Chains chains(network, 3 * rows);
    Tensor draws = Tensor::matrix(3 * rows, 1);
    uniform(Stream{1}, draws.view());
    for (Index i = 0; i < 3 * rows; ++i) {
      const std::vector<double>& law = laws[static_cast<std::size_t>(i / rows)];
      double left = static_cast<double>(draws.view()(i, 0));
      std::size_t code = 0;
      while (code + 1 < law.size() && left >= law[code]) left -= law[code++];
      for (Index j = 0; j < 3; ++j) chains[1].state(i, j) = static_cast<float>(code >> j & 1);
    }
    for (Index k = 0; k < 3; ++k) {
      Chains& part = chains.part(network, k, 3);
      part.prepare(network, betas[static_cast<std::size_t>(k)]);
      update_layer(network, 0, part, Stream{5, static_cast<std::uint64_t>(k)}, Draw::sample);
    }
    chains.prepare(network);
    make_value<Sampler>(sampler)->sweep(network, chains, {3, Stream{2}});
    std::vector<double> counts(8, 0.0);
    for (Index i = 0; i < rows; ++i) {
      std::size_t code = 0;
      for (Index j = 0; j < 3; ++j) code += static_cast<std::size_t>(chains[1].state(i, j)) << j;
      ++counts[code];
    }
    double chi_squared = 0;
    for (std::size_t code = 0; code < 8; ++code)
      chi_squared += std::pow(counts[code] - rows * laws[0][code], 2) / (rows * laws[0][code]);
    EXPECT_LT(chi_squared, 7 + 5 * std::sqrt(14.0)) << sampler;
  }
}

/// Two modes of unequal weight, all units on or off, between which no chain of Gibbs crosses.
Network make_bimodal() {
  Network network = make_rbm(8, 4, 0, 1);
  for (float& weight : network.link(0).weights.values<float>()) weight = 4;
  for (float& bias : network.layer(0).parameters.values<float>()) bias = -8;
  for (float& bias : network.layer(1).parameters.values<float>()) bias = -16;
  network.layer(1).parameters.view()(0, 0) -= 1;
  return network;
}

double share_of_ones(const std::string& sampler, const Network& network, Index rows, Index sweeps) {
  const Handle<Sampler> value = make_value<Sampler>(sampler);
  Chains chains(network, rows * value->replicas());
  chains.prepare(network);
  value->sweep(network, chains, {sweeps, Stream{3}});
  double on = 0;
  for (Index i = 0; i < rows; ++i) {
    double units = 0;
    for (const float unit : chains[0].state.row(i)) units += static_cast<double>(unit);
    on += units > 4;
  }
  return on / static_cast<double>(rows);
}

TEST(Tempering, CrossesBetweenModesWhereGibbsStaysInTheFirst) {
  const Network network = make_bimodal();
  double exact = 0;
  for (const auto& visible : all_states(network.layer(0)))
    if (std::accumulate(visible.begin(), visible.end(), 0.0) > 4)
      exact += std::exp(-naive_free_energy(network, visible) - naive_log_partition_function(network));
  constexpr Index rows = 500, sweeps = 150;
  const double gibbs = share_of_ones("sampler.gibbs", network, rows, sweeps);
  const double tempered =
      share_of_ones("{use: sampler.tempering, with: {temperatures: 10, lowest: 0.05}}", network, rows, sweeps);
  std::printf("share of the mode of ones: exact %.4f, Gibbs %.4f, tempered %.4f\n", exact, gibbs, tempered);
  EXPECT_GT(exact, 0.1);
  EXPECT_LT(exact, 0.9);
  // All chains begin at zero.
  EXPECT_LT(gibbs, 0.01);
  EXPECT_NEAR(tempered, exact, 5 * std::sqrt(exact * (1 - exact) / static_cast<double>(rows)));
}

TEST(Tempering, LeavesMeansGivenTheNeighboursAtTheChainsOwnTemperature) {
  const Network network = make_rbm(6, 5, 1, 3);
  constexpr Index rows = 50;
  Chains chains(network, 3 * rows);
  chains.prepare(network);
  make_value<Sampler>(three)->sweep(network, chains, {4, Stream{3}});
  Tensor mean = Tensor::matrix(rows, 5);
  input_to(network, 1, chains, mean.view());
  network.layer(1).units->mean(chains[1].theta, mean.view(), mean.view());
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < 5; ++j) EXPECT_NEAR(chains[1].mean(i, j), mean.view()(i, j), 1e-5);
  // As means: the visible states are theirs, those of the chains that have swapped as well.
  const std::uint8_t visible[] = {1, 0};
  Request request{4, Stream{3}};
  request.as_mean = {visible, 2};
  make_value<Sampler>(three)->sweep(network, chains, request);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < 6; ++j) EXPECT_EQ(chains[0].mean(i, j), chains[0].state(i, j));
}

TEST(Tempering, KeepsTheMeanOfAVisibleUnitUnbiasedByItsSwaps) {
  // Over draws of the neighbours the mean at the chain's own temperature is the unit's expectation.
  const Network network = make_rbm(3, 3, 1.5, 19);
  const Laws laws = tempered_laws(network);
  std::vector<double> sums(3, 0.0);
  constexpr Index rows = 10000;
  strangeness(
      network, laws,
      [&](Chains& chains) {
        make_value<Sampler>(three)->sweep(network, chains, {1, Stream{2}});
        for (Index i = 0; i < rows; ++i)
          for (Index j = 0; j < 3; ++j)
            sums[static_cast<std::size_t>(j)] += static_cast<double>(chains[0].mean(i, j)) / rows;
      },
      rows);
  for (std::size_t j = 0; j < 3; ++j) {
    double exact = 0;
    for (std::size_t s = 0; s < laws.states.size(); ++s) exact += laws.of_replicas[0][s] * laws.states[s][0][j];
    EXPECT_NEAR(sums[j], exact, 5 * std::sqrt(0.25 / rows));
  }
}

TEST(Tempering, HoldsInAllReplicasWhatIsHeldInTheFirst) {
  for (const Network& network : {make_rbm(6, 5, 1.0, 3), make_boltzmann(6, 5, 0.5, 3)})
    for (const bool whole : {false, true}) {
      constexpr Index rows = 20;
      Chains chains(network, 3 * rows);
      chains.prepare(network);
      uniform(Stream{9}, chains[0].state);
      for (Index i = 0; i < 3 * rows; ++i)
        for (float& value : chains[0].state.row(i)) value = value < 0.5F ? 0.0F : 1.0F;
      std::vector<float> before(chains[0].state.data, chains[0].state.data + rows * 6);
      std::vector<std::uint8_t> flags;
      for (Index k = 0; k < rows * 6; ++k) flags.push_back(k % 3 == 0);
      const std::uint8_t layers[] = {1, 0};
      const View<const std::uint8_t> held[] = {{flags.data(), rows, 6}, {}};
      Request request{4, Stream{5}};
      if (whole)
        request.held = {layers, 2};
      else
        request.held_units = {held, 2};
      make_value<Sampler>(three)->sweep(network, chains, request);
      for (Index i = 0; i < 3 * rows; ++i)
        for (Index j = 0; j < 6; ++j) {
          const auto at = static_cast<std::size_t>(i % rows * 6 + j);
          if (!whole && flags[at] == 0) continue;
          EXPECT_EQ(chains[0].state(i, j), before[at]);
        }
    }
}

TEST(Tempering, MovesRowsIndependentlyOnAnyNumberOfThreads) {
  for (const Network& network : {make_rbm(6, 5, 1.0, 3), make_boltzmann(6, 5, 0.5, 3)}) {
    Chains few(network, 3 * 4), many(network, 3 * 300);
    for (Chains* chains : {&few, &many}) chains->prepare(network);
    const int before = threads();
    set_threads(1);
    make_value<Sampler>(three)->sweep(network, few, {6, Stream{5}});
    set_threads(2);
    make_value<Sampler>(three)->sweep(network, many, {6, Stream{5}});
    set_threads(before);
    for (Index l = 0; l < 2; ++l)
      for (Index i = 0; i < 4; ++i)
        for (Index j = 0; j < few[l].state.columns; ++j) EXPECT_EQ(few[l].state(i, j), many[l].state(i, j));
  }
}

TEST(Tempering, CountsSwapsWhichAreAllAcceptedWhereEnergiesAreEqual) {
  Network network = make_rbm(4, 3, 0, 1);
  Chains chains(network, 3 * 10);
  chains.prepare(network);
  make_value<Sampler>(three)->sweep(network, chains, {5, Stream{1}});
  EXPECT_EQ(chains.swaps().tried, (std::vector<double>{50, 50}));
  EXPECT_EQ(chains.swaps().accepted, (std::vector<double>{50, 50}));
  randomise(network, 3, 5);
  chains.prepare(network);
  make_value<Sampler>(three)->sweep(network, chains, {5, Stream{1}});
  EXPECT_EQ(chains.swaps().tried, (std::vector<double>{100, 100}));
  EXPECT_LT(chains.swaps().accepted[0], 100);
}

TEST(Tempering, RefusesWhatItCannotTemper) {
  const Network network = make_rbm(4, 3, 1, 1);
  const auto refusal = [&](const std::string& with) -> std::string {
    try {
      make_value<Sampler>("{use: sampler.tempering, with: {" + with + "}}")->check(network.spec());
    } catch (const BadPipeline& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal(""), "");
  EXPECT_NE(refusal("sampler: sampler.descent").find("sampler.descent"), std::string::npos);
  EXPECT_NE(refusal("sampler: sampler.tempering").find("several temperatures"), std::string::npos);
  EXPECT_NE(refusal("inverse_temperatures: [1, 0.5, 0.6]").find("fall from 1"), std::string::npos);
  EXPECT_NE(refusal("inverse_temperatures: [0.9, 0.5]").find("fall from 1"), std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
