#include <gtest/gtest.h>

#include "harmonium/errors.hpp"
#include "kernel/network/stationary.hpp"

/// The mean field to second order in the couplings.
namespace harmonium::testing {
namespace {

constexpr const char* naive = "{use: sampler.mean_field, with: {tolerance: 1e-7}}";
constexpr const char* tap = "{use: sampler.mean_field, with: {correction: tap, tolerance: 1e-7}}";

/// The means of all units, layer by layer.
std::vector<double> means_of(const std::string& sampler, const Network& network, double beta = 1, Index sweeps = 500) {
  Chains chains(network, 1);
  chains.prepare(network, beta);
  make_value<Sampler>(sampler)->sweep(network, chains, {sweeps, Stream{}});
  std::vector<double> means;
  for (Index l = 0; l < chains.size(); ++l) {
    for (const float value : chains[l].mean.row(0)) means.push_back(static_cast<double>(value));
    EXPECT_TRUE(std::equal(chains[l].mean.row(0).begin(), chains[l].mean.row(0).end(), chains[l].state.row(0).data));
  }
  return means;
}

std::vector<double> exact_means(const Network& network, double beta = 1) {
  const auto states = all_joint_states(network);
  const std::vector<double> p = boltzmann_law(network, beta);
  std::vector<double> means;
  for (std::size_t l = 0; l < states[0].size(); ++l)
    for (std::size_t j = 0; j < states[0][l].size(); ++j) {
      double mean = 0;
      for (std::size_t s = 0; s < p.size(); ++s) mean += p[s] * states[s][l][j];
      means.push_back(mean);
    }
  return means;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double squares = 0;
  for (std::size_t j = 0; j < a.size(); ++j) squares += (a[j] - b[j]) * (a[j] - b[j]);
  return std::sqrt(squares / static_cast<double>(a.size()));
}

Network make_spins(Index size, double coupling, const std::vector<float>& fields) {
  Network network;
  network.add(make_layer("units", "units.spin", size, true));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  for (Index i = 0; i < size; ++i) {
    network.layer(0).parameters.view()(0, i) = fields[static_cast<std::size_t>(i)];
    for (Index j = 0; j < size; ++j) network.link(0).weights.view()(i, j) = i == j ? 0 : static_cast<float>(coupling);
  }
  return network;
}

TEST(SecondOrderMeanField, SolvesTheEquationsOfThoulessAndersonAndPalmer) {
  // m_i = tanh(beta (h_i + sum_j J m_j) - beta^2 m_i sum_j J^2 (1 - m_j^2)) (SK; TAP 1977).
  const std::vector<float> fields = {0.5F, -0.2F, 0.3F, 0.1F};
  for (const double beta : {1.0, 0.6}) {
    const std::vector<double> m = means_of(tap, make_spins(4, 0.3, fields), beta);
    for (std::size_t i = 0; i < 4; ++i) {
      double field = beta * static_cast<double>(fields[i]);
      for (std::size_t j = 0; j < 4; ++j)
        if (j != i) field += beta * 0.3 * m[j] - beta * beta * m[i] * 0.09 * (1 - m[j] * m[j]);
      EXPECT_NEAR(m[i], std::tanh(field), 1e-6);
    }
  }
}

TEST(SecondOrderMeanField, ErrsInTheThirdOrderOfTheCouplingTheNaiveInTheSecond) {
  // Plefka 1982: an expansion in the coupling, so halving it divides the error by 8 and by 4.
  const std::vector<float> fields = {0.8F, 0.4F};
  const auto errors = [&](const char* sampler, double coupling) {
    const Network network = make_spins(2, coupling, fields);
    return distance(means_of(sampler, network), exact_means(network));
  };
  EXPECT_NEAR(errors(naive, 0.2) / errors(naive, 0.1), 4, 1);
  EXPECT_NEAR(errors(tap, 0.1) / errors(tap, 0.05), 8, 1.5);
}

TEST(SecondOrderMeanField, IsNearerToTheExactMarginalsOfWeaklyCoupledMachines) {
  constexpr int machines = 20;
  const auto dbm = [](std::uint64_t seed) {
    Network network;
    network.add(make_layer("visible", "units.bernoulli", 4, true));
    network.add(make_layer("lower", "units.bernoulli", 4, false));
    network.add(make_layer("upper", "units.bernoulli", 3, false));
    network.connect(make_value<Connection>("connection.dense"), 0, 1);
    network.connect(make_value<Connection>("connection.dense"), 1, 2);
    randomise(network, 0.5, seed);
    return network;
  };
  const std::pair<const char*, std::function<Network(std::uint64_t)>> kinds[] = {
      {"RBM", [](std::uint64_t seed) { return make_rbm(6, 5, 0.5, seed); }},
      {"RBM of spins", [](std::uint64_t seed) { return make_rbm(6, 5, 0.2, seed, "units.spin", "units.spin"); }},
      {"DBM", dbm},
      {"Boltzmann machine", [](std::uint64_t seed) { return make_boltzmann(4, 4, 0.4, seed); }}};
  for (const auto& [name, make_machine] : kinds) {
    double of_naive = 0, of_tap = 0;
    int nearer = 0;
    for (std::uint64_t seed = 1; seed <= machines; ++seed) {
      const Network network = make_machine(1000 * seed);
      const std::vector<double> exact = exact_means(network);
      const double a = distance(means_of(naive, network), exact), b = distance(means_of(tap, network), exact);
      of_naive += a / machines;
      of_tap += b / machines;
      nearer += b < a;
    }
    std::printf("%s: naive %.5f, second order %.5f, nearer in %d of %d\n", name, of_naive, of_tap, nearer, machines);
    EXPECT_LT(of_tap, of_naive / 2) << name;
    EXPECT_GE(nearer, machines * 3 / 4) << name;
  }
}

TEST(SecondOrderMeanField, ServesGaussianUnitsAndCounts) {
  // Hidden means of a machine with Gaussian visible units: p(h) ~ exp(c.h + |b + W h|^2 / 2).
  double of_naive = 0, of_tap = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Network network = make_rbm(4, 3, 0.4, 1000 * seed, "units.gaussian");
    std::vector<double> exact(3, 0.0);
    double z = 0;
    for (int code = 0; code < 8; ++code) {
      double exponent = 0;
      for (Index j = 0; j < 3; ++j)
        exponent += (code >> j & 1) * static_cast<double>(network.layer(1).parameters.view()(0, j));
      for (Index i = 0; i < 4; ++i) {
        double field = static_cast<double>(network.layer(0).parameters.view()(0, i));
        for (Index j = 0; j < 3; ++j)
          field += (code >> j & 1) * static_cast<double>(network.link(0).weights.view()(i, j));
        exponent += field * field / 2;
      }
      z += std::exp(exponent);
      for (int j = 0; j < 3; ++j) exact[static_cast<std::size_t>(j)] += (code >> j & 1) * std::exp(exponent);
    }
    for (double& mean : exact) mean /= z;
    const auto hidden = [&](const char* sampler) {
      const std::vector<double> all = means_of(sampler, network);
      return std::vector<double>(all.begin() + 4, all.end());
    };
    of_naive += distance(hidden(naive), exact);
    of_tap += distance(hidden(tap), exact);
  }
  EXPECT_LT(of_tap, of_naive / 2);
  // A count of one trial is a binary unit.
  const Network binary = make_rbm(4, 3, 0.5, 7);
  Network counts = make_rbm(4, 3, 0.5, 7, "{use: units.binomial, with: {trials: 1}}");
  const std::vector<double> a = means_of(tap, binary), b = means_of(tap, counts);
  for (std::size_t j = 0; j < a.size(); ++j) EXPECT_NEAR(a[j], b[j], 1e-5);
}

TEST(SecondOrderMeanField, HoldsWhatIsHeldWithoutVariance) {
  // Given the visible units the hidden ones of an RBM are independent: their means are exact, without a correction.
  const Network network = make_rbm(5, 4, 1, 3);
  for (const bool whole : {false, true}) {
    Chains chains(network, 2);
    chains.prepare(network);
    for (Index j = 0; j < 5; ++j) chains[0].state(0, j) = static_cast<float>(j % 2);
    const std::uint8_t layers[] = {1, 0};
    const std::vector<std::uint8_t> flags(10, 1);
    const View<const std::uint8_t> held[] = {{flags.data(), 2, 5}, {}};
    Request request{50, Stream{}};
    if (whole)
      request.held = {layers, 2};
    else
      request.held_units = {held, 2};
    make_value<Sampler>(tap)->sweep(network, chains, request);
    Tensor mean = Tensor::matrix(2, 4);
    input_to(network, 1, chains, mean.view());
    network.layer(1).units->mean(chains[1].theta, mean.view(), mean.view());
    for (Index i = 0; i < 2; ++i) {
      for (Index j = 0; j < 5; ++j) EXPECT_EQ(chains[0].state(i, j), i == 0 ? static_cast<float>(j % 2) : 0.0F);
      for (Index j = 0; j < 4; ++j) EXPECT_NEAR(chains[1].mean(i, j), mean.view()(i, j), 1e-6);
    }
  }
}

TEST(SecondOrderMeanField, ReachesTheSamePointWhenDamped) {
  const Network network = make_boltzmann(4, 4, 0.4, 11);
  const std::vector<double> a = means_of(tap, network);
  const std::vector<double> b =
      means_of("{use: sampler.mean_field, with: {correction: tap, tolerance: 1e-8, damping: 0.5}}", network);
  for (std::size_t j = 0; j < a.size(); ++j) EXPECT_NEAR(a[j], b[j], 1e-5);
}

TEST(SecondOrderMeanField, RefusesUnitsWithoutMomentsInClosedForm) {
  const Network network = make_rbm(3, 3, 1, 19, "units.bernoulli", "units.softmax");
  EXPECT_NO_THROW(make_value<Sampler>(naive)->check(network.spec()));
  EXPECT_THROW(make_value<Sampler>(tap)->check(network.spec()), BadPipeline);
  Chains chains(network, 1);
  chains.prepare(network);
  EXPECT_THROW(make_value<Sampler>(tap)->sweep(network, chains, {1, Stream{}}), RunFailed);
}

}  // namespace
}  // namespace harmonium::testing
