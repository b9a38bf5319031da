#include <gtest/gtest.h>

#include <cmath>

#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// The two-phase learning of Boltzmann machines against its exact twin, which adds up all states.
namespace harmonium::testing {
namespace {

const char* const one_step = "{use: update.sgd, with: {rate: 1, momentum: 0}}";

Dataset rows_of(const std::vector<std::vector<float>>& rows) {
  Tensor values = Tensor::matrix(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].begin(), rows[i].end(), values.view().row(static_cast<Index>(i)).data);
  return make_data(std::move(values));
}

const std::vector<std::vector<float>> seen = {{1, 1, 0}, {1, 0, 1}, {0, 0, 0}, {1, 1, 0}};

Network machine() {
  Network network = make_boltzmann(3, 2, 0.5, 4);
  network.layer(0).part = "features";
  return network;
}

Network train(const char* type, const Dataset& data, const Network& model, const Settings& settings) {
  FakeInputs inputs;
  inputs.add("model", model).add("data", data);
  FakeContext context;
  return get<Network>(run_registered(type, settings, inputs, context), "model");
}

double exact_log_likelihood(const Network& network, const std::vector<std::vector<double>>& rows) {
  double z = 0, sum = 0;
  std::map<std::vector<double>, double> weight;
  for (const auto& state : all_joint_states(network)) {
    const double w = std::exp(-naive_energy(network, state));
    z += w;
    weight[state[0]] += w;
  }
  for (const auto& row : rows) sum += std::log(weight.at(row) / z);
  return sum / static_cast<double>(rows.size());
}

TEST(TwoPhases, StepAlongTheExactGradientInExpectation) {
  // Every row 5,000 times beside as many chains: each statistic is a mean of 20,000 values of deviation at most 1/2 in
  // each phase, several of them independent; five standard errors of the difference are below 0.03.
  std::vector<std::vector<float>> many;
  for (int k = 0; k < 5000; ++k) many.insert(many.end(), seen.begin(), seen.end());
  const Network start = machine(), exact = train("trainer.maximum_likelihood", rows_of(seen), start,
                                                 {{"epochs", std::int64_t{1}}, {"update", one_step}});
  for (const char* from : {"data", "left", "random"}) {
    const Network stepped = train("trainer.boltzmann", rows_of(many), start,
                                  {{"epochs", std::int64_t{1}},
                                   {"batch", std::int64_t{20000}},
                                   {"clamped_samples", std::int64_t{2}},
                                   {"free_samples", std::int64_t{3}},
                                   {"free_burn_in", std::int64_t{15}},
                                   {"free_start", from},
                                   {"update", one_step}});
    for (std::size_t i = 0; i < start.links().size(); ++i)
      for (Index k = 0; k < start.links()[i].weights.size(); ++k)
        EXPECT_NEAR(stepped.links()[i].weights.data<float>()[k], exact.links()[i].weights.data<float>()[k], 0.03)
            << from;
    for (Index l = 0; l < 2; ++l)
      for (Index j = 0; j < start.layer(l).size; ++j)
        EXPECT_NEAR(stepped.layer(l).parameters.data<float>()[j], exact.layer(l).parameters.data<float>()[j], 0.03)
            << from;
  }
}

TEST(TwoPhases, CountRowsAsOftenAsTheyAreSaidToCount) {
  // Two rows that count 3 and 1 are three rows and one.
  Tensor pair = Tensor::matrix(2, 3), times = Tensor::matrix(2, 1);
  for (const auto& [row, column] : {std::pair{0, 0}, {0, 1}, {1, 2}}) pair.view()(row, column) = 1;
  times.data<float>()[0] = 3;
  times.data<float>()[1] = 1;
  DataSpec spec;
  spec.rows = 2;
  spec.parts.resize(2);
  spec.parts[0].name = "features";
  spec.parts[0].width = 3;
  spec.parts[1].name = "times";
  spec.parts[1].width = 1;
  const Dataset counted = stored_rows(
      spec, {std::make_shared<const Tensor>(std::move(pair)), std::make_shared<const Tensor>(std::move(times))});
  const Dataset repeated = rows_of({{1, 1, 0}, {1, 1, 0}, {1, 1, 0}, {0, 0, 1}});
  const Settings common = {{"epochs", std::int64_t{1}},       {"update", one_step},
                           {"free_start", "random"},          {"shuffle", false},
                           {"settler", "sampler.mean_field"}, {"chains", std::int64_t{8}}};
  Settings with = common;
  with.emplace_back("frequencies", "times");
  Network visible;
  visible.add(make_layer("visible", "units.bernoulli", 3, true));
  visible.layer(0).part = "features";
  visible.connect(make_value<Connection>("connection.lateral"), 0, 0);
  const Network a = train("trainer.boltzmann", counted, visible, with),
                b = train("trainer.boltzmann", repeated, visible, common);
  for (Index k = 0; k < 9; ++k)
    EXPECT_NEAR(a.link(0).weights.data<float>()[k], b.link(0).weights.data<float>()[k], 1e-6);
}

TEST(TwoPhases, LearnWheneverWeightsMoveAndWhateverHiddenUnitsSettleBy) {
  const Dataset data = rows_of(seen);
  const auto rows = as_rows(data);
  const Network start = machine();
  const double before = exact_log_likelihood(start, rows);
  for (const char* updates : {"after both", "after each", "every sample"})
    for (const char* settler : {"sampler.gibbs", "sampler.descent", "sampler.mean_field"}) {
      const bool draws = std::string(settler) == "sampler.gibbs";
      const Network trained = train("trainer.boltzmann", data, start,
                                    {{"epochs", std::int64_t{600}},
                                     {"updates", updates},
                                     {"settler", settler},
                                     {"clamped_samples", std::int64_t{draws ? 3 : 1}},
                                     {"free_samples", std::int64_t{5}},
                                     {"chains", std::int64_t{40}}});
      // The rows' own entropy is 1.04 nats; an untrained machine is at about 2.
      EXPECT_GT(exact_log_likelihood(trained, rows), before + 0.5) << updates << " " << settler;
    }
}

TEST(TwoPhases, GoOnWhereTheyWereStopped) {
  std::vector<std::vector<float>> rows;
  for (int k = 0; k < 5; ++k) rows.insert(rows.end(), seen.begin(), seen.end());
  for (const char* from : {"left", "data"}) {
    FakeInputs inputs;
    inputs.add("model", machine()).add("data", rows_of(rows));
    expect_resumable(
        "trainer.boltzmann",
        {{"epochs", std::int64_t{7}}, {"batch", std::int64_t{6}}, {"free_start", from}, {"updates", "every sample"}},
        inputs);
  }
}

TEST(TwoPhases, RefuseBeforeAnyWorkWhatDoesNotGoTogether) {
  Specs in, out;
  in.set<Network>("model", machine().spec());
  in.set<Dataset>("data", rows_of(seen).spec());
  registered("trainer.boltzmann", {{"settler", "sampler.descent"},
                                   {"clamped_samples", std::int64_t{2}},
                                   {"sampler", "sampler.parallel"},
                                   {"centring", "data"},
                                   {"updates", "after each"},
                                   {"frequencies", "times"}})
      ->outputs(in, out);
  std::string all;
  for (const auto& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
  for (const char* expected :
       {"with.sampler: sampler.parallel does not leave", "with.clamped_samples: sampler.descent does not draw",
        "with.centring: centring needs both phases at once", "with.frequencies: the data have no part 'times'"})
    EXPECT_NE(all.find(expected), std::string::npos) << expected << "\n" << all;
}

}  // namespace
}  // namespace harmonium::testing
