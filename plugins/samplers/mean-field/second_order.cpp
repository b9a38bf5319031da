#include "second_order.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"

namespace harmonium {

void SecondOrder::begin(const Network& network, const Chains& chains) {
  layers_.resize(static_cast<std::size_t>(network.size()));
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    if (!layer.units->quadratic())
      throw RunFailed(
          fmt::format("a second-order mean field needs the moments of units with a quadratic term, which "
                      "layer '{}' with its {} has not in closed form",
                      layer.name, layer.units.type()));
    PerLayer& per = layers_[static_cast<std::size_t>(l)];
    if (per.variance.rows() != chains.rows() || per.variance.columns() != layer.size)
      for (Tensor* tensor : {&per.variance, &per.quadratic, &per.fresh})
        *tensor = Tensor::matrix(chains.rows(), layer.size);
    std::fill_n(per.variance.data<float>(), per.variance.size(), 0.0F);
  }
  squares_.resize(network.links().size());
  for (std::size_t i = 0; i < squares_.size(); ++i) {
    const Tensor& weights = network.links()[i].weights;
    if (squares_[i].shape() != weights.shape()) squares_[i] = Tensor(Element::float32, weights.shape());
    for (Index k = 0; k < weights.size(); ++k)
      squares_[i].data<float>()[k] = weights.data<float>()[k] * weights.data<float>()[k];
  }
}

void SecondOrder::update(const Network& network, Index layer, Chains& chains, View<const float> old,
                         View<const std::uint8_t> held, Index first, Index size, float damping) {
  PerLayer& per = layers_[static_cast<std::size_t>(layer)];
  const Chains::Layer& at = chains[layer];
  const View<float> q = per.quadratic.view().column_range(first, size), input = at.input.column_range(first, size);
  const auto beta = static_cast<float>(chains.inverse_temperature());
  bool any = false;
  for (std::size_t i = 0; i < squares_.size(); ++i) {
    const Link& link = network.links()[i];
    const auto number = static_cast<Index>(i);
    if (link.a != layer && link.b != layer) continue;
    const bool to_b = link.b == layer;
    const float factor = beta * chains.factor(number, to_b);
    const View<const float> variance = layers_[static_cast<std::size_t>(to_b ? link.a : link.b)].variance.view();
    if (to_b)
      link.connection->to_b(network.ends(number), squares_[i].view(), variance, first, q, -factor * factor, any);
    else
      link.connection->to_a(network.ends(number), squares_[i].view(), variance, first, q, -factor * factor, any);
    any = true;
  }
  for (Index i = 0; !any && i < q.rows; ++i) std::fill_n(q.row(i).data, size, 0.0F);
  input_to(network, layer, chains, 0, first, input);
  for (Index i = 0; i < q.rows; ++i)
    for (Index j = 0; j < size; ++j) input(i, j) += q(i, j) * old(i, first + j);
  const View<float> mean = at.mean.column_range(first, size), variance = per.variance.view().column_range(first, size),
                    fresh = per.fresh.view().column_range(first, size);
  network.layer(layer).units->quadratic()->moments(at.theta.column_range(first, size), input, q, mean, fresh);
  for (Index i = 0; i < q.rows; ++i)
    for (Index j = 0; j < size; ++j) {
      const bool fixed = !held.empty() && held(i, first + j) != 0;
      if (fixed) mean(i, j) = old(i, first + j);
      variance(i, j) = fixed ? 0 : damping * variance(i, j) + (1 - damping) * fresh(i, j);
    }
}

}  // namespace harmonium
