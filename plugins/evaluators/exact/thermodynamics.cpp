#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/enumeration.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"
#include "likelihood.hpp"
#include "variational_bound.hpp"

namespace harmonium {
namespace {

/// Sums of exp(-E / T), weighted, whose largest term so far is kept apart.
struct Sums {
  double least = std::numeric_limits<double>::infinity();  ///< the lowest energy so far
  double z = 0, energy = 0, square = 0;
  std::vector<double> on;  ///< of each unit

  void rescale(double to, double beta) {
    const double factor = std::isinf(least) ? 0 : std::exp(-beta * (least - to));
    z *= factor;
    energy *= factor;
    square *= factor;
    for (double& value : on) value *= factor;
    least = to;
  }
};

/// Partition function and averages of a small machine by adding up all its states, at any number of temperatures:
/// Z = sum exp(-E/T), U = <E>, F = -T log Z, H = (U - F) / T, C = (<E^2> - U^2) / T^2.
struct Thermodynamics {
  std::vector<double> temperatures = {1};

  static void describe(NodeType<Thermodynamics>& type) {
    type.says(
            "Exact thermodynamics of a machine of up to 25 binary units or spins, by adding up all its states: "
            "partition "
            "function, internal energy, entropy, free energy, heat capacity, and the mean of every unit.")
        .cites("Landau, Lifshitz 1980")
        .input<Network>("model", "The machine.")
        .output<Table>("table", "A row for each temperature.")
        .output<Table>("means", "A row for each temperature, a column for each unit.");
    type.parameter("temperatures", &Thermodynamics::temperatures).above(0).says("At which temperatures.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    if (const Index units = model.visible_units() + model.hidden_units(); units > TwoStateMachine::most_units)
      out.problem("in.model",
                  fmt::format("the model has {} units; up to {} are enumerated", units, TwoStateMachine::most_units));
    for (const LayerSpec& layer : model.layers)
      if (layer.units != "units.bernoulli" && layer.units != "units.spin")
        out.problem("in.model", fmt::format("layer '{}' has {}: only machines of binary units and spins are enumerated",
                                            layer.name, layer.units));
    if (temperatures.empty()) out.problem("with.temperatures", "at least one temperature is needed");
  }

  Outputs run(const Inputs& in, Context& context) const {
    const TwoStateMachine machine(in.get<Network>("model"));
    const auto n = static_cast<std::size_t>(machine.units());
    Table table{"thermodynamics",
                "temperature",
                {"log Z", "internal energy", "entropy", "free energy", "heat capacity"},
                {"nats", "", "nats", "", "nats"},
                {}};
    Table means{"mean of every unit", "temperature", machine.names, std::vector<std::string>(n), {}};
    for (std::size_t t = 0; t < temperatures.size(); ++t) {
      const double temperature = temperatures[t], beta = 1 / temperature;
      std::vector<Sums> parts(static_cast<std::size_t>(machine.blocks()));
      for (Sums& part : parts) part.on.assign(n, 0.0);
      machine.enumerate([&](Index block, double energy, std::uint32_t state, Index) {
        Sums& sums = parts[static_cast<std::size_t>(block)];
        if (energy < sums.least) sums.rescale(energy, beta);
        const double weight = std::exp(-beta * (energy - sums.least));
        sums.z += weight;
        sums.energy += weight * energy;
        sums.square += weight * energy * energy;
        for (std::size_t i = 0; i < n; ++i)
          if ((state >> i) & 1) sums.on[i] += weight;
      });
      Sums all = parts[0];
      for (std::size_t b = 1; b < parts.size(); ++b) {
        const double least = std::min(all.least, parts[b].least);
        all.rescale(least, beta);
        parts[b].rescale(least, beta);
        all.z += parts[b].z;
        all.energy += parts[b].energy;
        all.square += parts[b].square;
        for (std::size_t i = 0; i < n; ++i) all.on[i] += parts[b].on[i];
      }
      const double log_z = std::log(all.z) - beta * all.least, u = all.energy / all.z;
      const double f = -temperature * log_z;
      const std::string label = fmt::format("{}", temperature);
      table.rows.push_back({label, {log_z, u, (u - f) * beta, f, (all.square / all.z - u * u) * beta * beta}});
      means.rows.push_back({label, {}});
      for (std::size_t i = 0; i < n; ++i)
        means.rows.back().values.push_back(machine.low[i] + (machine.high[i] - machine.low[i]) * all.on[i] / all.z);
      context.progress(static_cast<double>(t + 1), static_cast<double>(temperatures.size()), "temperatures");
    }
    Outputs outputs;
    outputs.set("table", std::move(table));
    outputs.set("means", std::move(means));
    return outputs;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Thermodynamics>("evaluator.thermodynamics");
  registrar.node<harmonium::ExactLikelihood>("evaluator.exact_likelihood");
  registrar.node<harmonium::VariationalBound>("evaluator.variational_bound");
}
