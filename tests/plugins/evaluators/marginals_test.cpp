#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// evaluator.marginals and evaluator.ground_states.
namespace harmonium::testing {
namespace {

Outputs evaluate(const std::string& type, const Settings& settings, const Network& model) {
  FakeInputs inputs;
  inputs.add("model", model);
  FakeContext context;
  return run_registered(type, settings, inputs, context);
}

std::vector<std::string> problems_of(const std::string& type, const Settings& settings, const Network& model) {
  Specs in, out;
  in.set<Network>("model", model.spec());
  registered(type, settings)->outputs(in, out);
  std::vector<std::string> all;
  for (const auto& problem : out.problems()) all.push_back(problem.where + ": " + problem.message);
  return all;
}

Network make_lateral(Index size, const std::string& units, double deviation, std::uint64_t seed) {
  Network network;
  network.add(make_layer("units", units, size, true));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  randomise(network, deviation, seed);
  return network;
}

TEST(Marginals, AreExactByEnumerationAndFoundWithinTheErrorOfIndependentDraws) {
  for (const char* units : {"units.bernoulli", "units.spin"}) {
    // Joined by nothing, units are drawn anew at every sweep.
    Network network = make_lateral(8, units, 0, 1);
    fill_normal(network.layer(0).parameters, 1, 3);
    constexpr Index chains = 10, most = 1000;
    constexpr double temperature = 1.5;
    const Outputs outputs =
        evaluate("evaluator.marginals",
                 {{"sweeps", list({Index{10}, most})}, {"chains", chains}, {"temperature", temperature}}, network);
    const Table &table = get<Table>(outputs, "table"), &means = get<Table>(outputs, "means");
    const auto states = all_joint_states(network);
    const std::vector<double> law = boltzmann_law(network, 1 / temperature);
    double largest = 0, squares = 0, expected = 0;
    for (std::size_t j = 0; j < 8; ++j) {
      double exact = 0, square = 0;
      for (std::size_t s = 0; s < law.size(); ++s) {
        exact += law[s] * states[s][0][j];
        square += law[s] * states[s][0][j] * states[s][0][j];
      }
      EXPECT_NEAR(means.rows[j].values[0], exact, 1e-6);
      const double variance = (square - exact * exact) / static_cast<double>(chains * most);
      const double error = means.rows[j].values[1] - exact;
      EXPECT_LT(std::abs(error), 5 * std::sqrt(variance));
      largest = std::max(largest, std::abs(error));
      squares += error * error / 8;
      expected += variance / 8;
    }
    EXPECT_EQ(table.rows[1].label, "1000");
    EXPECT_NEAR(table.rows[1].values[0], largest, 1e-6);
    EXPECT_NEAR(table.rows[1].values[1], std::sqrt(squares), 1e-6);
    // A hundredth of the sweeps: ten times the error, which itself is known of eight units to a factor of three.
    EXPECT_GT(table.rows[0].values[1], 10 * std::sqrt(expected) / 3);
    EXPECT_LT(table.rows[0].values[1], 10 * std::sqrt(expected) * 3);
    EXPECT_GT(table.rows[1].values[1], std::sqrt(expected) / 3);
  }
}

TEST(Marginals, OfNaiveMeanFieldAreWrongByTheMagnetisationThatAFerromagnetOfItsKindWouldHave) {
  constexpr Index n = 8;
  constexpr double coupling = 0.3, temperature = 1.2;
  Network network = make_lateral(n, "units.spin", 0, 1);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) network.link(0).weights.view()(i, j) = i == j ? 0 : static_cast<float>(coupling);
  const Settings settings = {{"sampler", "{use: sampler.mean_field, with: {tolerance: 0}}"},
                             {"sweeps", list({Index{300}})}};
  const auto error_at = [&](double at) {
    Settings with = settings;
    with.emplace_back("temperature", at);
    return get<Table>(evaluate("evaluator.marginals", with, network), "table").rows[0].values;
  };
  // By symmetry every exact mean is 0. Mean field has m = tanh((n - 1) J m / T), two signs below T = (n - 1) J = 2.1.
  double m = 1;
  for (int step = 0; step < 1000; ++step) m = std::tanh((n - 1) * coupling * m / temperature);
  ASSERT_GT(m, 0.5);
  const auto cold = error_at(temperature), warm = error_at(3);
  EXPECT_NEAR(cold[0], m, 1e-4);
  EXPECT_NEAR(cold[1], m, 1e-4) << "chains of different signs do not make up for each other";
  EXPECT_LT(warm[0], 1e-5);
}

TEST(Marginals, SaysBeforeAnyWorkWhatItCannotDo) {
  const Network network = make_rbm(4, 3, 1, 1);
  const auto problems = [&](const Settings& settings) { return problems_of("evaluator.marginals", settings, network); };
  EXPECT_TRUE(problems({{"sampler", "sampler.mean_field"}}).empty());
  EXPECT_EQ(problems({{"sampler", "sampler.descent"}}),
            std::vector<std::string>{"with.sampler: sampler.descent goes down in energy, and has no means to give"});
  EXPECT_EQ(problems({{"sweeps", list({Index{10}, Index{10}})}}),
            std::vector<std::string>{"with.sweeps: numbers of sweeps are given in rising order"});
  EXPECT_EQ(problems_of("evaluator.marginals", {}, make_rbm(20, 6, 1, 1)),
            std::vector<std::string>{"in.model: the model has 26 units; up to 25 are enumerated"});
}

TEST(GroundStates, AreHitByDescentAsOftenAsItLeadsThereFromAllStates) {
  for (const char* units : {"units.spin", "units.bernoulli"}) {
    const Network network = make_lateral(6, units, 1, 17);
    const double low = std::string(units) == "units.spin" ? -1 : 0;
    double ground = 1e9;
    for (const auto& state : all_joint_states(network)) ground = std::min(ground, naive_energy(network, state));
    double leads = 0, mean = 0;
    for (auto state : all_joint_states(network)) {
      for (int sweep = 0; sweep < 20; ++sweep)
        for (double& unit : state[0]) {
          const double before = naive_energy(network, state), kept = unit;
          unit = unit > low ? low : 1;
          if (naive_energy(network, state) >= before) unit = kept;
        }
      leads += naive_energy(network, state) < ground + 1e-6;
      mean += naive_energy(network, state) / 64;
    }
    ASSERT_LT(leads, 64) << "every way leads to the ground state";
    constexpr Index chains = 3000;
    const Outputs outputs =
        evaluate("evaluator.ground_states",
                 {{"sampler", "sampler.descent"}, {"sweeps", list({Index{20}})}, {"chains", chains}}, network);
    const auto& row = get<Table>(outputs, "table").rows[0].values;
    const double share = leads / 64;
    EXPECT_NEAR(row[0], 100 * share, 5 * 100 * std::sqrt(share * (1 - share) / static_cast<double>(chains))) << units;
    EXPECT_GT(row[1], ground);
    EXPECT_NEAR(row[1], mean, 0.1);
    EXPECT_NEAR(row[2], ground, 1e-6);
    EXPECT_NEAR(row[3], ground, 1e-6);
  }
}

TEST(Marginals, OfTemperedChainsAreThoseOfTheColdest) {
  // Replicas at other temperatures were once taken for chains.
  Network network = make_lateral(6, "units.spin", 0.5, 5);
  fill_normal(network.layer(0).parameters, 1, 3);
  const Outputs outputs =
      evaluate("evaluator.marginals",
               {{"sampler", "sampler.tempering"}, {"sweeps", list({Index{3000}})}, {"chains", Index{20}}}, network);
  // 60,000 draws, of which an independent one is worth a few.
  EXPECT_LT(get<Table>(outputs, "table").rows[0].values[0], 5 * std::sqrt(5 / 60000.0));
  const Outputs found =
      evaluate("evaluator.ground_states",
               {{"sampler", "sampler.tempering"}, {"sweeps", list({Index{20}})}, {"chains", Index{16}}}, network);
  const auto& row = get<Table>(found, "table").rows[0].values;
  EXPECT_NEAR(row[2], row[3], 1e-6);
}

TEST(GroundStates, AreFoundMoreOftenTheSlowerTheAnnealing) {
  const Network network = make_lateral(12, "units.spin", 0.3, 5);
  const Outputs outputs =
      evaluate("evaluator.ground_states", {{"sweeps", list({Index{1}, Index{200}})}, {"chains", Index{500}}}, network);
  const Table& table = get<Table>(outputs, "table");
  // Each share has a deviation of at most 2.3 %.
  EXPECT_GT(table.rows[1].values[0], table.rows[0].values[0] + 5 * 2.3 * std::sqrt(2.0));
  EXPECT_LT(table.rows[1].values[1], table.rows[0].values[1]);
  EXPECT_EQ(problems_of("evaluator.ground_states", {{"sampler", "sampler.mean_field"}}, network),
            std::vector<std::string>{"with.sampler: sampler.mean_field returns means, which are no states"});
}

}  // namespace
}  // namespace harmonium::testing
