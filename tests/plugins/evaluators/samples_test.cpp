#include <gtest/gtest.h>

#include <cmath>

#include "loaded.hpp"

namespace harmonium::testing {
namespace {

/// The exact means of the visible units of a machine of layers one above the other, by a sum over all its states.
std::vector<double> visible_means(const Network& network) {
  Index units = 0;
  for (const Layer& layer : network.layers()) units += layer.size;
  const Index visible = network.layer(0).size;
  std::vector<double> means(static_cast<std::size_t>(visible), 0);
  double z = 0;
  for (Index code = 0; code < Index{1} << units; ++code) {
    std::vector<std::vector<double>> state;
    Index bit = 0;
    double energy = 0;
    for (const Layer& layer : network.layers()) {
      state.emplace_back();
      for (Index j = 0; j < layer.size; ++j) {
        state.back().push_back(static_cast<double>(code >> bit++ & 1));
        energy -= static_cast<double>(layer.parameters.view()(0, j)) * state.back().back();
      }
    }
    for (const Link& link : network.links())
      for (Index i = 0; i < link.weights.rows(); ++i)
        for (Index j = 0; j < link.weights.columns(); ++j)
          energy -= static_cast<double>(link.weights.view()(i, j)) *
                    state[static_cast<std::size_t>(link.a)][static_cast<std::size_t>(i)] *
                    state[static_cast<std::size_t>(link.b)][static_cast<std::size_t>(j)];
    const double weight = std::exp(-energy);
    z += weight;
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += weight * state[0][i];
  }
  for (double& mean : means) mean /= z;
  return means;
}

Network deep_machine() {
  Network network = make_rbm(4, 3, 1, 1, {2, 2});
  Layer top = network.layer(1);
  top.name = "top";
  top.size = 2;
  top.parameters = Tensor::matrix(1, 2);
  const Index above = network.add(std::move(top));
  network.connect(make_value<Connection>("connection.dense"), 1, above);
  for (float& weight : network.link(1).weights.values<float>()) weight = 0.8F;
  return network;
}

TEST(Samples, OfADeepMachineAreDrawsFromItAndAreHandedOutAsData) {
  const Network network = deep_machine();
  FakeInputs inputs;
  inputs.add("model", network);
  const Settings settings = {{"rows", std::int64_t{40}}, {"columns", std::int64_t{40}}, {"sweeps", std::int64_t{100}}};
  const Outputs outputs = run_loaded("figure.samples", settings, inputs);
  const auto& data = get<Dataset>(outputs, "data");
  ASSERT_EQ(data.rows(), 1600);
  EXPECT_EQ(data.spec().parts[0].shape, (Tensor::Shape{2, 2}));
  const Tensor rows = all_rows(data, "features");
  const std::vector<double> exact = visible_means(network);
  for (Index j = 0; j < 4; ++j) {
    double mean = 0, square = 0;
    for (Index i = 0; i < 1600; ++i) {
      const auto value = static_cast<double>(rows.view()(i, j));
      mean += value / 1600;
      square += value * value / 1600;
    }
    // Five standard errors of a mean over 1600 independent chains.
    EXPECT_NEAR(mean, exact[static_cast<std::size_t>(j)], 5 * std::sqrt((square - mean * mean) / 1600));
  }
  Specs in, out;
  in.set<Network>("model", network.spec());
  loaded_node("figure.samples", settings)->outputs(in, out);
  EXPECT_EQ(out.get<Dataset>("data").rows, 1600);
  EXPECT_EQ(out.get<Dataset>("data").parts[0].width, 4);
}

TEST(Samples, OfADeepMachineMayBeginAtData) {
  FakeInputs inputs;
  Tensor shown = Tensor::matrix(3, 4);
  shown.view()(1, 2) = 1;
  inputs.add("model", deep_machine()).add("data", make_data(std::move(shown)));
  const Outputs outputs = run_loaded("figure.samples", {{"sweeps", std::int64_t{2}}}, inputs);
  EXPECT_EQ(get<Dataset>(outputs, "data").rows(), 100);
}

}  // namespace
}  // namespace harmonium::testing
