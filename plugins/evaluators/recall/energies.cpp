#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/table.hpp"
#include "recall.hpp"

namespace harmonium {

void Energies::describe(NodeType<Energies>& type) {
  type.says("The energy of chains, sweep by sweep, from noisy patterns or, without data, from random states.")
      .random()
      .input<Network>("model", "The machine, of binary units or spins.")
      .optional_input<Dataset>("data", "The patterns that chains begin at.")
      .output<Table>("table",
                     "A row for each sweep: mean, lowest and highest energy of the chains, share of units changed.");
  type.parameter("sampler", &Energies::sampler).says("The dynamics.");
  type.parameter("temperature", &Energies::temperature)
      .at_least(1e-6)
      .says("The temperature; an epoch of the schedule is a sweep. Descent knows none.");
  type.parameter("sweeps", &Energies::sweeps).at_least(1).unit("sweeps").says("How many sweeps.");
  type.parameter("noise", &Energies::noise)
      .at_least(0)
      .at_most(1)
      .says("Share of the patterns' units that is turned over.");
  type.parameter("chains", &Energies::chains).at_least(1).unit("chains").says("How many chains.");
}

void Energies::outputs(const Specs& in, Specs& out) const {
  demand_two_states(in.get<Network>("model"), "this trace", out);
  check_sampler(sampler, in.get<Network>("model"), "with.sampler", out);
  if (in.has("data")) check_shown(in.get<Network>("model"), in.get<Dataset>("data"), "in.data", out);
  out.set<Table>("table", {});
}

Outputs Energies::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  if (in.has("data")) check_data(network, in.get<Dataset>("data"));
  // Only the chains at their own temperature are traced, not the copies that a sampler keeps at others.
  Chains states(network, chains * sampler->replicas());
  const Stream stream = context.stream("energies");
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    const TwoStates two = two_states(layer, "this trace");
    const View<float> state = states[l].state.row_range(0, chains);
    Tensor turned = Tensor::matrix(chains, layer.size);
    uniform(stream.purpose("states").purpose(layer.name), state);
    uniform(stream.purpose("noise").purpose(layer.name), turned.view());
    for (Index i = 0; i < chains; ++i) {
      for (float& value : state.row(i)) value = value < 0.5F ? two.low : two.high;
      if (!in.has("data") || !layer.visible) continue;
      const auto& data = in.get<Dataset>("data");
      data.read(data.part(layer.part), i % data.rows(), 1, state.row_range(i, 1));
      for (Index j = 0; j < layer.size; ++j) {
        const bool on = state(i, j) > (two.low + two.high) / 2;
        const bool turn = static_cast<double>(turned.view()(i, j)) < noise;
        state(i, j) = on != turn ? two.high : two.low;
      }
    }
  }
  states.replicate(sampler->replicas());
  Table table{"energy", "sweep", {"mean", "lowest", "highest", "changed"}, {"", "", "", "%"}, {}};
  std::vector<Tensor> precise, before;
  for (const Layer& layer : network.layers()) {
    precise.push_back(Tensor::of<double>({chains, layer.size}));
    before.push_back(Tensor::matrix(chains, layer.size));
  }
  std::vector<double> energies(static_cast<std::size_t>(chains));
  const auto note = [&](Index sweep) {
    std::vector<View<const double>> views;
    double changed = 0, units = 0;
    for (Index l = 0; l < network.size(); ++l) {
      Tensor& copy = precise[static_cast<std::size_t>(l)];
      const View<const float> state = states[l].state.row_range(0, chains);
      const View<float> last = before[static_cast<std::size_t>(l)].view();
      for (Index i = 0; i < chains; ++i)
        for (Index j = 0; j < state.columns; ++j) {
          changed += state(i, j) != last(i, j);
          last(i, j) = state(i, j);
          copy.view<double>()(i, j) = static_cast<double>(state(i, j));
        }
      units += static_cast<double>(state.size());
      views.push_back(copy.view<double>());
    }
    energy(network, views, energies);
    const double mean = std::accumulate(energies.begin(), energies.end(), 0.0) / static_cast<double>(chains);
    table.rows.push_back(
        {std::to_string(sweep),
         {mean, *std::min_element(energies.begin(), energies.end()),
          *std::max_element(energies.begin(), energies.end()), sweep == 0 ? 0 : 100 * changed / units}});
  };
  note(0);
  for (Index s = 0; s < sweeps; ++s) {
    const double last = static_cast<double>(std::max<Index>(1, sweeps - 1));
    states.prepare(network, 1 / temperature->at({static_cast<double>(s), last, 0}));
    sampler->sweep(network, states, {1, stream.purpose("sweeps").at(static_cast<std::uint64_t>(s))});
    note(s + 1);
    context.progress(static_cast<double>(s + 1), static_cast<double>(sweeps), "sweeps");
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium
