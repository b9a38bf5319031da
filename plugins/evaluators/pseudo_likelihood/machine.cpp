#include "machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

Tensor in_double(const Tensor& values) {
  Tensor copy(Element::float64, values.shape());
  std::copy_n(values.data<float>(), values.size(), copy.data<double>());
  return copy;
}

}  // namespace

Machine::Machine(const Network& network_) : network(network_) {
  if (!network.hidden_independent())
    throw RunFailed("the pseudo-likelihood is not exact here: hidden layers are joined to each other");
  for (const Layer& layer : network.layers())
    if (!layer.units->exact())
      throw RunFailed(fmt::format("the pseudo-likelihood needs exact units; layer '{}' has {}, which are approximate",
                                  layer.name, layer.units.type()));
  check_normalisable(network);
  for (const Layer& layer : network.layers()) {
    Tensor theta = Tensor::matrix(layer.units->statistics(), layer.size);
    layer.units->natural(layer.parameters.view(), theta.view());
    Index& units = layer.visible ? visible_units : hidden_units;
    (layer.visible ? visible : hidden).push_back({&layer, units, in_double(theta)});
    units += layer.size;
  }
  response = Tensor::of<double>({visible_units, hidden_units});
  constexpr Index chunk = 256;
  for (Index first = 0; first < visible_units && hidden_units > 0; first += chunk) {
    const Index count = std::min(chunk, visible_units - first);
    Tensor single = Tensor::of<double>({count, visible_units}), unused = Tensor::of<double>({count, visible_units});
    for (Index i = 0; i < count; ++i) single.view<double>()(i, first + i) = 1;
    inputs(single.view<double>(), unused.view<double>(), response.view<double>().row_range(first, count));
  }
  for (std::size_t v = 0; v < visible.size(); ++v) {
    const Layer& layer = *visible[v].layer;
    const Index width = layer.units->block(layer.size);
    for (Index first = 0; first < layer.size; first += width)
      coordinates.push_back({v, first, width, support_of(layer, visible[v].theta.view<double>(), first, width)});
  }
}

void Machine::inputs(View<const double> states, View<double> to_visible, View<double> to_hidden) const {
  for (Index i = 0; i < states.rows; ++i) {
    std::fill_n(to_visible.row(i).data, to_visible.columns, 0.0);
    std::fill_n(to_hidden.row(i).data, to_hidden.columns, 0.0);
  }
  const auto side_of = [&](Index l) -> const Side& {
    const Layer* layer = &network.layer(l);
    const std::vector<Side>& sides = layer->visible ? visible : hidden;
    return *std::find_if(sides.begin(), sides.end(), [&](const Side& side) { return side.layer == layer; });
  };
  for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
    const Link& link = network.link(i);
    const Tensor weights = in_double(link.weights);
    const Side &a = side_of(link.a), &b = side_of(link.b);
    const auto out = [&](const Side& side) {
      return (side.layer->visible ? to_visible : to_hidden).column_range(side.first, side.layer->size);
    };
    if (a.layer->visible)
      link.connection->to_b(network.ends(i), weights.view<double>(), states.column_range(a.first, a.layer->size), 0,
                            out(b), 1, true);
    // Within a layer the input is to_b alone.
    if (b.layer->visible && link.a != link.b)
      link.connection->to_a(network.ends(i), weights.view<double>(), states.column_range(b.first, b.layer->size), 0,
                            out(a), 1, true);
  }
}

}  // namespace harmonium
