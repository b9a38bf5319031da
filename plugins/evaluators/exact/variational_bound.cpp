#include "variational_bound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/bottom_up.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/shown.hpp"
#include "likelihood.hpp"

namespace harmonium {
namespace {

Tensor in_double(View<const float> values) {
  Tensor out = Tensor::of<double>({values.rows, values.columns});
  for (Index i = 0; i < values.rows; ++i)
    std::copy_n(values.row(i).data, values.columns, out.view<double>().row(i).data);
  return out;
}

std::vector<std::uint8_t> shown(const Network& network) {
  std::vector<std::uint8_t> flags;
  for (const Layer& layer : network.layers()) flags.push_back(layer.visible ? 1 : 0);
  return flags;
}

}  // namespace

void VariationalBound::describe(NodeType<VariationalBound>& type) {
  type.says(
          "A lower bound on the log-likelihood of data by the mean field of the hidden units, log Z being added up "
          "exactly.")
      .cites("Salakhutdinov, Hinton 2009")
      .input<Network>("model",
                      "The machine: some of its layers have up to 22 binary units or spins together, and the others "
                      "are not joined to each other.")
      .input<Dataset>("data", "The rows.")
      .output<Table>("table", "One row: mean bound of a row, its standard error, log Z, the bound without it, rows.");
  type.parameter("settler", &VariationalBound::settler).says("What settles the means of the hidden units.");
  type.parameter("settling", &VariationalBound::settling)
      .at_least(1)
      .unit("sweeps")
      .says("Sweeps of it, after a pass upwards.");
}

void VariationalBound::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_shown(model, data, "in.data", out);
  if (settler->law() != Law::moments)
    out.problem("with.settler", fmt::format("{} gives no means, which a bound needs", settler.type()));
  if (fewest_to_add_up(model).empty())
    out.problem("in.model",
                "log Z cannot be added up: no layers of at most 22 binary units or spins together leave others that "
                "are not joined to each other");
  out.set<Table>("table", {});
}

std::vector<double> VariationalBound::unnormalised(const Network& network, Chains& chains) const {
  const std::vector<std::uint8_t> held = shown(network);
  bottom_up(network, chains, held, {}, Draw::mean);
  settler->sweep(network, chains, {settling, Stream{}, held});
  const auto rows = static_cast<std::size_t>(chains.rows());
  std::vector<double> bound(rows, 0), energies(rows, 0), units(rows, 0);
  std::vector<Tensor> states;
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    const Tensor theta = in_double(chains[l].theta);
    states.push_back(in_double(chains[l].state));
    if (layer.visible) continue;
    Tensor in_float = Tensor::matrix(chains.rows(), layer.size);
    input_to(network, l, chains, in_float.view());
    const Tensor input = in_double(in_float.view());
    const View<double> mean = states.back().view<double>();
    layer.units->mean(theta.view<double>(), input.view<double>(), mean);
    layer.units->add_log_partition(theta.view<double>(), input.view<double>(), bound);
    for (std::size_t i = 0; i < rows; ++i)
      for (Index j = 0; j < layer.size; ++j) {
        const auto row = static_cast<Index>(i);
        bound[i] -= input.view<double>()(row, j) * mean(row, j);
      }
  }
  // The energy of the connections is what is left of the whole without that of the units.
  std::vector<View<const double>> views;
  for (const Tensor& state : states) views.push_back(state.view<double>());
  energy(network, views, energies);
  for (Index l = 0; l < network.size(); ++l)
    if (!network.layer(l).visible)
      network.layer(l).units->add_energy(in_double(chains[l].theta).view<double>(), views[static_cast<std::size_t>(l)],
                                         units);
  for (std::size_t i = 0; i < rows; ++i) bound[i] -= energies[i] - units[i];
  return bound;
}

Outputs VariationalBound::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows");
  for (const Layer& layer : network.layers())
    if (!layer.units->exact())
      throw RunFailed(fmt::format("a bound needs exact units; layer '{}' has {}, which are approximate", layer.name,
                                  layer.units.type()));
  const double log_z = log_partition_by(network, fewest_to_add_up(network.spec()));
  constexpr Index block = 500;
  Chains chains(network, std::min(block, data.rows()));
  std::vector<double> all;
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    chains.show(count);
    chains.prepare(network);
    for (const Index l : network.visible()) {
      data.read(data.part(network.layer(l).part), first, count, chains[l].state);
      demand_states(network.layer(l), chains[l].state, first);
    }
    for (const double value : unnormalised(network, chains)) all.push_back(value);
    context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
  }
  const Mean mean = mean_of(all);
  context.metric("bound", mean.value - log_z, "nats");
  Outputs outputs;
  outputs.set("table",
              Table{"variational bound on the log-likelihood",
                    "",
                    {"bound", "standard error", "log Z", "bound + log Z", "rows"},
                    {"nats", "nats", "nats", "nats", ""},
                    {{"", {mean.value - log_z, mean.error, log_z, mean.value, static_cast<double>(all.size())}}}});
  return outputs;
}

}  // namespace harmonium
