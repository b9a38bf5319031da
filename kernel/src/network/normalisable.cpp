#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/products.hpp"

namespace harmonium {

void check_normalisable(const Network& network, Index epochs) {
  // Where the units of each layer with a quadratic tail begin among all of those; -1 elsewhere.
  std::vector<Index> begin(static_cast<std::size_t>(network.size()), -1);
  Index n = 0;
  for (Index l = 0; l < network.size(); ++l)
    if (network.layer(l).units->tail() == Tail::quadratic) {
      begin[static_cast<std::size_t>(l)] = n;
      n += network.layer(l).size;
    }
  const auto of = [&](Index layer) { return begin[static_cast<std::size_t>(layer)]; };
  std::string joined;
  Tensor precision = Tensor::of<double>({n, n});
  const View<double> p = precision.view<double>();
  for (std::size_t i = 0; i < network.links().size(); ++i) {
    const Link& link = network.links()[i];
    if (of(link.a) < 0 || of(link.b) < 0) continue;
    const Index a_size = network.layer(link.a).size, b_size = network.layer(link.b).size;
    Tensor identity = Tensor::of<double>({a_size, a_size}), weights = Tensor(Element::float64, link.weights.shape()),
           joint = Tensor::of<double>({a_size, b_size});
    for (Index k = 0; k < a_size; ++k) identity.view<double>()(k, k) = 1;
    for (Index k = 0; k < link.weights.size(); ++k)
      weights.data<double>()[k] = static_cast<double>(link.weights.data<float>()[k]);
    link.connection->to_b(network.ends(static_cast<Index>(i)), weights.view<double>(), identity.view<double>(), 0,
                          joint.view<double>(), 1, false);
    for (Index r = 0; r < a_size; ++r)
      for (Index c = 0; c < b_size; ++c) {
        p(of(link.a) + r, of(link.b) + c) -= joint.view<double>()(r, c);
        if (link.a != link.b) p(of(link.b) + c, of(link.a) + r) -= joint.view<double>()(r, c);
      }
    joined += fmt::format("{}'{}' and '{}'", joined.empty() ? "" : ", ", network.layer(link.a).name,
                          network.layer(link.b).name);
  }
  if (joined.empty()) return;
  for (Index l = 0; l < network.size(); ++l) {
    if (of(l) < 0) continue;
    const Layer& layer = network.layer(l);
    Tensor theta = Tensor::matrix(layer.units->statistics(), layer.size);
    layer.units->natural(layer.parameters.view(), theta.view());
    std::vector<double> curvature(static_cast<std::size_t>(layer.size));
    layer.units->curvature(theta.view(), curvature);
    for (Index j = 0; j < layer.size; ++j) p(of(l) + j, of(l) + j) += curvature[static_cast<std::size_t>(j)];
  }
  if (!positive_definite(p))
    throw RunFailed(fmt::format(
        "{}the weights between {} have outgrown the precision of their units: the model cannot be normalised "
        "any more; a smaller learning rate, weight decay, or units with a bounded tail at one end may help",
        epochs > 0 ? fmt::format("epoch {}: ", epochs) : "", joined));
}

}  // namespace harmonium
