#include "harmonium/restate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

void demand_bias_alone(const Layer& layer) {
  if (layer.units->parameters().size != 1 || layer.units->statistics() != 1)
    throw RunFailed(fmt::format("layer '{}' cannot be part of a machine in other states: {} learn more than a bias",
                                layer.name, layer.units.type()));
}

/// What states that are all `value` in the layer exert on the other end of a link.
Tensor input_from(const Network& network, Index number, Index layer, double value) {
  const Link& link = network.link(number);
  const Index other = link.a == layer ? link.b : link.a;
  Tensor weights(Element::float64, link.weights.shape());
  std::copy_n(link.weights.data<float>(), link.weights.size(), weights.data<double>());
  Tensor states = Tensor::of<double>({1, network.layer(layer).size});
  std::fill_n(states.data<double>(), states.size(), value);
  Tensor input = Tensor::of<double>({1, network.layer(other).size});
  const View<const double> x = states.view<double>(), w = weights.view<double>();
  if (link.a == layer)
    link.connection->to_b(network.ends(number), w, x, 0, input.view<double>(), 1, false);
  else
    link.connection->to_a(network.ends(number), w, x, 0, input.view<double>(), 1, false);
  return input;
}

}  // namespace

void restate(Network& network, Index layer, const Handle<Units>& units, double scale, double shift) {
  Layer& changed = network.layer(layer);
  demand_bias_alone(changed);
  const auto count = static_cast<Index>(network.links().size());
  for (Index i = 0; i < count; ++i)
    for (const Index end : {network.link(i).a, network.link(i).b})
      if (network.link(i).a == layer || network.link(i).b == layer) demand_bias_alone(network.layer(end));

  std::vector<double> own(static_cast<std::size_t>(changed.size));
  const Span<float> bias = changed.parameters.view().row(0);
  std::copy(bias.begin(), bias.end(), own.begin());
  for (Index i = 0; i < count; ++i) {
    Link& link = network.link(i);
    if (link.a != layer && link.b != layer) continue;
    const bool within = link.a == link.b;
    const Tensor input = input_from(network, i, layer, shift);
    const Span<const double> added = input.view<double>().row(0);
    const Span<float> neighbour = network.layer(link.a == layer ? link.b : link.a).parameters.view().row(0);
    for (Index j = 0; j < added.size; ++j) {
      if (within)
        own[static_cast<std::size_t>(j)] += added[j];
      else
        neighbour[j] = static_cast<float>(static_cast<double>(neighbour[j]) + added[j]);
    }
    const double factor = within ? scale * scale : scale;
    for (float& weight : link.weights.values<float>())
      weight = static_cast<float>(factor * static_cast<double>(weight));
  }
  for (Index j = 0; j < changed.size; ++j) bias[j] = static_cast<float>(scale * own[static_cast<std::size_t>(j)]);
  changed.units = units;
}

}  // namespace harmonium
