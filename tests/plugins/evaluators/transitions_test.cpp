#include <gtest/gtest.h>

#include <numeric>

#include "../../../plugins/evaluators/exact/transition_matrix.hpp"
#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// evaluator.transitions, and the matrices behind it.
namespace harmonium::testing {
namespace {

Network make_lateral(Index size, const std::string& units, double deviation, std::uint64_t seed) {
  Network network;
  network.add(make_layer("units", units, size, true));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  randomise(network, deviation, seed);
  return network;
}

/// An RBM that names its hidden layer first, so that block Gibbs does not follow the order of units.
Network make_turned_rbm() {
  Network network;
  network.add(make_layer("hidden", "units.bernoulli", 2, false));
  network.add(make_layer("visible", "units.spin", 2, true));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  randomise(network, 1, 3);
  return network;
}

Tensor matrix_of(const std::string& dynamics, const Network& network, double temperature = 1) {
  return transition_matrix(TwoStateMachine(network), dynamics_named(dynamics, network), temperature);
}

/// The number of a state that has a bit for each unit.
std::size_t number_of(const std::vector<std::vector<double>>& state) {
  std::size_t number = 0, bit = 1;
  for (const auto& layer : state)
    for (const double value : layer) {
      if (value > 0) number += bit;
      bit *= 2;
    }
  return number;
}

/// exp(-E / T) / Z by the number of the state.
std::vector<double> law_by_number(const Network& network, double temperature) {
  const std::vector<double> law = boltzmann_law(network, 1 / temperature);
  const auto states = all_joint_states(network);
  std::vector<double> by_number(law.size());
  for (std::size_t s = 0; s < law.size(); ++s) by_number[number_of(states[s])] = law[s];
  return by_number;
}

TEST(TransitionMatrix, IsWhatTheSamplersDo) {
  struct Case {
    const char *dynamics, *sampler;
    Network network;
  };
  const Network spins = make_lateral(4, "units.spin", 0.6, 5), deep = make_boltzmann(2, 2, 0.8, 11);
  constexpr double temperature = 1.5;
  for (const Case& at : {Case{"sequential", "sampler.gibbs", spins}, Case{"block", "sampler.gibbs", spins},
                         Case{"block", "sampler.gibbs", deep}, Case{"block", "sampler.gibbs", make_turned_rbm()},
                         Case{"glauber", "sampler.glauber", spins}, Case{"glauber", "sampler.glauber", deep},
                         Case{"parallel", "sampler.parallel", spins}, Case{"parallel", "sampler.parallel", deep}}) {
    const Tensor matrix = matrix_of(at.dynamics, at.network, temperature);
    const auto states = all_joint_states(at.network);
    const auto count = static_cast<Index>(states.size());
    constexpr Index each = 3000;
    Chains chains(at.network, count * each);
    for (Index i = 0; i < chains.rows(); ++i) set_state(chains, i, states[static_cast<std::size_t>(i / each)]);
    chains.prepare(at.network, 1 / temperature);
    make_value<Sampler>(at.sampler)->sweep(at.network, chains, {1, Stream{4}});
    std::vector<double> counts(static_cast<std::size_t>(count * count), 0.0);
    for (Index i = 0; i < chains.rows(); ++i)
      ++counts[number_of(states[static_cast<std::size_t>(i / each)]) * states.size() + number_of(state_of(chains, i))];
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const double p = matrix.values<double>()[static_cast<Index>(k)], n = each;
      // Five deviations, and three counts where so few are expected that they are not normal.
      EXPECT_NEAR(counts[k], n * p, 5 * std::sqrt(n * p * (1 - p)) + 3 * (p > 0)) << at.dynamics << " " << k;
    }
  }
}

TEST(TransitionMatrix, OfTheNamesDiffersWhereTheDynamicsDo) {
  const Network turned = make_turned_rbm();
  const Tensor block = matrix_of("block", turned), sequential = matrix_of("sequential", turned);
  double most = 0;
  for (Index k = 0; k < block.size(); ++k)
    most = std::max(most, std::abs(block.values<double>()[k] - sequential.values<double>()[k]));
  EXPECT_GT(most, 0.1) << "hidden units first, and visible units first, are different sweeps";
}

TEST(TransitionMatrix, KeepsTheBoltzmannLawUnitByUnitInDetailedBalanceOnlyWhereUnitsAreChosenAtRandom) {
  for (const Network& network : {make_lateral(5, "units.spin", 0.7, 5), make_lateral(5, "units.bernoulli", 1.5, 6),
                                 make_boltzmann(3, 2, 0.8, 11), make_turned_rbm()})
    for (const double temperature : {0.5, 1.0, 3.0}) {
      const std::vector<double> law = law_by_number(network, temperature);
      for (const char* dynamics : {"glauber", "sequential", "block"}) {
        const Tensor matrix = matrix_of(dynamics, network, temperature);
        EXPECT_LT(change_of(law, matrix), 1e-7) << dynamics;
        const std::vector<double> found = stationary_law(matrix);
        // The energies of the test and of the machine differ by the rounding of weights in float.
        for (std::size_t s = 0; s < law.size(); ++s) EXPECT_NEAR(found[s], law[s], 1e-6) << dynamics;
        if (std::string(dynamics) == "glauber")
          EXPECT_LT(imbalance_of(law, matrix), 1e-7);
        else
          EXPECT_GT(imbalance_of(law, matrix), 1e-4) << dynamics;
      }
    }
}

TEST(TransitionMatrix, OfParallelDynamicsKeepsTheLawOfPerettoInDetailedBalanceAndNotThatOfBoltzmann) {
  for (const char* units : {"units.bernoulli", "units.spin"})
    for (const double temperature : {0.8, 2.0}) {
      const Network network = make_lateral(4, units, 0.8, 31);
      const bool spins = std::string(units) == "units.spin";
      std::vector<double> weights(16);
      for (const auto& joint : all_joint_states(network)) {
        double weight = 1;
        for (Index j = 0; j < 4; ++j) {
          const auto bias = static_cast<double>(network.layer(0).parameters.view()(0, j));
          double field = bias;
          for (Index k = 0; k < 4; ++k)
            field += static_cast<double>(network.link(0).weights.view()(j, k)) * joint[0][static_cast<std::size_t>(k)];
          weight *= std::exp(bias * joint[0][static_cast<std::size_t>(j)] / temperature) *
                    (spins ? 2 * std::cosh(field / temperature) : 1 + std::exp(field / temperature));
        }
        weights[number_of(joint)] = weight;
      }
      const std::vector<double> law = normalised(weights);
      const Tensor matrix = matrix_of("parallel", network, temperature);
      EXPECT_LT(change_of(law, matrix), 1e-7);
      EXPECT_LT(imbalance_of(law, matrix), 1e-7);
      const std::vector<double> found = stationary_law(matrix),
                                said = parallel_law(TwoStateMachine(network), temperature);
      for (std::size_t s = 0; s < law.size(); ++s) {
        EXPECT_NEAR(found[s], law[s], 1e-6);
        EXPECT_NEAR(said[s], law[s], 1e-6);
      }
      EXPECT_GT(change_of(law_by_number(network, temperature), matrix), 1e-3);
    }
}

TEST(TransitionMatrix, ForgetsAtTheRateThatIsKnownOfTwoSpinsAndOfUnitsThatAreNotJoined) {
  Network pair = make_lateral(2, "units.spin", 0, 1);
  constexpr double coupling = 0.75;
  for (const auto& [i, j] : {std::pair{0, 1}, std::pair{1, 0}}) pair.link(0).weights.view()(i, j) = coupling;
  const auto second = [](const Tensor& matrix) { return second_eigenvalue(matrix, stationary_law(matrix)); };
  // Each spin follows the other by tanh(J / T): once a sweep all at once, twice one after the other.
  const double follows = std::tanh(coupling / 0.5);
  EXPECT_NEAR(second(matrix_of("parallel", pair, 0.5)), follows, 1e-8);
  EXPECT_NEAR(second(matrix_of("sequential", pair, 0.5)), follows * follows, 1e-8);
  // A spin is chosen or it is not: (1 + tanh) / 2 a turn.
  EXPECT_NEAR(second(matrix_of("glauber", pair, 0.5)), std::pow((1 + follows) / 2, 2), 1e-8);
  // Of n units that are not joined each is left out of all n turns with probability (1 - 1/n)^n.
  const Network alone = make_lateral(4, "units.bernoulli", 0, 1);
  EXPECT_NEAR(second(matrix_of("glauber", alone)), std::pow(0.75, 4), 1e-8);
  EXPECT_EQ(second(matrix_of("sequential", alone)), 0);
  EXPECT_EQ(relaxation_time(0), 0);
  EXPECT_NEAR(relaxation_time(std::exp(-0.25)), 4, 1e-12);
  // 1 - tanh(J / T)^2 is 1e-65: the pair is never seen to turn.
  const double frozen = second(matrix_of("sequential", pair, 0.01));
  EXPECT_EQ(frozen, 1);
  EXPECT_TRUE(std::isinf(relaxation_time(frozen)));
}

TEST(StationaryLaw, IsExactWhereProbabilitiesAreSmall) {
  // A birth and death chain has detailed balance: p(s) / p(s + 1) = down / up.
  Tensor chain = Tensor::of<double>({6, 6});
  for (Index s = 0; s < 6; ++s) {
    if (s < 5) chain.view<double>()(s, s + 1) = 1e-9;
    if (s > 0) chain.view<double>()(s, s - 1) = 0.5;
    chain.view<double>()(s, s) = 1 - (s < 5 ? 1e-9 : 0) - (s > 0 ? 0.5 : 0);
  }
  const std::vector<double> law = stationary_law(chain);
  for (std::size_t s = 0; s < 5; ++s) EXPECT_NEAR(law[s + 1] / law[s], 2e-9, 2e-9 * 1e-12);
  Tensor apart = Tensor::of<double>({2, 2});
  apart.view<double>()(0, 0) = apart.view<double>()(1, 1) = 1;
  EXPECT_NE(message_of([&] { stationary_law(apart); }).find("the temperature is too low"), std::string::npos);
}

TEST(Transitions, GivesTheLawsOfAllDynamicsSideBySide) {
  const Network network = make_lateral(3, "units.spin", 0.7, 5);
  FakeInputs inputs;
  inputs.add("model", network);
  FakeContext context;
  const Outputs outputs = run_registered("evaluator.transitions", {{"temperature", 1.5}}, inputs, context);
  const Table &table = get<Table>(outputs, "table"), &laws = get<Table>(outputs, "laws");
  ASSERT_EQ(table.rows.size(), 4U);
  for (std::size_t d = 0; d < 4; ++d) {
    const bool parallel = table.rows[d].label == "parallel";
    EXPECT_EQ(table.rows[d].values[0] < 1e-12, !parallel);
    EXPECT_EQ(table.rows[d].values[1] < 1e-12, !parallel);
    EXPECT_EQ(table.rows[d].values[2] < 1e-12, parallel);
    EXPECT_EQ(table.rows[d].values[3] < 1e-12, parallel || table.rows[d].label == "glauber");
  }
  EXPECT_EQ(laws.columns,
            (std::vector<std::string>{"Boltzmann", "Peretto", "glauber", "sequential", "block", "parallel"}));
  ASSERT_EQ(laws.rows.size(), 8U);
  const std::vector<double> law = law_by_number(network, 1.5);
  for (std::size_t place = 0; place < 8; ++place) {
    std::size_t number = 0;
    for (std::size_t j = 0; j < 3; ++j) number += laws.rows[place].label[j] == '+' ? std::size_t{1} << j : 0;
    EXPECT_NEAR(laws.rows[place].values[0], law[number], 1e-6) << laws.rows[place].label;
    EXPECT_LE(laws.rows[place].values[0], laws.rows[place > 0 ? place - 1 : 0].values[0]);
  }
  Specs in, out;
  in.set<Network>("model", make_rbm(8, 3, 1, 1).spec());
  registered("evaluator.transitions", {})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].message, "the model has 11 units; up to 10 are enumerated");
}

}  // namespace
}  // namespace harmonium::testing
