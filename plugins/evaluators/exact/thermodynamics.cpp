#include <fmt/format.h>

#include "averages.hpp"
#include "enumerable.hpp"
#include "gradient_angle.hpp"
#include "ground_states.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"
#include "likelihood.hpp"
#include "marginals.hpp"
#include "transitions.hpp"
#include "variational_bound.hpp"

namespace harmonium {
namespace {

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
    demand_enumerable(in.get<Network>("model"), TwoStateMachine::most_units, out);
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
      const Averages all = averages(machine, temperature);
      const double u = all.energy, f = -temperature * all.log_z;
      const std::string label = fmt::format("{}", temperature);
      table.rows.push_back({label, {all.log_z, u, (u - f) * beta, f, (all.square - u * u) * beta * beta}});
      means.rows.push_back({label, all.mean});
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
  registrar.node<harmonium::Likelihood>("evaluator.likelihood");
  registrar.node<harmonium::GroundStates>("evaluator.ground_states");
  registrar.node<harmonium::Marginals>("evaluator.marginals");
  registrar.node<harmonium::Transitions>("evaluator.transitions");
  registrar.node<harmonium::GradientAngle>("evaluator.gradient_angle");
  registrar.node<harmonium::VariationalBound>("evaluator.variational_bound");
  registrar.node<harmonium::BoundOfRows>("ask.bound");
}
