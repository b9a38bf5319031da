#include <numeric>

#include "../../../plugins/evaluators/exact/transition_matrix.hpp"
#include "../../../plugins/evaluators/mixing/chain_statistics.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// evaluator.mixing, and its statistics.
namespace harmonium::testing {
namespace {

/// Chains of x(t + 1) = rho x(t) + noise, with variance 1, each from its stationary law.
Tensor autoregressive(double rho, Index chains, Index sweeps, std::uint64_t seed = 1) {
  Tensor noise = Tensor::matrix(chains, sweeps), draws = Tensor::of<double>({chains, sweeps});
  normal(Stream{seed}, noise.view());
  for (Index m = 0; m < chains; ++m)
    for (Index t = 0; t < sweeps; ++t) {
      const auto fresh = static_cast<double>(noise.view()(m, t));
      draws.view<double>()(m, t) =
          t == 0 ? fresh : rho * draws.view<double>()(m, t - 1) + std::sqrt(1 - rho * rho) * fresh;
    }
  return draws;
}

TEST(AutocorrelationTime, OfAnAutoregressiveSeriesIsTheOneKnown) {
  for (const double rho : {0.0, 0.5, 0.9, -0.3}) {
    const Index chains = 20, sweeps = 5000;
    const Tensor draws = autoregressive(rho, chains, sweeps);
    const double tau = (1 + rho) / (1 - rho), all = static_cast<double>(chains * sweeps);
    // Sokal 1997, eq. 3.19: the variance of the estimate is 2 (2 M + 1) / N tau^2, with a window M of 5 tau; five
    // deviations, and a hundredth for what lies beyond the window.
    const double error = tau * (5 * std::sqrt(2 * (2 * std::max(1.0, 5 * tau) + 1) / all) + 0.01);
    EXPECT_NEAR(autocorrelation_time(draws.view<double>()), tau, error) << rho;
    if (rho >= 0) {
      EXPECT_NEAR(all / effective_sample_size(draws.view<double>()), tau, 2 * error) << rho;
    }
  }
  // Draws that avoid each other are worth more than independent ones.
  EXPECT_GT(effective_sample_size(autoregressive(-0.5, 4, 5000).view<double>()), 40000);
}

TEST(RHat, IsOneWhereChainsHaveOneLawAndLargeWhereTheyDoNot) {
  EXPECT_NEAR(r_hat(autoregressive(0.5, 8, 4000).view<double>()), 1, 0.01);
  const auto changed = [](auto&& change) {
    Tensor draws = autoregressive(0.5, 8, 4000);
    for (Index m = 0; m < 8; ++m)
      for (Index t = 0; t < 4000; ++t) change(draws.view<double>()(m, t), m, t);
    return r_hat(draws.view<double>());
  };
  EXPECT_GT(changed([](double& x, Index m, Index) { x += m < 4 ? 0 : 3; }), 1.5);
  // A chain that is elsewhere in its second half is not one law either; nor are chains of different widths.
  EXPECT_GT(changed([](double& x, Index, Index t) { x += t < 2000 ? 0 : 3; }), 1.5);
  EXPECT_GT(changed([](double& x, Index m, Index) { x *= m < 4 ? 1 : 5; }), 1.1);
  // Ranks know no scale: squeezing the values together, and Cauchy's tails, change nothing.
  EXPECT_NEAR(changed([](double& x, Index, Index) { x = std::exp(3 * x); }), 1, 0.02);
}

TEST(RHat, OfChainsThatStandStillIsWithoutBoundAndOfDrawsThatAreAllTheSameIsNotANumber) {
  Tensor draws = Tensor::of<double>({4, 100});
  EXPECT_TRUE(std::isnan(r_hat(draws.view<double>())));
  EXPECT_TRUE(std::isnan(autocorrelation_time(draws.view<double>())));
  EXPECT_TRUE(std::isnan(effective_sample_size(draws.view<double>())));
  for (Index m = 0; m < 4; ++m)
    for (double& value : draws.view<double>().row(m)) value = static_cast<double>(m);
  EXPECT_GT(r_hat(draws.view<double>()), 1e6);
  EXPECT_LT(effective_sample_size(draws.view<double>()), 10);
}

TEST(RHat, OfDrawsOfTwoValuesIsOne) {
  Tensor draws = Tensor::of<double>({4, 2000}), random = Tensor::matrix(4, 2000);
  uniform(Stream{1}, random.view());
  for (Index k = 0; k < draws.size(); ++k) draws.data<double>()[k] = random.data<float>()[k] < 0.5F;
  EXPECT_NEAR(r_hat(draws.view<double>()), 1, 0.01);
}

/// 1 + 2 sum over t of the correlation of E(0) and E(t), by the exact matrix of a sweep.
double exact_time(const Network& network, const std::string& dynamics) {
  const TwoStateMachine machine(network);
  const Tensor matrix = transition_matrix(machine, dynamics_named(dynamics, network), 1);
  const std::vector<double> law = harmonium::boltzmann_law(machine, 1);
  std::vector<double> energy(law.size());
  double mean = 0, variance = 0;
  machine.enumerate([&](Index, double e, std::uint32_t state, Index) { energy[state] = e; });
  for (std::size_t s = 0; s < law.size(); ++s) mean += law[s] * energy[s];
  for (double& e : energy) e -= mean;
  for (std::size_t s = 0; s < law.size(); ++s) variance += law[s] * energy[s] * energy[s];
  double tau = 1;
  std::vector<double> later = energy;
  for (int t = 1; t < 500; ++t) {
    std::vector<double> next(later.size(), 0.0);
    double covariance = 0;
    for (std::size_t s = 0; s < law.size(); ++s) {
      for (std::size_t to = 0; to < law.size(); ++to)
        next[s] += matrix.view<double>()(static_cast<Index>(s), static_cast<Index>(to)) * later[to];
      covariance += law[s] * energy[s] * next[s];
    }
    tau += 2 * covariance / variance;
    later.swap(next);
  }
  return tau;
}

TEST(Mixing, OfASmallMachineTakesTheTimeThatItsTransitionMatrixSays) {
  Network network = make_boltzmann(3, 2, 1.2, 11, "units.spin");
  for (const auto& [sampler, dynamics] :
       {std::pair{"sampler.gibbs", "block"}, std::pair{"sampler.glauber", "glauber"}}) {
    const double tau = exact_time(network, dynamics);
    ASSERT_GT(tau, 1.5) << "nothing to see";
    constexpr Index chains = 32, sweeps = 1500;
    FakeInputs inputs;
    inputs.add("model", network);
    FakeContext context;
    const Outputs outputs = run_registered(
        "evaluator.mixing",
        {{"sampler", sampler}, {"chains", chains}, {"sweeps", sweeps}, {"burn_in", Index{100}}, {"units", true}},
        inputs, context);
    const Table& table = get<Table>(outputs, "table");
    const std::vector<double>& row = table.rows.at(0).values;
    const double error = tau * (5 * std::sqrt(2 * (10 * tau + 1) / static_cast<double>(chains * sweeps)) + 0.01);
    EXPECT_NEAR(row[0], tau, error) << sampler;
    EXPECT_NEAR(row[1], static_cast<double>(chains * sweeps) / tau,
                2 * error / tau * static_cast<double>(chains * sweeps) / tau);
    EXPECT_NEAR(row[2], 1, 0.02);
    EXPECT_NEAR(row[4], 1, 0.05);
    EXPECT_GT(row[5], 100);
    EXPECT_LT(row[5], static_cast<double>(chains * sweeps));
    EXPECT_EQ(get<Table>(outputs, "trace").rows.size(), static_cast<std::size_t>(sweeps));
    EXPECT_EQ(get<Table>(outputs, "trace").columns.size(), static_cast<std::size_t>(chains));
    EXPECT_TRUE(context.warnings.empty());
  }
}

TEST(Mixing, OfSnapshotsHasARowForEachAndSaysWhereChainsAreStuck) {
  Snapshots snapshots;
  Network network = make_boltzmann(4, 3, 0, 1, "units.spin");
  snapshots.taken.push_back({0, network});
  // A ferromagnet whose two sides no chain leaves, told apart by a small field.
  for (std::size_t i = 0; i < network.links().size(); ++i) {
    Link& link = network.link(static_cast<Index>(i));
    for (float& weight : link.weights.values<float>()) weight = 3;
    link.connection->constrain(network.ends(static_cast<Index>(i)), link.weights.view());
  }
  for (float& bias : network.layer(0).parameters.values<float>()) bias = 0.1F;
  snapshots.taken.push_back({7, network});
  FakeInputs inputs;
  inputs.add("snapshots", snapshots);
  FakeContext context;
  const Outputs outputs = run_registered("evaluator.mixing", {{"sweeps", Index{300}}}, inputs, context);
  const Table& table = get<Table>(outputs, "table");
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0].label, "0");
  EXPECT_EQ(table.rows[1].label, "7");
  EXPECT_TRUE(std::isnan(table.rows[0].values[2])) << "without weights all states have one energy";
  EXPECT_GT(table.rows[1].values[2], 1.5);
  EXPECT_LT(table.rows[1].values[1], 100);
  EXPECT_EQ(context.warnings.size(), 1U);
}

TEST(Mixing, OfTemperedChainsIsThatOfTheColdestAndLessThanWithoutTempering) {
  // Replicas at other temperatures were once taken for chains.
  const Network network = make_boltzmann(3, 2, 1.5, 11, "units.spin");
  const auto found = [&](const std::string& sampler) {
    FakeInputs inputs;
    inputs.add("model", network);
    FakeContext context;
    const Outputs outputs = run_registered(
        "evaluator.mixing", {{"sampler", sampler}, {"chains", Index{16}}, {"sweeps", Index{4000}}}, inputs, context);
    return get<Table>(outputs, "table").rows.at(0).values;
  };
  const std::vector<double> plain = found("sampler.gibbs"), tempered = found("sampler.tempering");
  EXPECT_LT(tempered[0], 0.8 * plain[0]);
  EXPECT_NEAR(tempered[2], 1, 0.02);
  const TwoStateMachine machine(network);
  const std::vector<double> law = harmonium::boltzmann_law(machine, 1);
  std::vector<double> parts(law.size());
  machine.enumerate([&](Index, double e, std::uint32_t state, Index) { parts[state] = law[state] * e; });
  EXPECT_NEAR(tempered[3], std::accumulate(parts.begin(), parts.end(), 0.0), 0.05);
}

TEST(Mixing, SaysBeforeAnyWorkWhatItNeeds) {
  const auto problems = [](const Settings& settings, bool model, bool snapshots) {
    Specs in, out;
    const ModelSpec spec = make_rbm(3, 2, 1, 1).spec();
    if (model) in.set<Network>("model", spec);
    if (snapshots) in.set<Snapshots>("snapshots", spec);
    registered("evaluator.mixing", settings)->outputs(in, out);
    return out.problems().size();
  };
  EXPECT_EQ(problems({}, true, false), 0U);
  EXPECT_EQ(problems({}, false, true), 0U);
  EXPECT_EQ(problems({}, true, true), 1U);
  EXPECT_EQ(problems({}, false, false), 1U);
  EXPECT_EQ(problems({{"sampler", "sampler.mean_field"}}, true, false), 1U);
  EXPECT_EQ(problems({{"sampler", "sampler.descent"}}, true, false), 1U);
}

}  // namespace
}  // namespace harmonium::testing
