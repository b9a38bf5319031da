#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

const std::vector<std::vector<float>> seen = {{1, 1, 0}, {1, 1, 0}, {1, 0, 1}, {0, 0, 0}, {1, 1, 0}};

Dataset data_of(bool spins) {
  Tensor values = Tensor::matrix(static_cast<Index>(seen.size()), 3);
  for (std::size_t i = 0; i < seen.size(); ++i)
    for (std::size_t j = 0; j < 3; ++j)
      values.view()(static_cast<Index>(i), static_cast<Index>(j)) = spins ? 2 * seen[i][j] - 1 : seen[i][j];
  return make_data(std::move(values));
}

double log_likelihood(const Network& network, const std::vector<std::vector<double>>& rows) {
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

Outputs train(const Dataset& data, const Network& model, Settings settings) {
  FakeInputs inputs;
  inputs.add("model", model).add("data", data);
  FakeContext context;
  return run_registered("trainer.maximum_likelihood", settings, inputs, context);
}

Network deep() {
  Network network;
  network.add(make_layer("visible", "units.bernoulli", 3, true));
  network.add(make_layer("low", "units.bernoulli", 2, false));
  network.add(make_layer("high", "units.bernoulli", 2, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  network.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(network, 0.7, 5);
  return network;
}

TEST(MaximumLikelihood, StepsAlongTheExactGradientWhateverTheTopology) {
  for (Network network :
       {make_rbm(3, 2, 0.7, 3), make_boltzmann(3, 2, 0.7, 4), make_boltzmann(3, 2, 0.5, 4, "units.spin"), deep()}) {
    network.layer(0).part = "features";
    const Dataset data = data_of(network.layer(0).units.type() == "units.spin");
    const auto rows = as_rows(data);
    const Outputs outputs = train(
        data, network, {{"epochs", std::int64_t{1}}, {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}});
    const auto& moved = get<Network>(outputs, "model");
    EXPECT_NEAR(get<Table>(outputs, "course").rows[0].values[0], log_likelihood(network, rows), 1e-6);
    const auto slope = [&](const std::function<void(Network&, float)>& shift) {
      Network up = network, down = network;
      shift(up, 1.0F / 128);
      shift(down, -1.0F / 128);
      return (log_likelihood(up, rows) - log_likelihood(down, rows)) * 64;
    };
    for (std::size_t i = 0; i < network.links().size(); ++i) {
      const auto link = static_cast<Index>(i);
      const bool within = network.link(link).a == network.link(link).b;
      for (Index r = 0; r < network.link(link).weights.rows(); ++r)
        for (Index c = within ? r + 1 : 0; c < network.link(link).weights.columns(); ++c)
          EXPECT_NEAR(moved.link(link).weights.view()(r, c) - network.link(link).weights.view()(r, c),
                      slope([&](Network& at, float by) {
                        at.link(link).weights.view()(r, c) += by;
                        if (within) at.link(link).weights.view()(c, r) += by;
                      }),
                      1e-4);
    }
    for (Index l = 0; l < network.size(); ++l)
      for (Index j = 0; j < network.layer(l).size; ++j)
        EXPECT_NEAR(moved.layer(l).parameters.data<float>()[j] - network.layer(l).parameters.data<float>()[j],
                    slope([&](Network& at, float by) { at.layer(l).parameters.data<float>()[j] += by; }), 1e-4);
  }
}

TEST(MaximumLikelihood, ReachesTheEntropyOfWhatAMachineCanRepresent) {
  Network network = make_boltzmann(3, 3, 0.3, 4);
  network.layer(0).part = "features";
  const Dataset data = data_of(false);
  const Outputs outputs =
      train(data, network,
            {{"epochs", std::int64_t{3000}}, {"update", "{use: update.sgd, with: {rate: 0.5, momentum: 0.9}}"}});
  double entropy = 0;
  for (const double p : {0.6, 0.2, 0.2}) entropy -= p * std::log(p);
  const Table& course = get<Table>(outputs, "course");
  EXPECT_EQ(course.rows.size(), 3000);
  EXPECT_GT(course.rows.back().values[0], -entropy - 0.02);
  EXPECT_LE(course.rows.back().values[0], -entropy);
}

TEST(MaximumLikelihood, GoesOnWhereItWasStopped) {
  Network network = make_boltzmann(3, 2, 0.7, 4);
  network.layer(0).part = "features";
  FakeInputs inputs;
  inputs.add("model", network).add("data", data_of(false));
  expect_resumable("trainer.maximum_likelihood", {{"epochs", std::int64_t{12}}, {"centring", "average"}}, inputs);
}

TEST(MaximumLikelihood, SaysBeforeAnyWorkWhatItCannotAddUp) {
  Network network = make_rbm(14, 3, 0.1, 1, "units.bernoulli", "units.softmax");
  network.layer(0).part = "features";
  Specs in, out;
  in.set<Network>("model", network.spec());
  in.set<Dataset>("data", data_of(false).spec());
  registered("trainer.maximum_likelihood", {{"penalties", list({"{use: penalty.sparsity, with: {target: 0.1}}"})}})
      ->outputs(in, out);
  std::string all;
  for (const auto& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
  EXPECT_NE(all.find("in.model: layer 'hidden' has units.softmax: only units with two states are added up"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("in.model: 17 units have 2^17 states; up to 16 units are added up"), std::string::npos) << all;
  EXPECT_NE(all.find("in.data: the data's part 'features' has 3 columns, but the model's layer 'visible' has 14 units"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("with.penalties"), std::string::npos) << all;
}

}  // namespace
}  // namespace harmonium::testing
