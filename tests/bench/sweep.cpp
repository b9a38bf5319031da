#include "sweep.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "harmonium/chains.hpp"
#include "harmonium/products.hpp"
#include "harmonium/registry.hpp"

namespace harmonium::bench {
namespace {

double seconds_of(const auto& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

void sweep_beside_product(Index units, Index chains, Index rounds) {
  Network network;
  network.add({"units", make_value<Units>("units.bernoulli"), units, {}, true, "features", {}});
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  normal(Stream{1}, network.link(0).weights.view());
  for (float& weight : network.link(0).weights.values<float>()) weight *= 0.05F;
  network.link(0).connection->constrain(network.ends(0), network.link(0).weights.view());
  Chains states(network, chains);
  states.prepare(network);
  uniform(Stream{2}, states[0].state);
  Tensor out = Tensor::matrix(chains, units);
  constexpr int repeats = 20;
  for (Index round = 0; round < rounds + 1; ++round) {
    const double product_seconds = seconds_of([&] {
      for (int i = 0; i < repeats; ++i)
        product(View<const float>(states[0].state), View<const float>(network.link(0).weights.view()), out.view());
    });
    const double sweep_seconds = seconds_of([&] {
      for (int i = 0; i < repeats; ++i)
        update_layer(network, 0, states, Stream{3, static_cast<std::uint64_t>(repeats * round + i)}, Draw::sample);
    });
    // The first round is for the caches.
    if (round == 0) continue;
    fmt::print("{{\"sweep\": {}, \"product\": {}}}\n", sweep_seconds / repeats, product_seconds / repeats);
    std::fflush(stdout);
  }
}

}  // namespace harmonium::bench
