#include "layers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// dmean/dinput of a stage's units at zero input: the variance of the first.
double slope(const Feedforward::Stage& at) {
  Tensor theta = Tensor::matrix(at.units->statistics(), at.outputs());
  Tensor input = Tensor::matrix(1, at.outputs()), variance = Tensor::matrix(1, at.outputs());
  at.units->natural(at.parameters.view(), theta.view());
  at.units->variance(theta.view(), input.view(), variance.view());
  return static_cast<double>(variance.view()(0, 0));
}

}  // namespace

StackSizes check_layers(const Specs& in, Specs& out) {
  StackSizes sizes;
  for (Index m = 0; m < in.count("stack"); ++m) {
    const ModelSpec& model = in.get<Network>("stack", m);
    Index layers[2] = {0, 0};
    for (const LayerSpec& layer : model.layers) ++layers[layer.visible ? 0 : 1];
    if (layers[0] != 1 || layers[1] != 1)
      out.problem("in.stack", fmt::format("model {} must have one visible and one hidden layer", m + 1));
    if (m == 0) sizes.visible = model.visible_units();
    if (m > 0 && model.visible_units() != sizes.hidden)
      out.problem("in.stack", fmt::format("model {} shows {} units, but the one below has {} hidden units", m + 1,
                                          model.visible_units(), sizes.hidden));
    sizes.hidden = model.hidden_units();
  }
  return sizes;
}

std::vector<StackLayer> layers_of(const Inputs& in) {
  std::vector<StackLayer> layers;
  for (Index m = 0; m < in.count("stack"); ++m) {
    const Network& model = in.get<Network>("stack", m);
    if (model.links().size() != 1) throw RunFailed(fmt::format("model {} of the stack is not an RBM", m + 1));
    const Link& link = model.link(0);
    const Layer& hidden = model.layer(model.hidden().front());
    const Layer& visible = model.layer(model.visible().front());
    if (link.weights.rows() != visible.size || link.weights.columns() != hidden.size ||
        model.layer(link.a).visible == false)
      throw RunFailed(
          fmt::format("model {} of the stack is not joined densely from its visible to its hidden layer", m + 1));
    layers.push_back({&visible, &hidden, &link});
  }
  return layers;
}

Feedforward::Stage stage(const Handle<Units>& units, Index inputs, Index outputs) {
  const Index kinds = units->parameters().size;
  Feedforward::Stage made{units, Tensor::matrix(inputs, outputs), Tensor::matrix(kinds, outputs)};
  for (Index k = 0; k < kinds; ++k)
    std::fill_n(made.parameters.view().row(k).data, outputs, static_cast<float>(units->parameters()[k].initial));
  return made;
}

void randomise(Feedforward& network, Context& context) {
  for (std::size_t s = 0; s < network.stages.size(); ++s) {
    Feedforward::Stage& at = network.stages[s];
    at = stage(at.units, at.inputs(), at.outputs());
    const bool last = s + 1 == network.stages.size();
    const auto width =
        static_cast<float>(std::sqrt(6.0 / static_cast<double>(at.inputs() + at.outputs())) / (last ? 1 : slope(at)));
    uniform(context.stream("weights").purpose(std::to_string(s)), at.weights.view());
    for (float& weight : at.weights.values<float>()) weight = width * (2 * weight - 1);
  }
}

}  // namespace harmonium
