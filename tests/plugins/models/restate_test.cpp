#include "harmonium/restate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// model.restate.
namespace harmonium::testing {
namespace {

Network restated(const Network& model, const Settings& settings) {
  FakeInputs inputs;
  inputs.add("model", model);
  FakeContext context;
  return get<Network>(run_registered("model.restate", settings, inputs, context), "model");
}

/// all_joint_states() of both machines come in the same order: the states of one are those of the other.
void expect_same_machine(const Network& a, const Network& b) {
  const auto states = all_joint_states(a), others = all_joint_states(b);
  ASSERT_EQ(states.size(), others.size());
  double constant = 0;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const double difference = naive_energy(a, states[i]) - naive_energy(b, others[i]);
    if (i == 0) constant = difference;
    EXPECT_NEAR(difference, constant, 2e-5);
  }
  const auto p = boltzmann_law(a), q = boltzmann_law(b);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(p[i], q[i], 2e-5 * p[i] + 1e-12);
}

/// Three layers, two of them joined within, as every kind of neighbour there is.
Network three_layers(const std::string& first, const std::string& second, const std::string& third) {
  Network network;
  network.add(make_layer("visible", first, 4, true));
  network.add(make_layer("middle", second, 3, false));
  network.add(make_layer("top", third, 3, false));
  const Handle<Connection> dense = make_value<Connection>("connection.dense");
  network.connect(dense, 0, 1);
  network.connect(dense, 2, 1);
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  network.connect(make_value<Connection>("connection.lateral"), 1, 1);
  randomise(network, 0.7, 11);
  return network;
}

TEST(Restating, KeepsProbabilitiesAndEnergiesButForAConstant) {
  const std::string binary = "units.bernoulli", spin = "units.spin";
  const std::vector<Network> machines = {make_rbm(4, 3, 1, 5),
                                         make_boltzmann(4, 3, 1, 7),
                                         make_boltzmann(4, 3, 0.5, 9, spin),
                                         three_layers(binary, binary, binary),
                                         three_layers(spin, spin, spin),
                                         three_layers(binary, spin, binary),
                                         three_layers(spin, binary, "units.softmax")};
  for (const Network& machine : machines)
    for (const std::string as : {"spins", "binary"}) {
      const std::string from = as == "spins" ? binary : spin;
      bool any = false;
      for (const Layer& layer : machine.layers()) any = any || layer.units.type() == from;
      if (!any) continue;
      const Network other = restated(machine, {{"as", as}});
      for (const Layer& layer : other.layers()) EXPECT_NE(layer.units.type(), from);
      expect_same_machine(machine, other);
    }
}

TEST(Restating, GivesDataThatFollowByScalingTheSameLikelihood) {
  Network named = make_boltzmann(6, 3, 0.8, 7);
  named.layer(0).part = "features";
  const Dataset rows = mirrored_rows(30, 6, 3);
  const auto likelihood = [](const Network& model, const Dataset& data) {
    FakeContext context;
    FakeInputs inputs;
    inputs.add("model", model).add("data", data);
    return get<Table>(run_registered("evaluator.likelihood", {}, inputs, context), "table").rows[0].values[0];
  };
  FakeContext context;
  FakeInputs inputs;
  inputs.add("data", rows);
  const Outputs scaled =
      run_registered("data.scale", {{"from", list({0.0, 1.0})}, {"to", list({-1.0, 1.0})}}, inputs, context);
  EXPECT_NEAR(likelihood(restated(named, {}), get<Dataset>(scaled, "data")), likelihood(named, rows), 1e-5);
}

TEST(Restating, TakesTheLayersThatAreNamed) {
  const Network machine = make_rbm(4, 3, 1, 5);
  const Network other = restated(machine, {{"layers", list({"hidden"})}});
  EXPECT_EQ(other.layer(0).units.type(), "units.bernoulli");
  EXPECT_EQ(other.layer(1).units.type(), "units.spin");
  expect_same_machine(machine, other);
}

TEST(Restating, ThereAndBackIsWhereItBegan) {
  const Network machine = make_boltzmann(5, 4, 1, 3);
  const Network again = restated(restated(machine, {}), {{"as", "binary"}});
  for (Index l = 0; l < 2; ++l)
    for (Index j = 0; j < machine.layer(l).size; ++j)
      EXPECT_NEAR(again.layer(l).parameters.view()(0, j), machine.layer(l).parameters.view()(0, j), 2e-6);
  for (Index i = 0; i < 3; ++i) EXPECT_TRUE(same_bits(again.link(i).weights, machine.link(i).weights));
}

TEST(Restating, SaysBeforeAnyWorkWhatCannotBe) {
  const auto problems = [](const Network& model, const Settings& settings) {
    Specs in, out;
    in.set<Network>("model", model.spec());
    registered("model.restate", settings)->outputs(in, out);
    std::string all;
    for (const auto& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
    return all;
  };
  EXPECT_EQ(problems(make_rbm(4, 3, 1, 5), {}), "");
  EXPECT_EQ(problems(make_rbm(4, 3, 1, 5), {{"as", "binary"}}), "in.model: no layer of the model has units.spin\n");
  EXPECT_EQ(problems(make_rbm(4, 3, 1, 5), {{"layers", list({"top"})}}),
            "with.layers.1: the model has no layer 'top'\n");
  const Network gaussian = make_rbm(4, 3, 0.1, 5, "units.gaussian");
  EXPECT_EQ(problems(gaussian, {{"layers", list({"visible"})}}),
            "with.layers.1: layer 'visible' has units.gaussian; what becomes spins is units.bernoulli\n");
  const std::string bias_alone =
      "layer 'visible' is joined to what would be restated, but units.gaussian learn more than the bias that takes up "
      "the difference";
  EXPECT_EQ(problems(gaussian, {}), "in.model: " + bias_alone + "\n");
  Network copy = gaussian;
  EXPECT_EQ(message_of([&] { restate(copy, 1, make_value<Units>("units.spin"), 0.5, 0.5); }),
            "layer 'visible' cannot be part of a machine in other states: units.gaussian learn more than a bias");
  EXPECT_TRUE(same_bits(copy.link(0).weights, gaussian.link(0).weights));
}

}  // namespace
}  // namespace harmonium::testing
