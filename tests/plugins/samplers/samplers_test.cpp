#include <gtest/gtest.h>

#include "harmonium/sampler.hpp"
#include "kernel/network/stationary.hpp"

/// What the kit cannot know of samplers: laws of their own, and what single ones are good for. What all of them promise
/// is checked by it (CMakeLists.txt).
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
    const auto sweep = [&](Chains& chains) {
      make_value<Sampler>("sampler.parallel")->sweep(network, chains, {3, Stream{2}});
    };
    EXPECT_LT(strangeness(network, normalised(law), sweep), 1);
    // It is not the machine's: the same test tells them apart.
    EXPECT_GT(strangeness(network, boltzmann_law(network), sweep), 2);
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

}  // namespace
}  // namespace harmonium::testing
