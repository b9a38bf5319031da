#include "harmonium/chains.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "kernel/network/small_networks.hpp"

namespace harmonium::testing {
namespace {

Network make_deep() {
  Network network;
  network.add(make_layer("visible", "units.bernoulli", 5, true));
  network.add(make_layer("low", "units.bernoulli", 4, false));
  network.add(make_layer("high", "units.bernoulli", 3, false));
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  network.connect(make_value<Connection>("connection.dense"), 1, 2);
  network.connect(make_value<Connection>("connection.lateral"), 1, 1);
  randomise(network, 0.7, 5);
  return network;
}

void draw_states(Chains& chains) {
  for (Index l = 0; l < chains.size(); ++l) {
    uniform(Stream{static_cast<std::uint64_t>(l)}, chains[l].state);
    for (Index i = 0; i < chains[l].state.rows; ++i)
      for (float& value : chains[l].state.row(i)) value = value < 0.5F ? 0 : 1;
  }
}

TEST(Chains, TakeInputFromSomeLayersAlone) {
  const Network network = make_deep();
  Chains chains(network, 4);
  chains.prepare(network, 0.5);
  draw_states(chains);
  Tensor whole = Tensor::matrix(4, 4), sum = whole, none = whole;
  input_to(network, 1, chains, whole.view());
  std::vector<std::uint8_t> below = {1, 0, 0}, rest = {0, 1, 1}, nowhere = {0, 0, 0};
  input_from(network, 1, chains, below, false, sum.view());
  for (Index i = 0; i < 4; ++i)
    for (Index j = 0; j < 4; ++j) {
      double expected = 0;
      for (Index k = 0; k < 5; ++k)
        expected += 0.5 * static_cast<double>(chains[0].state(i, k)) *
                    static_cast<double>(network.link(0).weights.view()(k, j));
      EXPECT_NEAR(sum.view()(i, j), expected, 1e-6);
    }
  input_from(network, 1, chains, rest, true, sum.view());
  input_from(network, 1, chains, nowhere, false, none.view());
  for (Index k = 0; k < 16; ++k) {
    EXPECT_NEAR(sum.data<float>()[k], whole.data<float>()[k], 1e-6);
    EXPECT_EQ(none.data<float>()[k], 0);
  }
}

TEST(Chains, MultiplyWhatReachesEitherEndOfAConnection) {
  const Network network = make_deep();
  Chains plain(network, 4), doubled(network, 4);
  for (Chains* chains : {&plain, &doubled}) {
    chains->prepare(network);
    draw_states(*chains);
  }
  doubled.factors(1, 1, 3);
  Tensor a = Tensor::matrix(4, 3), b = a, low = Tensor::matrix(4, 4), same = low;
  input_to(network, 2, plain, a.view());
  input_to(network, 2, doubled, b.view());
  for (Index k = 0; k < 12; ++k) EXPECT_NEAR(b.data<float>()[k], 3 * a.data<float>()[k], 1e-6);
  input_to(network, 1, plain, low.view());
  input_to(network, 1, doubled, same.view());
  for (Index k = 0; k < 16; ++k) EXPECT_EQ(same.data<float>()[k], low.data<float>()[k]);
}

TEST(Chains, InPartsAreChainsOfTheirOwnThatShareTheirStates) {
  const Network network = make_deep();
  Chains chains(network, 6), alone(network, 3);
  draw_states(chains);
  Chains& second = chains.part(network, 1, 2);
  second.prepare(network, 0.25);
  EXPECT_EQ(second.rows(), 3);
  EXPECT_EQ(&chains.part(network, 1, 2), &second);
  for (Index l = 0; l < 3; ++l) {
    EXPECT_EQ(second[l].state.data, chains[l].state.row(3).data);
    EXPECT_NE(second[l].input.data, second[l].mean.data);
    for (Index i = 0; i < 3; ++i)
      std::copy_n(second[l].state.row(i).data, second[l].state.columns, alone[l].state.row(i).data);
  }
  alone.prepare(network, 0.25);
  for (Index l = 0; l < 3; ++l) {
    update_layer(network, l, second, Stream{7}.purpose(std::to_string(l)), Draw::sample);
    update_layer(network, l, alone, Stream{7}.purpose(std::to_string(l)), Draw::sample);
  }
  for (Index l = 0; l < 3; ++l)
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < network.layer(l).size; ++j) EXPECT_EQ(chains[l].state(3 + i, j), alone[l].state(i, j));
  EXPECT_THROW(chains.part(network, 0, 4), std::logic_error);
}

}  // namespace
}  // namespace harmonium::testing
