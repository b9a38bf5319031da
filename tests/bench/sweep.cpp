#include "sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "harmonium/chains.hpp"
#include "harmonium/products.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/sampler.hpp"

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

void tempering_beside_sweeps(Index visible, Index hidden, Index chains, Index temperatures, Index rounds) {
  Network network;
  network.add({"visible", make_value<Units>("units.bernoulli"), visible, {}, true, "features", {}});
  network.add({"hidden", make_value<Units>("units.bernoulli"), hidden, {}, false, "", {}});
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  normal(Stream{1}, network.link(0).weights.view());
  for (float& weight : network.link(0).weights.values<float>()) weight *= 0.05F;
  const Handle<Sampler> gibbs = make_value<Sampler>("sampler.gibbs");
  const Handle<Sampler> tempering =
      make_value<Sampler>(fmt::format("{{use: sampler.tempering, with: {{temperatures: {}}}}}", temperatures));
  Chains swapping(network, chains * temperatures), alone(network, chains * temperatures);
  swapping.prepare(network);
  alone.prepare(network);
  const auto inverse_temperature = [&](Index k) {
    return 1 - 0.9 * static_cast<double>(k) / static_cast<double>(temperatures - 1);
  };
  constexpr int repeats = 20;
  for (Index round = 0; round < rounds + 1; ++round) {
    const std::vector<double> before = swapping.swaps().accepted;
    // Sweep by sweep in turn, of which the quickest count: what else runs on the machine takes whole slices of time.
    double tempering_seconds = 1e9, sweep_seconds = 1e9;
    for (std::uint64_t i = 0; i < repeats; ++i) {
      const Stream stream{3, static_cast<std::uint64_t>(repeats * round) + i};
      tempering_seconds = std::min(tempering_seconds, seconds_of([&] {
                                     tempering->sweep(network, swapping, {1, stream});
                                   }));
      sweep_seconds = std::min(sweep_seconds, seconds_of([&] {
                                 for (Index k = 0; k < temperatures; ++k) {
                                   Chains& part = alone.part(network, k, temperatures);
                                   part.prepare(network, inverse_temperature(k));
                                   gibbs->sweep(network, part, {1, stream});
                                 }
                               }));
    }
    if (round == 0) continue;
    double accepted = 0;
    for (std::size_t k = 0; k < before.size(); ++k) accepted += swapping.swaps().accepted[k] - before[k];
    accepted /= static_cast<double>(repeats * chains * (temperatures - 1));
    fmt::print("{{\"tempering\": {}, \"sweeps\": {}, \"accepted\": {}}}\n", tempering_seconds, sweep_seconds, accepted);
    std::fflush(stdout);
  }
}

}  // namespace harmonium::bench
