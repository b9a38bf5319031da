#include <gtest/gtest.h>

#include "kernel/network/stationary.hpp"

/// Every sampler keeps the promise of its law; block Gibbs has tests of its own beside the network.
namespace harmonium::testing {
namespace {

/// One layer whose units are all joined.
Network make_lateral(Index size, const std::string& units, double deviation, std::uint64_t seed) {
  Network network;
  network.add(make_layer("units", units, size, true));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  randomise(network, deviation, seed);
  return network;
}

double field(const Network& network, const std::vector<double>& state, Index j) {
  double sum = static_cast<double>(network.layer(0).parameters.view()(0, j));
  for (std::size_t k = 0; k < state.size(); ++k)
    sum += static_cast<double>(network.link(0).weights.view()(j, static_cast<Index>(k))) * state[k];
  return sum;
}

TEST(Glauber, LeavesTheDistributionOfAnyMachineUnchanged) {
  for (const Network& network : {make_boltzmann(3, 3, 0.7, 17), make_boltzmann(3, 2, 0.5, 23, "units.spin"),
                                 make_rbm(3, 3, 1, 19, "units.bernoulli", "units.softmax")})
    expect_unchanged("sampler.glauber", network, boltzmann_law(network));
  const Network network = make_boltzmann(3, 3, 0.7, 17);
  Network broken = network;
  for (float& bias : broken.layer(1).parameters.values<float>()) bias += 1;
  expect_unchanged("sampler.glauber", network, boltzmann_law(network), &broken);
}

TEST(ParallelDynamics, HasALawOfItsOwn) {
  // Peretto 1984: pi(s) ~ exp(b's) prod_j (1 + exp(field_j)) for binary units, 2 cosh(field_j) for spins.
  for (const char* units : {"units.bernoulli", "units.spin"}) {
    const Network network = make_lateral(4, units, 0.8, 31);
    std::vector<double> law;
    for (const auto& joint : all_joint_states(network)) {
      double log_weight = 0;
      for (Index j = 0; j < 4; ++j) {
        const double f = field(network, joint[0], j);
        log_weight +=
            static_cast<double>(network.layer(0).parameters.view()(0, j)) * joint[0][static_cast<std::size_t>(j)];
        log_weight += std::string(units) == "units.spin" ? std::log(2 * std::cosh(f)) : std::log1p(std::exp(f));
      }
      law.push_back(std::exp(log_weight));
    }
    expect_unchanged("sampler.parallel", network, normalised(law));
    // It is not the machine's: the same test tells them apart.
    EXPECT_GT(strangeness(network, boltzmann_law(network),
                          [&](Chains& chains) {
                            make_value<Sampler>("sampler.parallel")->sweep(network, chains, {3, Stream{2}});
                          }),
              2);
  }
}

TEST(Descent, LowersTheEnergyWithEverySweepUntilNothingChanges) {
  for (const char* units : {"units.spin", "units.bernoulli"})
    for (const char* order : {"sequential", "random"}) {
      const Network network = make_lateral(12, units, 1, 5);
      constexpr Index rows = 40;
      Chains chains(network, rows);
      chains.prepare(network);
      uniform(Stream{3}, chains[0].state);
      const float off = std::string(units) == "units.spin" ? -1 : 0;
      for (Index i = 0; i < rows; ++i)
        for (float& value : chains[0].state.row(i)) value = value < 0.5F ? off : 1;
      const Handle<Sampler> descent =
          make_value<Sampler>(std::string("{use: sampler.descent, with: {order: ") + order + "}}");
      std::vector<double> before(rows, 1e9);
      for (std::uint64_t s = 0; s < 30; ++s) {
        descent->sweep(network, chains, {1, Stream{1, s}});
        for (Index i = 0; i < rows; ++i) {
          const double energy = naive_energy(network, state_of(chains, i));
          EXPECT_LE(energy, before[static_cast<std::size_t>(i)] + 1e-9);
          before[static_cast<std::size_t>(i)] = energy;
        }
      }
      // A minimum: no unit could go lower.
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < 12; ++j) {
          auto state = state_of(chains, i);
          double& unit = state[0][static_cast<std::size_t>(j)];
          unit = unit > 0 ? static_cast<double>(off) : 1;
          EXPECT_GE(naive_energy(network, state), before[static_cast<std::size_t>(i)] - 1e-5);
        }
    }
}

TEST(Descent, KeepsAUnitAtZeroFieldAndAllAtOnceMayEndInACycleOfTwo) {
  Network network = make_lateral(2, "units.spin", 0, 1);
  Chains chains(network, 2);
  chains.prepare(network);
  set_state(chains, 0, {{1, -1}});
  set_state(chains, 1, {{-1, -1}});
  for (const char* order : {"sequential", "random", "at once"}) {
    make_value<Sampler>(std::string("{use: sampler.descent, with: {order: ") + order + "}}")
        ->sweep(network, chains, {3, Stream{1}});
    EXPECT_EQ(state_of(chains, 0)[0], (std::vector<double>{1, -1}));
    EXPECT_EQ(state_of(chains, 1)[0], (std::vector<double>{-1, -1}));
  }
  network.link(0).weights.view()(0, 1) = network.link(0).weights.view()(1, 0) = 1;
  const Handle<Sampler> at_once = make_value<Sampler>("{use: sampler.descent, with: {order: at once}}");
  at_once->sweep(network, chains, {1, Stream{1}});
  EXPECT_EQ(state_of(chains, 0)[0], (std::vector<double>{-1, 1}));
  at_once->sweep(network, chains, {1, Stream{1}});
  EXPECT_EQ(state_of(chains, 0)[0], (std::vector<double>{1, -1}));
}

/// How many of the chains end in the state of the lowest energy.
double share_at_the_ground(const std::string& sampler, const Network& network, Index sweeps) {
  constexpr Index rows = 400;
  double ground = 1e9;
  for (const auto& state : all_joint_states(network)) ground = std::min(ground, naive_energy(network, state));
  Chains chains(network, rows);
  chains.prepare(network);
  uniform(Stream{3}, chains[0].state);
  for (Index i = 0; i < rows; ++i)
    for (float& value : chains[0].state.row(i)) value = value < 0.5F ? -1 : 1;
  make_value<Sampler>(sampler)->sweep(network, chains, {sweeps, Stream{7}});
  double found = 0;
  for (Index i = 0; i < rows; ++i) found += naive_energy(network, state_of(chains, i)) < ground + 1e-6;
  EXPECT_EQ(chains.inverse_temperature(), 1);
  return found / rows;
}

TEST(Annealing, FindsTheGroundStateOfSpinGlassesMoreOftenThanDescent) {
  double annealed = 0, descended = 0;
  constexpr int glasses = 5;
  for (std::uint64_t seed = 1; seed <= glasses; ++seed) {
    const Network glass = make_lateral(12, "units.spin", 1 / std::sqrt(12.0), 100 * seed);
    annealed += share_at_the_ground(
        "{use: sampler.annealing, with: {temperature: {use: schedule.linear, with: {from: 2, to: 0.05}}}}", glass, 200);
    descended += share_at_the_ground("sampler.descent", glass, 200);
  }
  std::printf("ground state: annealed %.3f, descended %.3f\n", annealed / glasses, descended / glasses);
  // Of 400 chains a share has a deviation of at most 0.025.
  EXPECT_GT(annealed / glasses, descended / glasses + 5 * 0.025 * std::sqrt(2.0 / glasses));
}

TEST(MeanField, EndsWhereEveryMeanIsTheOneGivenTheOthers) {
  for (const Network& network : {make_boltzmann(4, 3, 0.4, 3), make_boltzmann(4, 3, 0.3, 3, "units.spin")}) {
    Chains chains(network, 3);
    chains.prepare(network);
    make_value<Sampler>("{use: sampler.mean_field, with: {tolerance: 1e-7}}")->sweep(network, chains, {500, Stream{}});
    for (Index l = 0; l < 2; ++l) {
      Tensor input = Tensor::matrix(3, network.layer(l).size), mean = input;
      input_to(network, l, chains, input.view());
      network.layer(l).units->mean(chains[l].theta, input.view(), mean.view());
      for (Index i = 0; i < 3; ++i)
        for (Index j = 0; j < network.layer(l).size; ++j) EXPECT_NEAR(chains[l].state(i, j), mean.view()(i, j), 1e-5);
    }
  }
}

TEST(MeanField, IsExactWhereNothingIsJoinedAndNearWhereConnectionsAreWeak) {
  for (const double deviation : {0.0, 0.1}) {
    Network network = make_boltzmann(3, 3, deviation, 3);
    for (Index l = 0; l < 2; ++l) fill_normal(network.layer(l).parameters, 1, 40 + static_cast<std::uint64_t>(l));
    Chains chains(network, 1);
    chains.prepare(network);
    make_value<Sampler>("sampler.mean_field")->sweep(network, chains, {200, Stream{}});
    const auto states = all_joint_states(network);
    const std::vector<double> p = boltzmann_law(network);
    for (std::size_t l = 0; l < 2; ++l)
      for (std::size_t j = 0; j < 3; ++j) {
        double exact = 0;
        for (std::size_t s = 0; s < p.size(); ++s) exact += p[s] * states[s][l][j];
        EXPECT_NEAR(chains[static_cast<Index>(l)].mean(0, static_cast<Index>(j)), exact, deviation > 0 ? 0.02 : 1e-5);
      }
  }
}

class EverySampler : public ::testing::TestWithParam<const char*> {
 protected:
  static void start(const Network& network, Chains& chains) {
    chains.prepare(network);
    for (Index l = 0; l < chains.size(); ++l) {
      uniform(Stream{9, static_cast<std::uint64_t>(l)}, chains[l].state);
      for (Index i = 0; i < chains.rows(); ++i)
        for (float& value : chains[l].state.row(i)) value = value < 0.5F ? 0.0F : 1.0F;
    }
  }
};

TEST_P(EverySampler, NeverMovesWhatIsHeld) {
  for (const Network& network : {make_rbm(6, 5, 1.0, 3), make_boltzmann(6, 5, 0.5, 3)}) {
    constexpr Index rows = 30;
    Chains chains(network, rows);
    start(network, chains);
    std::vector<std::vector<std::uint8_t>> flags(2);
    std::vector<View<const std::uint8_t>> held;
    std::vector<std::vector<float>> before;
    for (Index l = 0; l < 2; ++l) {
      const Index size = chains[l].state.columns;
      for (Index k = 0; k < rows * size; ++k) flags[static_cast<std::size_t>(l)].push_back(k % 3 == 0);
      before.emplace_back(chains[l].state.data, chains[l].state.data + rows * size);
      held.emplace_back(flags[static_cast<std::size_t>(l)].data(), rows, size);
    }
    const std::uint8_t whole[] = {1, 0};
    const Handle<Sampler> sampler = make_value<Sampler>(GetParam());
    sampler->sweep(network, chains, {4, Stream{5}, {}, held});
    for (std::size_t l = 0; l < 2; ++l)
      for (std::size_t k = 0; k < before[l].size(); ++k)
        if (flags[l][k]) {
          EXPECT_EQ(chains[static_cast<Index>(l)].state.data[k], before[l][k]);
        }
    const std::vector<float> visible(chains[0].state.data, chains[0].state.data + chains[0].state.size());
    sampler->sweep(network, chains, {4, Stream{6}, {whole, 2}});
    EXPECT_EQ(visible, std::vector<float>(chains[0].state.data, chains[0].state.data + chains[0].state.size()));
  }
}

TEST_P(EverySampler, MovesRowsIndependentlyOfEachOther) {
  const Network network = make_boltzmann(6, 5, 0.5, 3);
  Chains few(network, 4), many(network, 11);
  start(network, few);
  start(network, many);
  const Handle<Sampler> sampler = make_value<Sampler>(GetParam());
  sampler->sweep(network, few, {5, Stream{5}});
  sampler->sweep(network, many, {5, Stream{5}});
  for (Index l = 0; l < 2; ++l)
    for (Index i = 0; i < 4; ++i)
      for (Index j = 0; j < few[l].state.columns; ++j) EXPECT_NEAR(few[l].state(i, j), many[l].state(i, j), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(All, EverySampler,
                         ::testing::Values("sampler.gibbs", "sampler.glauber", "sampler.parallel", "sampler.descent",
                                           "{use: sampler.descent, with: {order: random}}",
                                           "{use: sampler.descent, with: {order: at once}}", "sampler.annealing",
                                           "{use: sampler.mean_field, with: {tolerance: 0}}"));

}  // namespace
}  // namespace harmonium::testing
