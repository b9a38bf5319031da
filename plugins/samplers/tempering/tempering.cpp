#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"
#include "swaps.hpp"

namespace harmonium {
namespace {

/// Parallel tempering: copies of every chain at falling inverse temperatures, of which neighbours swap their states, so
/// that what crosses between modes where it is hot comes to where it is cold. Swendsen, Wang 1986; Geyer 1991; in
/// training: Desjardins, Courville, Bengio, Vincent, Delalleau 2010; Cho, Raiko, Ilin 2010.
///
/// A swap is made before layers are drawn for the last time in a sweep, so that means are always given at the
/// temperature of their row. Where every connection has one end in the layers drawn first (any bipartite machine: RBM,
/// DBM) it is made right after those: their inputs are then those from the present states of all others, the energy
/// costs no product, and only they must be moved, the others being drawn anew given them. Elsewhere it is made before
/// the sweep, of all states.
class Tempering final : public Sampler {
 public:
  Handle<Sampler> sampler{"sampler.gibbs"};
  int temperatures = 10;
  double lowest = 0.1;
  std::string spacing = "linear";
  std::vector<double> inverse_temperatures;

  static void describe(ValueType<Tempering>& type) {
    type.says(
            "Parallel tempering: copies of every chain at higher temperatures, of which neighbours swap their states, "
            "so that chains cross between modes.")
        .cites("Swendsen, Wang 1986; Geyer 1991; Desjardins et al. 2010; Cho, Raiko, Ilin 2010");
    type.parameter("sampler", &Tempering::sampler)
        .says("What moves the copies; it must leave the model's distribution unchanged.");
    type.parameter("temperatures", &Tempering::temperatures)
        .at_least(2)
        .at_most(1000)
        .says("How many temperatures: the cost of a sweep is that of so many.");
    type.parameter("lowest", &Tempering::lowest)
        .above(0)
        .below(1)
        .says("The lowest inverse temperature, as a share of that of the chains.");
    type.parameter("spacing", &Tempering::spacing)
        .one_of({"linear", "geometric"})
        .says("How inverse temperatures lie between 1 and the lowest.");
    type.parameter("inverse_temperatures", &Tempering::inverse_temperatures)
        .above(0)
        .at_most(1)
        .example("[1, 0.8, 0.5, 0.2]")
        .says("All of them, falling from 1, instead of the three parameters above; none where they say it.");
  }

  Law law() const override { return sampler->law(); }
  bool by_layers() const override { return sampler->by_layers(); }
  Index replicas() const override {
    return inverse_temperatures.empty() ? temperatures : static_cast<Index>(inverse_temperatures.size());
  }
  void check(const ModelSpec& model) const override {
    if (const std::string found = problem(); !found.empty()) throw BadPipeline(found);
    for (const LayerSpec& layer : model.layers)
      if (!layer.exact)
        throw BadPipeline(
            fmt::format("tempering needs the energy of every layer, but '{}' has {}, which are "
                        "approximate",
                        layer.name, layer.units));
    sampler->check(model);
  }

  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    thread_local Memory memory;
    prepare(network, chains, request, memory);
    Request one = request;
    one.sweeps = 1;
    one.held_units = {memory.held_units.data(), static_cast<Index>(memory.held_units.size())};
    for (Index s = 0; s < request.sweeps; ++s) {
      const Stream step = request.stream.at(request.stream.step + static_cast<std::uint64_t>(s));
      one.only_mean_read = s + 1 == request.sweeps ? request.only_mean_read : Span<const std::uint8_t>();
      if (memory.first.empty())
        swap_and_sweep(network, chains, step, one, memory);
      else
        sweep_by_halves(network, chains, step, one, request, memory);
    }
    for (Index l = 0; l < network.size(); ++l)
      if (chains[l].input.data != chains[l].mean.data && !request.holds(l))
        copy((*memory.parts[0])[l].input, chains[l].input.row_range(0, memory.parts[0]->rows()));
  }

 private:
  struct Memory {
    std::vector<double> beta;
    std::vector<Chains*> parts;
    Swaps swaps;
    std::vector<Index> first;  ///< the layers drawn first, where swaps need only them
    std::vector<std::uint8_t> hold_first, hold_rest;
    std::vector<View<const std::uint8_t>> held_units;
  };

  /// What is wrong with the parameters, or nothing.
  std::string problem() const {
    if (sampler->law() != Law::invariant)
      return fmt::format("tempering needs a sampler that leaves the model's distribution unchanged, not {}",
                         sampler.type());
    if (sampler->replicas() != 1) return "tempering of a sampler that has several temperatures itself";
    const std::vector<double>& all = inverse_temperatures;
    if (!all.empty() && (all.size() < 2 || all.front() != 1 ||
                         std::adjacent_find(all.begin(), all.end(), std::less_equal<>()) != all.end()))
      return "inverse_temperatures must be two or more that fall from 1";
    return "";
  }

  void inverse_temperatures_at(double chains, std::vector<double>& beta) const {
    beta = inverse_temperatures;
    for (int k = 0; inverse_temperatures.empty() && k < temperatures; ++k) {
      const double share = static_cast<double>(k) / (temperatures - 1);
      beta.push_back(spacing == "linear" ? 1 + share * (lowest - 1) : std::pow(lowest, share));
    }
    for (double& value : beta) value *= chains;
  }

  void prepare(const Network& network, Chains& chains, const Request& request, Memory& memory) const {
    if (const std::string found = problem(); !found.empty()) throw RunFailed(found);
    const Index count = replicas();
    inverse_temperatures_at(chains.inverse_temperature(), memory.beta);
    memory.parts.clear();
    for (Index k = 0; k < count; ++k) {
      memory.parts.push_back(&chains.part(network, k, count));
      memory.parts.back()->prepare(network, memory.beta[static_cast<std::size_t>(k)]);
    }
    for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i)
      if (chains.factor(i, true) != 1 || chains.factor(i, false) != 1)
        throw RunFailed("tempering needs an energy, which a machine with inputs multiplied has not");
    const Index rows = memory.parts[0]->rows();
    memory.held_units.assign(request.held_units.begin(), request.held_units.end());
    for (View<const std::uint8_t>& flags : memory.held_units)
      if (!flags.empty()) flags = flags.row_range(0, rows);
    hold_alike(network, request, memory);
    find_first(network, request, memory);
  }

  /// What is held in the first replica is in all.
  static void hold_alike(const Network& network, const Request& request, const Memory& memory) {
    for (Index l = 0; l < network.size(); ++l) {
      const View<float> from = (*memory.parts[0])[l].state;
      const View<const std::uint8_t> flags =
          memory.held_units.empty() ? View<const std::uint8_t>() : memory.held_units[static_cast<std::size_t>(l)];
      if (!request.holds(l) && flags.empty()) continue;
      for (std::size_t k = 1; k < memory.parts.size(); ++k) {
        const View<float> to = (*memory.parts[k])[l].state;
        if (request.holds(l)) copy(from, to);
        for (Index i = 0; i < flags.rows; ++i)
          for (Index j = 0; j < flags.columns; ++j)
            if (flags(i, j) != 0) to(i, j) = from(i, j);
      }
    }
  }

  void find_first(const Network& network, const Request& request, Memory& memory) const {
    memory.first.clear();
    if (!sampler->by_layers() || network.colours().empty()) return;
    const std::vector<Index>& first = network.colours().front();
    const auto among = [&](Index layer) { return std::find(first.begin(), first.end(), layer) != first.end(); };
    for (const Link& link : network.links())
      if (among(link.a) == among(link.b)) return;
    for (const Index layer : first)
      if (request.holds(layer)) return;
    memory.first = first;
    memory.hold_first.resize(static_cast<std::size_t>(network.size()));
    memory.hold_rest.resize(static_cast<std::size_t>(network.size()));
    for (Index l = 0; l < network.size(); ++l) {
      const auto at = static_cast<std::size_t>(l);
      memory.hold_first[at] = among(l) || request.holds(l);
      memory.hold_rest[at] = !among(l) || request.holds(l);
    }
  }

  /// Every replica draws for itself; the first as if it were alone.
  static Stream stream_of(const Stream& step, Index replica) {
    return replica == 0 ? step : step.purpose(fmt::format("replica {}", replica));
  }

  void swap_and_sweep(const Network& network, Chains& chains, const Stream& step, Request& one, Memory& memory) const {
    const Index rows = memory.parts[0]->rows();
    memory.swaps.begin(rows, memory.beta);
    memory.swaps.draw(step.purpose("swaps"));
    for (std::size_t k = 0; k < memory.parts.size(); ++k)
      memory.swaps.add_energies(network, static_cast<Index>(k), *memory.parts[k], {}, 0, rows);
    memory.swaps.decide(0, rows);
    memory.swaps.add_to(chains.swaps());
    for (Index l = 0; l < network.size(); ++l)
      if (!one.holds(l)) move(l, memory, 0, rows);
    for (std::size_t k = 0; k < memory.parts.size(); ++k) {
      one.stream = stream_of(step, static_cast<Index>(k));
      sampler->sweep(network, *memory.parts[k], one);
    }
  }

  /// Every replica in turn, or each on a thread of its own where there are enough of them: its states are then still
  /// near the processor when their energy is taken.
  template <class Work>
  static void for_replicas(const Memory& memory, Work&& work) {
    const auto count = static_cast<Index>(memory.parts.size());
    if (count % threads() == 0 || count > 4 * threads())
      parallel(count, work);
    else
      for (Index k = 0; k < count; ++k) work(k);
  }

  void sweep_by_halves(const Network& network, Chains& chains, const Stream& step, const Request& one,
                       const Request& request, Memory& memory) const {
    const Index rows = memory.parts[0]->rows();
    const auto sweep_half = [&](Index k, const std::vector<std::uint8_t>& held) {
      Request half = one;
      half.stream = stream_of(step, k);
      half.held = {held.data(), network.size()};
      sampler->sweep(network, *memory.parts[static_cast<std::size_t>(k)], half);
    };
    memory.swaps.begin(rows, memory.beta);
    memory.swaps.draw(step.purpose("swaps"));
    for_replicas(memory, [&](Index k) {
      sweep_half(k, memory.hold_rest);
      memory.swaps.add_energies(network, k, *memory.parts[static_cast<std::size_t>(k)], memory.first, 0, rows);
    });
    swap_first(network, request, memory);
    memory.swaps.add_to(chains.swaps());
    for_replicas(memory, [&](Index k) { sweep_half(k, memory.hold_first); });
  }

  /// Some chains at a time with all their replicas.
  static void swap_first(const Network& network, const Request& request, Memory& memory) {
    const Index rows = memory.parts[0]->rows();
    constexpr Index length = 8;
    parallel((rows + length - 1) / length, [&](Index block) {
      const Index first = block * length, count = std::min(length, rows - first);
      memory.swaps.decide(first, count);
      for (const Index layer : memory.first) {
        move(layer, memory, first, count);
        give_means(network, layer, request, memory, first, count);
      }
    });
  }

  static void move(Index layer, const Memory& memory, Index first, Index count) {
    thread_local std::vector<View<float>> states;
    states.clear();
    for (Chains* part : memory.parts) states.push_back((*part)[layer].state);
    memory.swaps.move(states, first, count);
  }

  /// The means of the first replica where its states have come from another: given the neighbours that came with them,
  /// at its own temperature.
  static void give_means(const Network& network, Index layer, const Request& request, const Memory& memory, Index first,
                         Index count) {
    const Chains::Layer& at = (*memory.parts[0])[layer];
    const View<const std::uint8_t> held =
        memory.held_units.empty() ? View<const std::uint8_t>() : memory.held_units[static_cast<std::size_t>(layer)];
    const bool as_mean = !request.as_mean.empty() && request.as_mean[layer] != 0;
    for (Index i = first; i < first + count; ++i) {
      const auto from = static_cast<std::size_t>(memory.swaps.from(i, 0));
      if (from == 0) continue;
      const Span<float> input = at.input.row(i), other = (*memory.parts[from])[layer].input.row(i);
      const auto factor = static_cast<float>(memory.beta[0] / memory.beta[from]);
      for (Index j = 0; j < input.size; ++j) input[j] = factor * other[j];
      network.layer(layer).units->mean(at.theta, at.input.row_range(i, 1), at.mean.row_range(i, 1));
      for (Index j = 0; j < held.columns; ++j)
        if (held(i, j) != 0) at.mean(i, j) = at.state(i, j);
      if (as_mean) std::copy_n(at.mean.row(i).data, input.size, at.state.row(i).data);
    }
  }

  static void copy(View<const float> from, View<float> to) {
    for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Tempering>("sampler.tempering"); }
