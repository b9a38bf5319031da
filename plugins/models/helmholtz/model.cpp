#include "model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/errors.hpp"

namespace harmonium::helmholtz {
namespace {

void draw_weights(const Stream& stream, double deviation, Tensor& weights) {
  normal(stream, weights.view());
  for (float& weight : weights.values<float>()) weight *= static_cast<float>(deviation);
}

}  // namespace

void Untrained::describe(NodeType<Untrained>& type) {
  type.says(
          "A Helmholtz machine, untrained: layers of binary units, generative weights from the top down, recognition "
          "weights from the bottom up. Without hidden layers it is the independent model, a product of marginals.")
      .cites("Dayan, Hinton, Neal, Zemel 1995; Hinton, Dayan, Frey, Neal 1995")
      .optional_input<Dataset>("data",
                               "What it will show: gives the size and shape of the lowest layer, and its biases.")
      .output<HelmholtzMachine>("model", "The untrained machine.")
      .random();
  type.parameter("hidden", &Untrained::hidden)
      .required()
      .example("[32, 16]")
      .at_least(1)
      .at_most(1e6)
      .unit("units")
      .says("Hidden units of each layer, the lowest first; an empty list for none.");
  type.parameter("visible", &Untrained::visible)
      .at_least(0)
      .at_most(1e7)
      .unit("units")
      .says("Units of the lowest layer, where no data are connected; 0 takes their number from the data.");
  type.parameter("weights_deviation", &Untrained::weights_deviation)
      .at_least(0)
      .says("Standard deviation of the initial weights, of both kinds.");
  type.parameter("visible_bias", &Untrained::visible_bias)
      .one_of({"data", "zero"})
      .says(
          "Whether initial generative biases of the lowest layer give the means of the data, (n_on + 1) / (N + 2), or "
          "are zero. All other biases start at zero.");
  type.parameter("part", &Untrained::part).says("The part of the data that the lowest layer shows.");
}

HelmholtzSpec Untrained::spec_for(const DataSpec* data) const {
  HelmholtzSpec spec{{visible}, {}, part};
  if (data) {
    spec.sizes[0] = data->part(part).width;
    spec.shape = data->part(part).shape;
  }
  spec.sizes.insert(spec.sizes.end(), hidden.begin(), hidden.end());
  return spec;
}

void Untrained::outputs(const Specs& in, Specs& out) const {
  const DataSpec* data = in.has("data") ? &in.get<Dataset>("data") : nullptr;
  HelmholtzSpec spec = spec_for(data);
  if (data && visible > 0 && visible != spec.sizes[0])
    out.problem("with.visible",
                fmt::format("{} visible units, but '{}' of the data is {} wide", visible, part, spec.sizes[0]));
  if (!data && visible == 0)
    out.problem("with.visible", "the number of visible units is needed where no data are connected");
  constexpr double most_weights = 1e9;
  for (std::size_t l = 1; l < spec.sizes.size(); ++l)
    if (static_cast<double>(spec.sizes[l - 1]) * static_cast<double>(spec.sizes[l]) > most_weights)
      out.problem("with.hidden", fmt::format("layers of {} and {} units would be joined by more than {:g} weights",
                                             spec.sizes[l - 1], spec.sizes[l], most_weights));
  out.set<HelmholtzMachine>("model", std::move(spec));
}

Outputs Untrained::run(const Inputs& in, Context& context) const {
  const Dataset* data = in.has("data") ? &in.get<Dataset>("data") : nullptr;
  HelmholtzMachine machine(spec_for(data ? &data->spec() : nullptr));
  const Stream stream = context.stream("weights");
  for (std::size_t l = 0; l < machine.links.size(); ++l) {
    draw_weights(stream.purpose(fmt::format("generation {}", l)), weights_deviation, machine.links[l].generation);
    draw_weights(stream.purpose(fmt::format("recognition {}", l)), weights_deviation, machine.links[l].recognition);
  }
  if (data && visible_bias == "data") {
    const ColumnSummary summary = summarise(*data, data->part(part));
    demand_shades(summary);
    const auto rows = static_cast<double>(summary.rows);
    for (std::size_t j = 0; j < summary.mean.size(); ++j) {
      const double on = (rows * summary.mean[j] + 1) / (rows + 2);
      machine.layers[0].bias.data<float>()[j] = static_cast<float>(std::log(on / (1 - on)));
    }
  }
  Outputs outputs;
  outputs.set("model", std::move(machine));
  return outputs;
}

}  // namespace harmonium::helmholtz
