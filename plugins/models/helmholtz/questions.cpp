#include "questions.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "activity.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/stored_rows.hpp"
#include "harmonium/table.hpp"

namespace harmonium::helmholtz {
namespace {

DataSpec features_of(Index rows, const HelmholtzSpec& machine) {
  return {rows, {{"features", machine.sizes.back(), {}, PartSpec::Kind::real, {}}}};
}

}  // namespace

void Recognised::describe(NodeType<Recognised>& type) {
  type.says("The features of each row by a Helmholtz machine: the means of its highest layer, recognised from below.")
      .cites("Dayan, Hinton, Neal, Zemel 1995")
      .view()
      .input<HelmholtzMachine>("model", "The machine.")
      .input<Dataset>("data", "The rows, between 0 and 1, without missing values.")
      .output<Dataset>("data", "A column for each unit of the highest layer.");
}

void Recognised::outputs(const Specs& in, Specs& out) const {
  const auto& machine = in.get<HelmholtzMachine>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_part(machine, data, "in.data", out);
  if (!machine.sizes.empty()) out.set<Dataset>("data", features_of(data.rows, machine));
}

Outputs Recognised::run(const Inputs& in, Context& context) const {
  const auto& machine = in.get<HelmholtzMachine>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("the data have no rows");
  const Index part = data.part(machine.part), top = machine.size() - 1;
  demand_shades(summarise(data, part));
  constexpr Index block = 1000;
  Activity activity(machine, std::min(block, data.rows()));
  Tensor features = Tensor::matrix(data.rows(), machine.layer(top).size());
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    activity.rows(count);
    data.read(part, first, count, activity.state(0));
    activity.recognise_by_means(machine);
    copy(activity.state(top), features.view().row_range(first, count));
    context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
  }
  Outputs out;
  out.set("data",
          stored_rows(features_of(data.rows(), machine.spec()), {std::make_shared<const Tensor>(std::move(features))}));
  return out;
}

void EnergyOfRows::describe(NodeType<EnergyOfRows>& type) {
  type.says(
          "The free energy of each row, which of a Helmholtz machine is -log p(row), since its Z is 1: by importance "
          "sampling with recognition as the proposal, a lower bound on log p(row) in the mean, the closer the more "
          "samples there are. The interval holds the mean of such an estimate in 99 of 100 cases.")
      .cites("Rezende, Mohamed, Wierstra 2014; Burda, Grosse, Salakhutdinov 2016")
      .input<HelmholtzMachine>("model", "The machine.")
      .input<Dataset>("data", "Rows of 0 and 1.")
      .output<Table>("table", "A row for each row of the data.")
      .version(2)
      .random();
  type.parameter("samples", &Likelihood::samples)
      .at_least(1)
      .at_most(1e7)
      .unit("samples")
      .says("Draws of the hidden layers for each row.");
}

void EnergyOfRows::finish(State& state, const Inputs& in, Outputs& out) const {
  Table table{"energies",
              "row",
              {"free energy", "log p(row)", "low", "high", "effective samples"},
              {"nats", "nats", "nats", "nats", ""},
              {}};
  const bool sampled = in.get<HelmholtzMachine>("model").size() > 1;
  for (std::size_t i = 0; i < state.log_p.size(); ++i) {
    const double log_p = state.log_p[i], half = quantile_99 * std::sqrt(state.variance[i]);
    const double effective = static_cast<double>(samples) / (1 + static_cast<double>(samples) * state.variance[i]);
    table.rows.push_back({std::to_string(i + 1),
                          {-log_p, log_p, log_p - half, log_p + half, effective},
                          sampled ? verdict(state.rise[i], mean_gap(state), half) : "exact"});
  }
  out.set("table", std::move(table));
}

void Halves::describe(NodeType<Halves>& type) {
  type.says("The parts of a deep belief network: its top RBM, and the directed layers below it either way.")
      .cites("Hinton, Osindero, Teh 2006")
      .view()
      .input<DeepBeliefNet>("model", "The network.");
  describe_halves(type);
}

Outputs Halves::run(const Inputs& in, Context&) const {
  Outputs out;
  set_halves(in.get<DeepBeliefNet>("model"), out);
  return out;
}

}  // namespace harmonium::helmholtz
