#include "transitions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "enumerable.hpp"
#include "harmonium/table.hpp"
#include "transition_matrix.hpp"

namespace harmonium {
namespace {

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t s = 0; s < a.size(); ++s) sum += std::abs(a[s] - b[s]) / 2;
  return sum;
}

/// A state in signs, "+-+" of spins, "101" of binary units, a blank between layers.
std::string written(const Network& network, std::uint32_t state) {
  std::string text;
  for (const Layer& layer : network.layers()) {
    const bool spins = layer.units->states()[0] < 0;
    for (Index j = 0; j < layer.size; ++j, state >>= 1) text += (state & 1) ? (spins ? '+' : '1') : (spins ? '-' : '0');
    text += ' ';
  }
  return text;
}

}  // namespace

void Transitions::describe(NodeType<Transitions>& type) {
  type.says(
          "Exact transition matrices of the dynamics of a machine of up to 10 binary units or spins: which law each "
          "keeps, whether in detailed balance, and how fast it forgets.")
      .cites("Peretto 1984; Levin, Peres 2017")
      .input<Network>("model", "The machine.")
      .output<Table>(
          "table",
          "A row for each dynamics: by how much a sweep changes the Boltzmann law; half the sum of absolute "
          "differences between its stationary law and that of Boltzmann, and Peretto's for parallel "
          "dynamics; the largest violation of detailed balance under its stationary law; the modulus of the "
          "second-largest eigenvalue, and the relaxation time -1 / log of it, infinite where it is beyond 1e9.")
      .output<Table>("laws",
                     "A row for each state, those of low energy first: the laws of Boltzmann and Peretto, and the "
                     "stationary law of each dynamics.");
  type.parameter("dynamics", &Transitions::dynamics)
      .one_of({"glauber", "sequential", "block", "parallel"})
      .says(
          "Units at random, as many a sweep as there are; unit by unit; layer by layer, as sampler.gibbs; all at "
          "once.");
  type.parameter("temperature", &Transitions::temperature).above(0).says("The temperature.");
}

void Transitions::outputs(const Specs& in, Specs& out) const {
  demand_enumerable(in.get<Network>("model"), most_units, out);
  if (dynamics.empty()) out.problem("with.dynamics", "at least one dynamics is needed");
  out.set<Table>("table", {});
  out.set<Table>("laws", {});
}

Outputs Transitions::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const TwoStateMachine machine(network);
  const std::vector<double> boltzmann = boltzmann_law(machine, temperature),
                            peretto = parallel_law(machine, temperature);
  Table table{
      "dynamics",
      "dynamics",
      {"change of Boltzmann", "from Boltzmann", "from Peretto", "imbalance", "second eigenvalue", "relaxation time"},
      {"", "", "", "", "", "sweeps"},
      {}};
  std::vector<std::vector<double>> laws = {boltzmann, peretto};
  for (const std::string& name : dynamics) {
    const Tensor matrix = transition_matrix(machine, dynamics_named(name, network), temperature);
    laws.push_back(stationary_law(matrix));
    const std::vector<double>& law = laws.back();
    const double second = second_eigenvalue(matrix, law);
    table.rows.push_back({name,
                          {change_of(boltzmann, matrix), distance(law, boltzmann), distance(law, peretto),
                           imbalance_of(law, matrix), second, relaxation_time(second)}});
    context.progress(static_cast<double>(laws.size() - 2), static_cast<double>(dynamics.size()), "dynamics");
  }
  std::vector<std::string> columns = {"Boltzmann", "Peretto"};
  columns.insert(columns.end(), dynamics.begin(), dynamics.end());
  Table by_state{"stationary laws", "state by energy", columns, std::vector<std::string>(columns.size()), {}};
  std::vector<std::uint32_t> order(boltzmann.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return boltzmann[a] > boltzmann[b]; });
  for (std::size_t place = 0; place < order.size(); ++place) {
    by_state.rows.push_back({fmt::format("{}{}", written(network, order[place]), place + 1), {}});
    for (const auto& law : laws) by_state.rows.back().values.push_back(law[order[place]]);
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  outputs.set("laws", std::move(by_state));
  return outputs;
}

}  // namespace harmonium
