#include "fantasies.hpp"

#include <algorithm>
#include <memory>

#include "activity.hpp"
#include "harmonium/stored_rows.hpp"

namespace harmonium::helmholtz {
namespace {

DataSpec data_of(const HelmholtzSpec& machine, Index rows) {
  return {rows, {{machine.part, machine.sizes.at(0), machine.shape, PartSpec::Kind::real, {}}}};
}

}  // namespace

void Fantasies::describe(NodeType<Fantasies>& type) {
  type.says("Fantasies of a Helmholtz machine: independent draws from its generative model, from the top layer down.")
      .cites("Hinton, Dayan, Frey, Neal 1995")
      .input<HelmholtzMachine>("model", "The machine.")
      .output<Dataset>("data", "The fantasies, as the part that the machine shows.")
      .random()
      .view();
  type.parameter("rows", &Fantasies::rows).at_least(1).at_most(1e7).unit("rows").says("How many.");
  type.parameter("values", &Fantasies::values)
      .one_of({"states", "means"})
      .says("Of the lowest layer: its states, or its means given the layer above, which make smoother pictures.");
}

void Fantasies::outputs(const Specs& in, Specs& out) const {
  const HelmholtzSpec& machine = in.get<HelmholtzMachine>("model");
  if (!machine.sizes.empty()) out.set<Dataset>("data", data_of(machine, rows));
}

Outputs Fantasies::run(const Inputs& in, Context& context) const {
  const auto& machine = in.get<HelmholtzMachine>("model");
  const Stream stream = context.stream("fantasies");
  Tensor drawn = Tensor::matrix(rows, machine.layer(0).size());
  constexpr Index block = 4096;
  Activity activity(machine, std::min(block, rows));
  for (Index first = 0; first < rows; first += block) {
    const Index count = std::min(block, rows - first);
    activity.rows(count);
    activity.generate(machine, stream.rows_from(static_cast<std::uint64_t>(first)));
    const View<float> from = values == "states" ? activity.state(0) : activity.mean(0);
    std::copy_n(from.data, from.size(), drawn.view().row(first).data);
  }
  Outputs outputs;
  outputs.set("data", stored_rows(data_of(machine.spec(), rows), {std::make_shared<const Tensor>(std::move(drawn))}));
  return outputs;
}

}  // namespace harmonium::helmholtz
