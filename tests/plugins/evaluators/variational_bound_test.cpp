#include <gtest/gtest.h>

#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

/// Layers of so many units, one above the other.
Network deep_machine(const std::vector<Index>& sizes, double deviation, std::uint64_t seed,
                     const std::string& units = "units.bernoulli", const std::string& top = "") {
  Network network;
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    const bool last = l + 1 == sizes.size();
    network.add(make_layer("layer " + std::to_string(l), last && !top.empty() ? top : units, sizes[l], l == 0));
    if (l > 0)
      network.connect(make_value<Connection>("connection.dense"), static_cast<Index>(l) - 1, static_cast<Index>(l));
  }
  network.layer(0).part = "features";
  randomise(network, deviation, seed);
  return network;
}

struct Exact {
  double log_z = 0, log_likelihood = 0;
};

/// By sums over all states of three layers.
Exact exact(const Network& network, const std::vector<std::vector<double>>& rows) {
  const auto weight = [&](const std::vector<double>& v) {
    double sum = 0;
    for (const auto& a : all_states(network.layer(1)))
      for (const auto& b : all_states(network.layer(2))) sum += std::exp(-naive_energy(network, {v, a, b}));
    return sum;
  };
  Exact result;
  double z = 0;
  for (const auto& v : all_states(network.layer(0))) z += weight(v);
  result.log_z = std::log(z);
  for (const auto& v : rows)
    result.log_likelihood += (std::log(weight(v)) - result.log_z) / static_cast<double>(rows.size());
  return result;
}

Table bound(const Network& network, const Dataset& data, Settings settings = {}) {
  FakeInputs inputs;
  inputs.add("model", network).add("data", data);
  FakeContext context;
  return get<Table>(run_registered("evaluator.variational_bound", settings, inputs, context), "table");
}

Dataset some_rows(const Network& network, Index rows) {
  Tensor values = Tensor::matrix(rows, network.layer(0).size);
  uniform(Stream{6}, values.view());
  const float off = network.layer(0).units.type() == "units.spin" ? -1.0F : 0.0F;
  for (float& value : values.values<float>()) value = value < 0.5F ? off : 1.0F;
  return make_data(std::move(values));
}

TEST(VariationalBound, IsBelowTheExactLikelihoodAndCloseToItWhereConnectionsAreWeak) {
  for (const char* units : {"units.bernoulli", "units.spin"})
    for (const double deviation : {0.1, 0.5, 1.0, 2.0}) {
      const Network network = deep_machine({5, 4, 3}, deviation, 3, units);
      const Dataset data = some_rows(network, 20);
      const Exact truth = exact(network, as_rows(data));
      const Table table = bound(network, data);
      EXPECT_NEAR(table.rows[0].values[2], truth.log_z, 1e-9);
      EXPECT_LE(table.rows[0].values[0], truth.log_likelihood + 1e-9) << units << " " << deviation;
      EXPECT_NEAR(table.rows[0].values[4], table.rows[0].values[0] + table.rows[0].values[2], 1e-9);
      // What a factorised law leaves out is, in second order of the weights between hidden units, half the sum of
      // W_ij^2 var_i var_j (Plefka 1982), variances being at most 1 of spins and 1/4 of binary units.
      if (deviation > 0.1) continue;
      double most = 0;
      for (const float weight : network.link(1).weights.values<float>())
        most += static_cast<double>(weight * weight) / 2 / (units == std::string("units.spin") ? 1 : 16);
      EXPECT_GT(table.rows[0].values[0], truth.log_likelihood - 1.1 * most) << units;
    }
}

TEST(VariationalBound, IsTheLikelihoodWhereHiddenUnitsAreIndependentGivenTheVisibleOnes) {
  Network network = deep_machine({5, 4, 3}, 1, 3);
  network.link(1).weights = Tensor::matrix(4, 3);
  const Dataset data = some_rows(network, 20);
  EXPECT_NEAR(bound(network, data).rows[0].values[0], exact(network, as_rows(data)).log_likelihood, 1e-9);
}

TEST(VariationalBound, HoldsWhereverTheMeansAreAndRisesAsTheySettle) {
  const Network network = deep_machine({5, 4, 3}, 2, 3);
  const Dataset data = some_rows(network, 20);
  double before = -1e9;
  for (const std::int64_t sweeps : {1, 3, 100}) {
    const double now = bound(network, data, {{"settling", sweeps}}).rows[0].values[0];
    EXPECT_GE(now, before - 1e-9) << sweeps;
    EXPECT_LE(now, exact(network, as_rows(data)).log_likelihood) << sweeps;
    before = now;
  }
}

TEST(VariationalBound, HoldsForOneOfManyUnitsAndAddsUpTheSmallestLayers) {
  // 30 visible units and one of five at the top: only the four in the middle are added up.
  const Network small = deep_machine({6, 4, 5}, 0.8, 3, "units.bernoulli", "units.softmax");
  const Dataset data = some_rows(small, 20);
  const Exact truth = exact(small, as_rows(data));
  const Table table = bound(small, data);
  EXPECT_NEAR(table.rows[0].values[2], truth.log_z, 1e-9);
  EXPECT_LE(table.rows[0].values[0], truth.log_likelihood);
  EXPECT_GT(table.rows[0].values[0], truth.log_likelihood - 1);
  const Network large = deep_machine({30, 4, 40}, 0.1, 3);
  EXPECT_LT(bound(large, some_rows(large, 20)).rows[0].values[0], 0);
}

/// The exact likelihood of a deep belief network of two RBMs: p(v) = sum over h of p(v | h) by the lower, p(h) by the
/// upper one; and the bound by the lower one's posterior.
struct OfAStack {
  double exact = 0, bound = 0;
};

OfAStack sums_of_stack(const Network& lower, const Network& upper, const std::vector<std::vector<double>>& rows) {
  const auto between = all_states(upper.layer(0));
  std::vector<double> log_p, log_any;
  double z = 0;
  for (const auto& h : between) {
    double sum = 0, any = 0;
    for (const auto& top : all_states(upper.layer(1))) sum += std::exp(-naive_energy(upper, {h, top}));
    for (const auto& v : all_states(lower.layer(0))) any += std::exp(-naive_energy(lower, {v, h}));
    log_p.push_back(std::log(sum));
    log_any.push_back(std::log(any));
    z += sum;
  }
  OfAStack mean;
  for (const auto& v : rows) {
    double p = 0, bound = 0, all = 0;
    for (const auto& h : between) all += std::exp(-naive_energy(lower, {v, h}));
    for (std::size_t k = 0; k < between.size(); ++k) {
      const double q = std::exp(-naive_energy(lower, {v, between[k]})) / all;
      const double log_joint = -naive_energy(lower, {v, between[k]}) - log_any[k] + log_p[k] - std::log(z);
      p += std::exp(log_joint);
      bound += q * (log_joint - std::log(q));
    }
    mean.exact += std::log(p) / static_cast<double>(rows.size());
    mean.bound += bound / static_cast<double>(rows.size());
  }
  return mean;
}

Table::Row bound_of_stack(const Network& lower, const Network& upper, const Dataset& data, Settings settings = {}) {
  FakeInputs inputs;
  inputs.add("model", lower).add("model", upper).add("data", data);
  FakeContext context;
  const Outputs outputs = run_registered("evaluator.variational_bound", settings, inputs, context);
  return get<Table>(outputs, "table").rows[0];
}

/// The machine that shows what another hides, the same otherwise.
Network turned(const Network& network) {
  Network other = make_rbm(network.layer(1).size, network.layer(0).size, 0, 1);
  other.layer(0).parameters = network.layer(1).parameters;
  other.layer(1).parameters = network.layer(0).parameters;
  for (Index i = 0; i < network.layer(0).size; ++i)
    for (Index j = 0; j < network.layer(1).size; ++j)
      other.link(0).weights.view()(j, i) = network.link(0).weights.view()(i, j);
  return other;
}

Network lower_machine(double deviation) {
  Network lower = make_rbm(6, 4, deviation, 7);
  lower.layer(0).part = "features";
  return lower;
}

TEST(VariationalBound, OfAStackWhoseUpperModelIsTheLowerTurnedOverIsTheLikelihoodOfTheLower) {
  const Network lower = lower_machine(1), upper = turned(lower);
  const Dataset data = some_rows(lower, 20);
  const Table::Row row = bound_of_stack(lower, upper, data);
  EXPECT_NEAR(row.values[0], sums_of_stack(lower, upper, as_rows(data)).exact, 1e-6);
  EXPECT_EQ(row.verdict, "exact");
}

TEST(VariationalBound, OfAStackIsThatOfThePosteriorAndBelowTheExactLikelihood) {
  for (const double deviation : {0.3, 1.0}) {
    const Network lower = lower_machine(deviation), upper = make_rbm(4, 5, deviation, 8);
    const Dataset data = some_rows(lower, 20);
    const OfAStack sums = sums_of_stack(lower, upper, as_rows(data));
    constexpr std::int64_t samples = 2000;
    const double bound = bound_of_stack(lower, upper, data, {{"samples", samples}}).values[0];
    // The terms of a row vary by a nat or so over draws; the mean is of 20 rows and so many draws.
    EXPECT_NEAR(bound, sums.bound, 5 / std::sqrt(20.0 * samples)) << deviation;
    EXPECT_LT(bound, sums.exact) << deviation;
  }
}

TEST(VariationalBound, RowByRowLiesBelowTheExactProbabilityAndHasTheMeanOfAll) {
  const Network network = deep_machine({5, 4, 3}, 1, 3);
  const Dataset data = some_rows(network, 20);
  FakeInputs inputs;
  inputs.add("model", network).add("data", data);
  FakeContext context;
  const Outputs outputs = run_registered("ask.bound", {}, inputs, context);
  const Table& table = get<Table>(outputs, "table");
  ASSERT_EQ(table.rows.size(), 20U);
  double mean = 0;
  for (Index i = 0; i < 20; ++i) {
    const Table::Row& row = table.rows[static_cast<std::size_t>(i)];
    EXPECT_LT(row.values[0], exact(network, {as_rows(data)[static_cast<std::size_t>(i)]}).log_likelihood);
    EXPECT_EQ(row.verdict, "exact");
    mean += row.values[0] / 20;
  }
  EXPECT_NEAR(mean, bound(network, data).rows[0].values[0], 1e-9);
}

TEST(VariationalBound, TakesLogZOfTheCertificate) {
  Network network = deep_machine({5, 4, 3}, 1, 3);
  const Dataset data = some_rows(network, 20);
  const Table::Row exact = bound(network, data).rows[0];
  EXPECT_EQ(exact.verdict, "exact");
  Certificate estimate = Certificate::exact(exact.values[2] + 2);
  estimate.verdict = "converged";
  network.certify(estimate);
  const Table::Row row = bound(network, data).rows[0];
  EXPECT_NEAR(row.values[0], exact.values[0] - 2, 1e-9);
  EXPECT_EQ(row.verdict, "converged");
}

TEST(VariationalBound, RefusesBeforeAnyWorkWhatItCannotAddUp) {
  Specs in, out;
  in.set<Network>("model", deep_machine({30, 25, 30}, 0.1, 3).spec());
  in.set<Dataset>("data", {10, {{"features", 30, {}, PartSpec::Kind::real, {}}}});
  registered("evaluator.variational_bound", {{"settler", "sampler.gibbs"}})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 2U);
  EXPECT_EQ(out.problems()[0].message, "sampler.gibbs gives no means, which a bound needs");
  EXPECT_EQ(out.problems()[1].where, "in.model");
  Network joined = lower_machine(1);
  joined.connect(make_value<Connection>("connection.lateral"), 0, 0);
  Specs stack, found;
  stack.set<Network>("model", joined.spec());
  stack.set<Network>("model", make_rbm(4, 5, 1, 8).spec());
  stack.set<Dataset>("data", {10, {{"features", 6, {}, PartSpec::Kind::real, {}}}});
  registered("evaluator.variational_bound", {})->outputs(stack, found);
  ASSERT_EQ(found.problems().size(), 1U);
  EXPECT_EQ(found.problems()[0].message,
            "model 1: its visible units are joined to each other and cannot be summed out; only those of the highest "
            "may be");
}

}  // namespace
}  // namespace harmonium::testing
