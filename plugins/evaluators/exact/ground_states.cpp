#include "ground_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "averages.hpp"
#include "enumerable.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/table.hpp"
#include "random_states.hpp"

namespace harmonium {

void GroundStates::describe(NodeType<GroundStates>& type) {
  type.says(
          "How often a dynamics ends in a state of the lowest energy, which is known by adding up all states, and "
          "where "
          "it ends on average; from random states, given so many sweeps.")
      .cites("Kirkpatrick, Gelatt, Vecchi 1983")
      .version(2)
      .random()
      .input<Network>("model", "A machine of up to 25 binary units or spins.")
      .output<Table>("table",
                     "A row for each number of sweeps: hit rate, mean and lowest final energy, lowest of all.");
  type.parameter("sampler", &GroundStates::sampler)
      .says("The dynamics, asked once for all its sweeps: an annealing's schedule then has that length.");
  type.parameter("sweeps", &GroundStates::sweeps).at_least(1).unit("sweeps").says("Given how many sweeps, each anew.");
  type.parameter("chains", &GroundStates::chains).at_least(1).at_most(1e5).unit("chains").says("How many chains.");
}

void GroundStates::outputs(const Specs& in, Specs& out) const {
  demand_enumerable(in.get<Network>("model"), TwoStateMachine::most_units, out);
  if (sweeps.empty()) out.problem("with.sweeps", "at least one number of sweeps is needed");
  if (sampler->law() == Law::moments)
    out.problem("with.sampler", fmt::format("{} returns means, which are no states", sampler.type()));
  out.set<Table>("table", {});
}

Outputs GroundStates::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const TwoStateMachine machine(network);
  const double ground = lowest_energy(machine);
  // Rounding of sums of so large terms is far below, other levels are above.
  double scale = std::abs(machine.constant);
  for (const double value : machine.bias) scale += std::abs(value);
  for (const double value : machine.coupling) scale += std::abs(value) / 2;
  constexpr double rounding = 1e-10;

  Table table{"final energies", "sweeps", {"hit rate", "mean", "lowest", "ground state"}, {"%", "", "", ""}, {}};
  const Stream stream = context.stream("ground states");
  std::vector<double> energies(static_cast<std::size_t>(chains));
  for (std::size_t k = 0; k < sweeps.size(); ++k) {
    Chains states(network, chains * sampler->replicas());
    states.prepare(network);
    begin_at_random(network, states, stream.purpose("start"));
    states.replicate(sampler->replicas());
    sampler->sweep(network, states, {sweeps[k], stream.purpose(std::to_string(sweeps[k]))});
    std::vector<Tensor> precise;
    std::vector<View<const double>> views;
    for (Index l = 0; l < network.size(); ++l) {
      precise.push_back(Tensor::of<double>({chains, network.layer(l).size}));
      std::copy_n(states[l].state.data, precise.back().size(), precise.back().data<double>());
    }
    for (const Tensor& layer : precise) views.push_back(layer.view<double>());
    energy(network, views, energies);
    const auto hits = std::count_if(energies.begin(), energies.end(),
                                    [&](double value) { return value <= ground + rounding * scale; });
    const auto count = static_cast<double>(chains);
    table.rows.push_back(
        {std::to_string(sweeps[k]),
         {100 * static_cast<double>(hits) / count, std::accumulate(energies.begin(), energies.end(), 0.0) / count,
          *std::min_element(energies.begin(), energies.end()), ground}});
    context.progress(static_cast<double>(k + 1), static_cast<double>(sweeps.size()), "numbers of sweeps");
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium
