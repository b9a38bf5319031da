#include "marginals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "averages.hpp"
#include "enumerable.hpp"
#include "harmonium/table.hpp"
#include "random_states.hpp"

namespace harmonium {

void Marginals::describe(NodeType<Marginals>& type) {
  type.says(
          "The means of the units of a small machine as a sampler finds them, against the exact ones. Of draws it is "
          "their mean over all chains and sweeps; of a sampler that returns means, those at the end of each chain, "
          "every one being an answer of its own.")
      .version(2)
      .random()
      .input<Network>("model", "A machine of up to 25 binary units or spins.")
      .output<Table>("table", "A row for each number of sweeps: the largest error, and the root of the mean square.")
      .output<Table>("means", "A row for each unit: the exact mean and that found at last.");
  type.parameter("sampler", &Marginals::sampler).says("What gives the means: draws, or means themselves.");
  type.parameter("temperature", &Marginals::temperature).above(0).says("The temperature.");
  type.parameter("sweeps", &Marginals::sweeps)
      .at_least(1)
      .unit("sweeps")
      .says("After how many sweeps, in rising order.");
  type.parameter("burn_in", &Marginals::burn_in)
      .at_least(0)
      .unit("sweeps")
      .says("Sweeps before those, which do not count.");
  type.parameter("chains", &Marginals::chains)
      .at_least(1)
      .at_most(1e5)
      .unit("chains")
      .says("How many chains; they begin at random states.");
}

void Marginals::outputs(const Specs& in, Specs& out) const {
  demand_enumerable(in.get<Network>("model"), TwoStateMachine::most_units, out);
  if (sampler->law() == Law::descent)
    out.problem("with.sampler", fmt::format("{} goes down in energy, and has no means to give", sampler.type()));
  if (sweeps.empty() || std::adjacent_find(sweeps.begin(), sweeps.end(), std::greater_equal<>()) != sweeps.end())
    out.problem("with.sweeps", "numbers of sweeps are given in rising order");
  out.set<Table>("table", {});
  out.set<Table>("means", {});
}

Outputs Marginals::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const TwoStateMachine machine(network);
  const std::vector<double> exact = averages(machine, temperature).mean;
  const bool draws = sampler->law() != Law::moments;
  Chains states(network, chains * sampler->replicas());
  states.prepare(network, 1 / temperature);
  const Stream stream = context.stream("marginals"), moves = stream.purpose("sweeps");
  begin_at_random(network, states, stream.purpose("start"));
  states.replicate(sampler->replicas());
  if (burn_in > 0) sampler->sweep(network, states, {burn_in, moves});

  const auto n = exact.size();
  std::vector<double> sums(n, 0.0), found(n, 0.0);
  const auto each_unit = [&](auto&& does) {
    std::size_t unit = 0;
    for (Index l = 0; l < network.size(); ++l)
      for (Index j = 0; j < network.layer(l).size; ++j, ++unit)
        for (Index i = 0; i < chains; ++i) does(unit, static_cast<double>(states[l].state(i, j)));
  };
  Table table{"means against exact ones", "sweeps", {"largest error", "error"}, {"", ""}, {}};
  Index made = 0;
  for (const Index count : sweeps) {
    // Means need nothing from the sweeps between; draws are added up after each.
    for (const Index step = draws ? 1 : count - made; made < count; made += step) {
      sampler->sweep(network, states, {step, moves.at(static_cast<std::uint64_t>(burn_in + made))});
      if (draws) each_unit([&](std::size_t unit, double value) { sums[unit] += value; });
    }
    double largest = 0, squares = 0;
    const double all = static_cast<double>(draws ? chains * made : chains);
    if (!draws) {
      std::fill(sums.begin(), sums.end(), 0.0);
      each_unit([&](std::size_t unit, double value) {
        sums[unit] += value;
        largest = std::max(largest, std::abs(value - exact[unit]));
        squares += (value - exact[unit]) * (value - exact[unit]) / static_cast<double>(chains);
      });
    }
    for (std::size_t unit = 0; unit < n; ++unit) {
      found[unit] = sums[unit] / all;
      if (!draws) continue;
      largest = std::max(largest, std::abs(found[unit] - exact[unit]));
      squares += (found[unit] - exact[unit]) * (found[unit] - exact[unit]);
    }
    table.rows.push_back({std::to_string(count), {largest, std::sqrt(squares / static_cast<double>(n))}});
    context.progress(static_cast<double>(made), static_cast<double>(sweeps.back()), "sweeps");
  }
  Table means{"means", "unit", {"exact", "found"}, {"", ""}, {}};
  for (std::size_t unit = 0; unit < n; ++unit) means.rows.push_back({machine.names[unit], {exact[unit], found[unit]}});
  Outputs outputs;
  outputs.set("table", std::move(table));
  outputs.set("means", std::move(means));
  return outputs;
}

}  // namespace harmonium
