#include "harmonium/helmholtz.hpp"

#include "harmonium/errors.hpp"

namespace harmonium {

void HelmholtzMachine::Layer::visit(Visitor& visitor) {
  visitor("bias", bias);
  visitor("recognition bias", recognition_bias);
}

void HelmholtzMachine::Link::visit(Visitor& visitor) {
  visitor("generation", generation);
  visitor("recognition", recognition);
}

HelmholtzMachine::HelmholtzMachine(const HelmholtzSpec& spec) : shape(spec.shape), part(spec.part) {
  for (std::size_t l = 0; l < spec.sizes.size(); ++l) {
    const Index units = spec.sizes[l];
    layers.push_back({Tensor::matrix(1, units), l > 0 ? Tensor::matrix(1, units) : Tensor()});
    if (l > 0) links.push_back({Tensor::matrix(units, spec.sizes[l - 1]), Tensor::matrix(spec.sizes[l - 1], units)});
  }
}

HelmholtzSpec HelmholtzMachine::spec() const {
  HelmholtzSpec spec{{}, shape, part};
  for (const Layer& at : layers) spec.sizes.push_back(at.size());
  return spec;
}

void HelmholtzMachine::visit(Visitor& visitor) {
  visitor("layers", layers);
  visitor("links", links);
  visitor("shape", shape);
  visitor("part", part);
  if (!visitor.loading()) return;
  bool fits = !layers.empty() && links.size() + 1 == layers.size();
  const auto is = [](const Tensor& tensor, Index rows, Index columns) {
    return tensor.element() == Element::float32 && tensor.rows() == rows && tensor.columns() == columns;
  };
  for (Index l = 0; fits && l < size(); ++l) {
    fits = is(layer(l).bias, 1, layer(l).size()) && (l == 0 || is(layer(l).recognition_bias, 1, layer(l).size()));
    if (fits && l > 0)
      fits = is(link(l - 1).generation, layer(l).size(), layer(l - 1).size()) &&
             is(link(l - 1).recognition, layer(l - 1).size(), layer(l).size());
  }
  if (!fits) throw BadData("the layers of a Helmholtz machine do not fit each other");
}

}  // namespace harmonium
