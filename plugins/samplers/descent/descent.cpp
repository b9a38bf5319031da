#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {
namespace {

/// Dynamics at temperature zero: a unit goes to the state of the lowest energy given all others, and keeps its own
/// where that is as low (as at zero field). One unit after the other the energy falls with every change, so it ends in
/// a minimum; all at once it may end in a cycle of two states. Hopfield 1982; Goles-Chacc, Fogelman-Soulie, Pellegrin
/// 1985.
class Descent final : public Sampler {
 public:
  std::string order = "sequential";

  static void describe(ValueType<Descent>& type) {
    type.says("Deterministic descent, at temperature zero: units go to their state of the lowest energy.")
        .cites("Hopfield 1982");
    type.parameter("order", &Descent::order)
        .one_of({"sequential", "random", "at once"})
        .says(
            "In their order, in an order drawn anew for every sweep, or all at once (which may end in a cycle of "
            "two).");
  }

  Law law() const override { return Law::descent; }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    std::vector<Site> sites;
    for (Index l = 0; l < network.size(); ++l) {
      if (request.holds(l)) continue;
      const Index size = network.layer(l).size, block = network.layer(l).units->block(size);
      for (Index first = 0; first < size; first += block) sites.push_back({l, first, block});
    }
    std::vector<Index> places(sites.size());
    std::iota(places.begin(), places.end(), Index{0});
    for (Index s = 0; s < request.sweeps; ++s) {
      if (order == "at once") {
        all_at_once(network, chains, request);
        continue;
      }
      if (order == "random")
        permutation(request.stream.at(request.stream.step + static_cast<std::uint64_t>(s)).purpose("order"), places);
      for (const Index place : places) step(network, chains, request, sites[static_cast<std::size_t>(place)]);
    }
  }

 private:
  struct Site {
    Index layer, first, size;
  };

  static void step(const Network& network, Chains& chains, const Request& request, const Site& site) {
    const Chains::Layer& at = chains[site.layer];
    const Index rows = chains.rows();
    thread_local std::vector<float> memory;
    if (static_cast<Index>(memory.size()) < 2 * rows * site.size)
      memory.resize(static_cast<std::size_t>(2 * rows * site.size));
    const View<float> input(memory.data(), rows, site.size), best(memory.data() + rows * site.size, rows, site.size);
    input_to(network, site.layer, chains, 0, site.first, input);
    const View<float> state = at.state.column_range(site.first, site.size);
    find(*network.layer(site.layer).units, at.theta.column_range(site.first, site.size), input, state, best);
    move(state, at.mean.column_range(site.first, site.size), best,
         columns_of(request.units_held(site.layer), site.first, site.size));
  }

  static void all_at_once(const Network& network, Chains& chains, const Request& request) {
    std::vector<Tensor> best;
    for (Index l = 0; l < network.size(); ++l) {
      const Layer& layer = network.layer(l);
      Tensor input = Tensor::matrix(chains.rows(), layer.size);
      best.push_back(Tensor::matrix(chains.rows(), layer.size));
      if (request.holds(l)) continue;
      input_to(network, l, chains, input.view());
      const Index block = layer.units->block(layer.size);
      for (Index first = 0; first < layer.size; first += block)
        find(*layer.units, chains[l].theta.column_range(first, block), input.view().column_range(first, block),
             chains[l].state.column_range(first, block), best.back().view().column_range(first, block));
    }
    for (Index l = 0; l < network.size(); ++l)
      if (!request.holds(l))
        move(chains[l].state, chains[l].mean, best[static_cast<std::size_t>(l)].view(), request.units_held(l));
  }

  /// Of one block: the state of the lowest energy, or the present one where that is as low.
  static void find(const Units& units, View<const float> theta, View<const float> input, View<const float> state,
                   View<float> best) {
    units.mode(theta, input, best);
    std::vector<double> now(static_cast<std::size_t>(state.rows), 0.0), then(now.size(), 0.0);
    units.add_energy(theta, state, now);
    units.add_energy(theta, best, then);
    for (Index i = 0; i < state.rows; ++i) {
      double gain = now[static_cast<std::size_t>(i)] - then[static_cast<std::size_t>(i)];
      for (Index j = 0; j < state.columns; ++j)
        gain += static_cast<double>(input(i, j)) * (static_cast<double>(best(i, j)) - static_cast<double>(state(i, j)));
      if (gain <= 0) std::copy_n(state.row(i).data, state.columns, best.row(i).data);
    }
  }

  static View<const std::uint8_t> columns_of(View<const std::uint8_t> flags, Index first, Index size) {
    return flags.empty() ? flags : flags.column_range(first, size);
  }

  static void move(View<float> state, View<float> mean, View<const float> best, View<const std::uint8_t> held) {
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j) {
        if (held.empty() || held(i, j) == 0) state(i, j) = best(i, j);
        mean(i, j) = state(i, j);
      }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Descent>("sampler.descent"); }
