#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "evaluators/annealed/estimate.hpp"
#include "evaluators/annealed/path.hpp"
#include "evaluators/annealed/schedule.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// evaluator.ais against sums over all states of small machines.
namespace harmonium::testing {
namespace {

double log_sum(const std::vector<double>& logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - most);
  return most + std::log(sum);
}

/// By adding up the states of one layer of two-state units, the layers joined to it being summed out.
double exact_log_z(const Network& network, Index added_up) {
  std::vector<double> logs;
  for (const std::vector<double>& x : all_states(network.layer(added_up))) {
    double log = 0;
    const Layer& layer = network.layer(added_up);
    for (Index j = 0; j < layer.size; ++j)
      log += static_cast<double>(layer.parameters.view()(0, j)) * x[static_cast<std::size_t>(j)];
    for (const Link& link : network.links()) {
      const bool to_b = link.a == added_up;
      const Layer& other = network.layer(to_b ? link.b : link.a);
      std::vector<double> input(static_cast<std::size_t>(other.size), 0.0);
      for (Index j = 0; j < other.size; ++j)
        for (Index i = 0; i < layer.size; ++i)
          input[static_cast<std::size_t>(j)] +=
              static_cast<double>(to_b ? link.weights.view()(i, j) : link.weights.view()(j, i)) *
              x[static_cast<std::size_t>(i)];
      Tensor theta = Tensor::matrix(other.units->statistics(), other.size);
      other.units->natural(other.parameters.view(), theta.view());
      const std::vector<double> in_double(theta.data<float>(), theta.data<float>() + theta.size());
      other.units->add_log_partition({in_double.data(), theta.rows(), theta.columns()}, {input.data(), 1, other.size},
                                     {&log, 1});
    }
    logs.push_back(log);
  }
  return log_sum(logs);
}

struct Estimate {
  double log_z, half, there, back, effective, gap;
  bool converged;
  std::string verdict;
};

/// Estimates of many machines have a seed each: with the same random numbers they would err alike.
Estimate estimate(const Network& network, const Settings& settings, std::uint64_t seed = 42) {
  FakeInputs inputs;
  inputs.add("model", network);
  FakeContext context(seed);
  const Outputs outputs = run_registered("evaluator.ais", settings, inputs, context);
  const Table::Row& row = get<Table>(outputs, "table").rows.at(0);
  return {row.values[0], (row.values[3] - row.values[2]) / 2, row.values[5], row.values[6], row.values[4],
          row.values[7], row.verdict == "converged",          row.verdict};
}

/// Log weights of a Gaussian law of deviation s there and back: exp(w) has the mean exp(L) there and exp(-L) back, and
/// each way is the other's reversal.
std::vector<double> gaussian_weights(double mean, double deviation, std::uint64_t seed) {
  Tensor drawn = Tensor::matrix(1, 4000);
  normal(Stream{seed}, drawn.view());
  std::vector<double> weights;
  for (const float value : drawn.values<float>()) weights.push_back(mean + deviation * static_cast<double>(value));
  return weights;
}

TEST(LogMean, HasTheErrorAndTheEffectiveNumberOfItsWeights) {
  // Of log weights N(m, s^2): the mean weight is exp(m + s^2 / 2), relative variance exp(s^2) - 1.
  constexpr double s = 0.7;
  const LogMean found = log_mean(gaussian_weights(3, s, 1));
  const double variance = std::exp(s * s) - 1;
  EXPECT_NEAR(found.value, 3 + s * s / 2, 5 * std::sqrt(variance / 4000));
  EXPECT_NEAR(found.error, std::sqrt(variance / 4000), 0.1 * std::sqrt(variance / 4000));
  EXPECT_NEAR(found.effective / 4000, 1 / (1 + variance), 0.05);
  const std::vector<double> huge = {2000, 2000 + std::log(3.0)};
  EXPECT_NEAR(log_mean(huge).value, 2000 + std::log(2.0), 1e-12);
}

TEST(Bridge, IsWithinItsErrorAndCloserThanEitherWay) {
  // Bennett's ratio is good where either mean alone is hopeless.
  constexpr double truth = -2, s = 3;
  int closer = 0;
  for (std::uint64_t trial = 0; trial < 20; ++trial) {
    const std::vector<double> there = gaussian_weights(truth - s * s / 2, s, 10 + trial),
                              back = gaussian_weights(-truth - s * s / 2, s, 50 + trial);
    const LogMean found = bridge(there, back);
    EXPECT_LT(std::abs(found.value - truth), 4.5 * found.error);
    EXPECT_LT(found.error, 0.1);
    closer += std::abs(found.value - truth) < std::abs(log_mean(there).value - truth);
  }
  EXPECT_GE(closer, 15);
}

const char* const visible[] = {"units.bernoulli",
                               "units.spin",
                               "{use: units.gaussian, with: {precision: 1}}",
                               "{use: units.softmax, with: {classes: 4}}",
                               "{use: units.binomial, with: {trials: 3}}",
                               "units.poisson",
                               "units.truncated_gaussian",
                               "{use: units.at_most_one, with: {block: 4}}",
                               "units.bernoulli",
                               "units.spin"};

/// Machines of every unit type, one after the other, of which one side can be added up.
Network random_machine(std::uint64_t seed, double deviation) {
  const std::uint64_t kind = seed % 10;
  if (kind < 8)
    return make_rbm(8, 6, deviation, seed + 1, visible[kind], kind % 2 == 0 ? "units.bernoulli" : "units.spin");
  Network deep = make_rbm(7, 6, deviation, seed + 1, visible[kind], visible[kind]);
  deep.add(make_layer("above", visible[kind], 5, false));
  deep.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(deep, deviation, seed + 1);
  return deep;
}

void show(const char* what, std::uint64_t seed, double exact, const Estimate& found) {
  if (std::getenv("HARMONIUM_SHOW"))
    fmt::print("{} {} exact {:.4f} error {:.4f} half {:.4f} effective {:.1f} there {:.4f} back {:.4f} {}\n", what, seed,
               exact, found.log_z - exact, found.half, found.effective, found.there - exact, found.back - exact,
               found.verdict);
  std::fflush(stdout);
}

/// Of 100 machines, with weights of a deviation of up to 1.
void expect_held_and_called_converged(std::uint64_t first_seed, double of_poisson, const Settings& settings) {
  int held = 0, converged = 0;
  std::vector<double> halves;
  for (std::uint64_t k = 0; k < 100; ++k) {
    const double deviation = static_cast<double>(k / 10 + 1) / 10;
    const Network network = random_machine(first_seed + k, k % 10 == 5 ? of_poisson * deviation : deviation);
    const double exact = exact_log_z(network, 1);
    const Estimate found = estimate(network, settings, first_seed + k);
    held += std::abs(found.log_z - exact) <= found.half;
    converged += found.converged;
    halves.push_back(found.half);
    show("random", first_seed + k, exact, found);
  }
  std::sort(halves.begin(), halves.end());
  EXPECT_GE(held, 97);
  EXPECT_GE(converged, 95);
  EXPECT_LE(halves[50], 0.1);
}

TEST(AnnealedImportanceSampling, HoldsTheExactLogZOfRandomMachinesInItsIntervalAndSaysSo) {
  // Weights of Poisson units are logarithms of rates: one hidden state outweighs all others by hundreds of nats, and
  // chains of the way back come to it only if they are warm at times.
  expect_held_and_called_converged(300, 1,
                                   {{"temperatures", std::int64_t{1000}},
                                    {"burn_in", std::int64_t{300}},
                                    {"sampler", "{use: sampler.tempering, with: {temperatures: 10}}"}});
}

TEST(AnnealedImportanceSampling, NeedsNoTemperedChainsForMachinesWithoutLargeRates) {
  expect_held_and_called_converged(400, 0.5, {{"temperatures", std::int64_t{1000}}});
}

/// Units that are off alone and on together, by weights that outweigh their biases by a few nats only when nearly all
/// of them are on: a mode with most of the probability, at whose place a little warmer nothing is.
Network with_planted_mode(std::uint64_t seed) {
  constexpr Index together = 7;
  Network network = make_rbm(10, 8, 0.3, seed);
  const double strength = 1 + static_cast<double>(seed / 2 % 5) / 4, margin = 3 + static_cast<double>(seed / 10 % 5);
  const auto bias = static_cast<float>((static_cast<double>(together * together) * strength - margin) / (2 * together));
  for (Index i = 0; i < together; ++i) {
    for (Index j = 0; j < together; ++j) network.link(0).weights.view()(i, j) += static_cast<float>(strength);
    network.layer(0).parameters.view()(0, i) -= bias;
    network.layer(1).parameters.view()(0, i) -= bias;
  }
  return network;
}

TEST(AnnealedImportanceSampling, HoldsTheExactLogZWhateverTheHiddenUnitsAre) {
  int held = 0, converged = 0, machines = 0;
  for (const double size : {0.3, 0.6, 0.9})
    for (std::uint64_t kind = 2; kind < 8; ++kind) {
      const std::uint64_t seed = 70 + static_cast<std::uint64_t>(++machines);
      const Network network =
          make_rbm(6, 8, size, seed, kind % 2 == 0 ? "units.bernoulli" : "units.spin", visible[kind]);
      const double exact = exact_log_z(network, 0);
      const Estimate found = estimate(network, {{"temperatures", std::int64_t{1000}}}, seed);
      held += std::abs(found.log_z - exact) <= found.half;
      converged += found.converged;
      show("hidden", kind, exact, found);
    }
  // Of 18 intervals that hold it in 99 of 100 cases, two miss it in 1 of 70 trials.
  EXPECT_GE(held, 17);
  EXPECT_GE(converged, 17);
}

TEST(AnnealedImportanceSampling, CertifiesTheModel) {
  const Network network = make_rbm(8, 6, 0.5, 1);
  FakeInputs inputs;
  inputs.add("model", network);
  FakeContext context;
  const Outputs outputs = run_registered("evaluator.ais", {{"temperatures", std::int64_t{200}}}, inputs, context);
  const Table::Row& row = get<Table>(outputs, "table").rows.at(0);
  const Certificate* known = get<Network>(outputs, "model").certificate();
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->log_z, row.values[0]);
  EXPECT_EQ(known->low, row.values[2]);
  EXPECT_EQ(known->verdict, row.verdict);
  EXPECT_EQ(known->runs, 100);
  EXPECT_EQ(known->temperatures, 200);
  EXPECT_EQ(known->burn_in, 1000);
  EXPECT_EQ(known->data, "");
}

TEST(AnnealedImportanceSampling, SaysHowTheRowsWereMadeWhoseRatesTheBaseHas) {
  const auto data_of = [](const std::string& made, const Tensor& rows) {
    FakeInputs inputs;
    Dataset data = make_data(rows);
    DataSpec spec = data.spec();
    spec.parts[0].made = made;
    inputs.add("model", make_rbm(3, 2, 0.5, 1)).add("data", Dataset(spec, data.source()));
    FakeContext context;
    const Outputs outputs = run_registered("evaluator.ais", {{"temperatures", std::int64_t{20}}}, inputs, context);
    return get<Network>(outputs, "model").certificate()->data;
  };
  const Tensor bits = make_matrix({{0, 1, 0}, {1, 1, 0}}), shades = make_matrix({{0, 1, 0}, {1, 0.5F, 0}});
  EXPECT_EQ(data_of("drawn", bits), "drawn");
  EXPECT_EQ(data_of("thresholded", bits), "thresholded");
  EXPECT_EQ(data_of("", bits), "as they came");
  EXPECT_EQ(data_of("", shades), "grey");
}

TEST(AnnealedImportanceSampling, OfAnAdaptiveScheduleHoldsTheExactLogZToo) {
  int held = 0, converged = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Network network = random_machine(seed, 0.5);
    const double exact = exact_log_z(network, 1);
    const Estimate found = estimate(network, {{"temperatures", std::int64_t{1000}}, {"schedule", "adaptive"}}, seed);
    held += std::abs(found.log_z - exact) <= found.half;
    converged += found.converged;
    show("adaptive", seed, exact, found);
  }
  EXPECT_GE(held, 19);
  EXPECT_GE(converged, 18);
}

std::vector<Tensor> flat_base(const Network& network) {
  std::vector<Tensor> base;
  for (const Layer& layer : network.layers()) base.push_back(Tensor::matrix(layer.units->statistics(), layer.size));
  return base;
}

/// How much log weights of so many even steps differ over runs.
std::vector<double> costs(AnnealedPath& path, Index steps) {
  path.begin();
  std::vector<double> cost;
  for (Index k = 1; k <= steps; ++k) {
    std::vector<double> weights(static_cast<std::size_t>(path.runs()), 0.0);
    path.step(static_cast<double>(k) / static_cast<double>(steps), static_cast<std::uint64_t>(k), weights);
    cost.push_back(deviation(weights));
  }
  return cost;
}

/// A layer more, joined to the one before.
Network with_layer(Network network, const std::string& units, Index size) {
  network.add(make_layer("layer " + std::to_string(network.size()), units, size, false));
  network.connect(make_value<Connection>("connection.dense"), network.size() - 2, network.size() - 1);
  return network;
}

constexpr const char* gaussian = "{use: units.gaussian, with: {precision: 1}}";
constexpr const char* softmax = "{use: units.softmax, with: {classes: 4}}";

TEST(AnnealedPath, SumsOutRealValuesAndUnboundedCountsThenTheMostLayersThenHiddenOnes) {
  const auto summed = [](const Network& network) {
    const AnnealedPath path(network, flat_base(network), 10, Stream{1});
    std::string layers;
    for (Index l = 0; l < network.size(); ++l) layers += path.summed(l) ? 's' : '-';
    return layers;
  };
  EXPECT_EQ(summed(make_rbm(3, 2, 1, 1)), "-s");
  for (const char* unbounded : {"units.poisson", gaussian, "units.truncated_gaussian"}) {
    EXPECT_EQ(summed(make_rbm(3, 4, 1, 1, unbounded)), "s-");
    EXPECT_EQ(summed(make_rbm(3, 4, 1, 1, unbounded, softmax)), "s-");
    EXPECT_EQ(summed(make_rbm(3, 4, 1, 1, "units.spin", unbounded)), "-s");
    EXPECT_EQ(summed(with_layer(make_rbm(3, 4, 1, 1, "units.spin", unbounded), "units.spin", 2)), "-s-");
  }
  EXPECT_EQ(summed(with_layer(make_rbm(3, 4, 1, 1), "units.bernoulli", 2)), "s-s");
  EXPECT_EQ(summed(make_rbm(3, 4, 1, 1, gaussian, gaussian)), "-s");
  // Classes beside a layer that is joined within do not keep the hidden units from it.
  Network digits = make_rbm(3, 5, 1, 1);
  digits.connect(make_value<Connection>("connection.lateral"), 0, 0);
  digits.add(make_layer("class", softmax, 4, true));
  digits.connect(make_value<Connection>("connection.dense"), 1, 2);
  EXPECT_EQ(summed(digits), "-s-");
}

TEST(AnnealedImportanceSampling, HoldsTheExactLogZOfDeepMachinesOfSeveralKindsOfUnits) {
  int held = 0, machines = 0;
  for (const char* shown : {"units.poisson", gaussian, softmax, "units.truncated_gaussian"})
    for (const char* above : {"units.bernoulli", gaussian, "units.poisson"}) {
      const std::uint64_t seed = 500 + static_cast<std::uint64_t>(++machines);
      Network network = with_layer(make_rbm(8, 6, 0.4, seed, shown, "units.spin"), above, 5);
      randomise(network, 0.4, seed);
      const double exact = exact_log_z(network, 1);
      const Estimate found = estimate(network, {{"temperatures", std::int64_t{1000}}}, seed);
      EXPECT_TRUE(found.converged) << shown << " " << above << " " << found.verdict;
      held += std::abs(found.log_z - exact) <= found.half;
      show("deep", seed, exact, found);
    }
  // Two of twelve are missed in 1 of 160 trials.
  EXPECT_GE(held, 11);
}

TEST(AnnealedImportanceSampling, OfRatesInTheHundredThousandsIsNotBentByRounding) {
  // A single mode, all units on, has exp(12) nats: runs all err alike, which no interval would show.
  Network network = make_rbm(1, 12, 0, 1, "units.poisson");
  for (float& weight : network.link(0).weights.values<float>()) weight = 1;
  for (float& bias : network.layer(0).parameters.values<float>()) bias = 0;
  for (float& bias : network.layer(1).parameters.values<float>()) bias = 0;
  const double exact = exact_log_z(network, 1);
  ASSERT_NEAR(exact, std::exp(12), 1e-3);
  for (const std::int64_t temperatures : {1000, 10000}) {
    const Estimate found = estimate(network, {{"temperatures", temperatures}, {"burn_in", std::int64_t{50}}});
    show("large", static_cast<std::uint64_t>(temperatures), exact, found);
    EXPECT_NEAR(found.log_z, exact, found.half + 1e-3);
  }
}

TEST(AnnealedImportanceSampling, HoldsTheExactLogZWhereRealValuesAreLeft) {
  // exp(-x . P x / 2 + b . x) has log Z = (n log 2 pi - log det P + b . P^-1 b) / 2.
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    Network network = make_rbm(3, 2, 0.3, seed, gaussian, gaussian);
    constexpr std::size_t n = 5;
    std::array<std::array<double, n + 1>, n> rows{};
    for (std::size_t i = 0; i < n; ++i) {
      rows[i][i] = 1;
      rows[i][n] = static_cast<double>(i < 3 ? network.layer(0).parameters.view()(0, static_cast<Index>(i))
                                             : network.layer(1).parameters.view()(0, static_cast<Index>(i) - 3));
      for (std::size_t j = 3; j < n && i < 3; ++j)
        rows[i][j] = rows[j][i] =
            -static_cast<double>(network.link(0).weights.view()(static_cast<Index>(i), static_cast<Index>(j) - 3));
    }
    // By elimination, whose pivots have the determinant and the quadratic form.
    double exact = static_cast<double>(n) / 2 * std::log(2 * 3.14159265358979);
    for (std::size_t k = 0; k < n; ++k) {
      exact += -std::log(rows[k][k]) / 2 + rows[k][n] * rows[k][n] / rows[k][k] / 2;
      for (std::size_t i = k + 1; i < n; ++i) {
        const double factor = rows[i][k] / rows[k][k];
        for (std::size_t j = k; j <= n; ++j) rows[i][j] -= factor * rows[k][j];
      }
    }
    const Estimate found = estimate(network, {{"temperatures", std::int64_t{1000}}}, seed);
    show("real", seed, exact, found);
    EXPECT_TRUE(found.converged) << found.verdict;
    EXPECT_NEAR(found.log_z, exact, 1.5 * found.half);
  }
}

TEST(Schedules, RiseFromNoughtToOne) {
  const Network network = make_rbm(20, 10, 1, 1);
  AnnealedPath path(network, flat_base(network), 50, Stream{1});
  for (const std::vector<double>& betas : {evenly(301), three_segments(301), at_equal_cost(costs(path, 50), 301)}) {
    ASSERT_EQ(betas.size(), 301U);
    EXPECT_EQ(betas.front(), 0);
    EXPECT_EQ(betas.back(), 1);
    for (std::size_t k = 1; k < betas.size(); ++k) EXPECT_GT(betas[k], betas[k - 1]);
  }
  EXPECT_NEAR(three_segments(30)[1], 0.5, 1e-12);
  EXPECT_NEAR(three_segments(30)[9], 0.9, 1e-12);
}

TEST(Schedules, AtEqualCostHaveStepsThatVaryAlike) {
  // Weights that take hold late: even steps cost next to nothing at first.
  const Network network = with_planted_mode(0);
  constexpr Index runs = 400, count = 41;
  const std::vector<Tensor> base = flat_base(network);
  AnnealedPath ahead(network, base, runs, Stream{1}), adapted(network, base, runs, Stream{2}),
      even(network, base, runs, Stream{3});
  const auto spread = [](AnnealedPath& path, const std::vector<double>& betas) {
    path.begin();
    double least = 1e9, most = 0;
    for (std::size_t k = 1; k < betas.size(); ++k) {
      std::vector<double> weights(static_cast<std::size_t>(path.runs()), 0.0);
      path.step(betas[k], k, weights);
      const double error = mean_of(weights).error;
      least = std::min(least, error);
      most = std::max(most, error);
    }
    return most / least;
  };
  const double of_adapted = spread(adapted, at_equal_cost(costs(ahead, 40), count)),
               of_even = spread(even, evenly(count));
  EXPECT_LT(of_adapted, of_even / 2) << of_adapted << " " << of_even;
}

TEST(AnnealedImportanceSampling, HoldsTheExactLogZOfMachinesWhoseUnitsAreAllJoined) {
  // Nothing is summed out where every layer is joined within; else the layer that is not.
  for (const char* units : {"units.bernoulli", "units.spin"})
    for (const int kind : {0, 1, 2}) {
      Network network = kind == 0 ? make_boltzmann(5, 4, 0.5, 3, units) : make_rbm(6, 4, 0.5, 3, units, units);
      if (kind > 0) network.connect(make_value<Connection>("connection.lateral"), kind == 1 ? 0 : 1, kind == 1 ? 0 : 1);
      randomise(network, 0.5, 3);
      std::vector<double> logs;
      for (const auto& state : all_joint_states(network)) logs.push_back(-naive_energy(network, state));
      const double exact = log_sum(logs);
      const Estimate found = estimate(network, {{"temperatures", std::int64_t{500}}, {"burn_in", std::int64_t{300}}});
      show(units, static_cast<std::uint64_t>(kind), exact, found);
      EXPECT_TRUE(found.converged) << units << " " << kind << " " << found.verdict;
      EXPECT_NEAR(found.log_z, exact, found.half) << units << " " << kind;
    }
}

TEST(AnnealedImportanceSampling, BeginsAtTheDataWithHiddenUnitsThatKnowThem) {
  // Two phases: rows of ones with the layer above on and the top off, e^9 times likelier than all off below a top that
  // is free. Any unit of the layer between keeps the top off, any unit of the top that layer.
  Network deep;
  deep.add(make_layer("features", "units.bernoulli", 6, true));
  deep.add(make_layer("between", "units.bernoulli", 6, false));
  deep.add(make_layer("top", "units.bernoulli", 60, false));
  for (const Index l : {0, 1}) {
    deep.connect(make_value<Connection>("connection.dense"), l, l + 1);
    for (float& weight : deep.link(l).weights.values<float>()) weight = l == 0 ? 3.0F : -1.0F;
    for (float& bias : deep.layer(l).parameters.values<float>()) bias = l == 0 ? -6.0F : -3.5F;
  }
  const double exact = exact_log_z(deep, 1);
  Tensor ones = Tensor::matrix(50, 6);
  for (float& value : ones.values<float>()) value = 1;
  FakeInputs inputs;
  inputs.add("model", deep).add("data", make_data(std::move(ones)));
  FakeContext context;
  const Outputs outputs = run_registered("evaluator.ais", {{"temperatures", std::int64_t{1000}}}, inputs, context);
  EXPECT_NEAR(get<Table>(outputs, "table").rows.at(0).values[0], exact, 0.1);
}

TEST(AnnealedImportanceSampling, OfTooFewTemperaturesSaysThatItHasNotConverged) {
  for (const char* sampler : {"sampler.gibbs", "sampler.tempering"}) {
    int flagged = 0;
    for (std::uint64_t seed = 300; seed < 400; ++seed) {
      const Network network =
          seed % 2 == 0 ? make_rbm(10, 8, 3 + static_cast<double>(seed % 5) / 2, seed + 1) : with_planted_mode(seed);
      const double exact = exact_log_z(network, 1);
      const Estimate found = estimate(network, {{"temperatures", std::int64_t{10}}, {"sampler", sampler}}, seed);
      flagged += !found.converged;
      show(seed % 2 == 0 ? "strong" : "planted", seed, exact, found);
      EXPECT_TRUE(!found.converged || std::abs(found.log_z - exact) <= 0.5) << sampler << " " << seed;
    }
    EXPECT_GE(flagged, 90) << sampler;
  }
}

}  // namespace
}  // namespace harmonium::testing
