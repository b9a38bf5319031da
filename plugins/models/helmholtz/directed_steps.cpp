#include "directed_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/products.hpp"

namespace harmonium::helmholtz {
namespace {

/// What both phases move: the weights into a layer and its biases, up a gradient from the states that drive the layer
/// and from its own states less their means.
struct Moved {
  Optimiser& optimiser;
  Index weights, bias;  ///< their numbers in the optimiser
  const char* kind;
  Index layer;
};

void demand_bounded(View<const float> parameter, const Moved& moved) {
  if (!elementwise::within(parameter, largest_parameter))
    throw RunFailed(fmt::format("training diverged: {} of layer {} are beyond {:g} or no numbers", moved.kind,
                                moved.layer, largest_parameter));
}

void move_weights(const Moved& moved, View<const float> drive, View<const float> delta, double scale,
                  View<float> gradient, View<float> weights) {
  product_by_panels(Transpose::yes, drive, Transpose::no, delta, gradient, static_cast<float>(scale), 0,
                    [&](View<float> panel, Index row, Index column) {
                      const View<float> at = weights.row_range(row, panel.rows).column_range(column, panel.columns);
                      moved.optimiser.apply(moved.weights, row, column, at, panel);
                      demand_bounded(at, moved);
                    });
  moved.optimiser.bound(weights);
}

void move_bias(const Moved& moved, View<const float> delta, double scale, Span<double> sums, View<float> gradient,
               View<float> bias) {
  sums.size = delta.columns;
  std::fill(sums.begin(), sums.end(), 0.0);
  elementwise::add_column_sums(delta, scale, sums);
  std::copy(sums.begin(), sums.end(), gradient.data);
  moved.optimiser.apply(moved.bias, 0, 0, bias, gradient);
  demand_bounded(bias, moved);
}

/// mean becomes state - mean.
View<float> delta_of(Activity& activity, Index layer) {
  const View<float> mean = activity.mean(layer);
  elementwise::combine(1, activity.state(layer), -1, mean, mean);
  return mean;
}

}  // namespace

DirectedSteps::DirectedSteps(const HelmholtzMachine& machine, const Handle<UpdateRule>& generation_rule,
                             const Handle<UpdateRule>& recognition_rule, const std::vector<Handle<Penalty>>& penalties,
                             Kept kept)
    : generation(generation_rule, penalties), recognition(recognition_rule, penalties), kept_(std::move(kept)) {
  using Role = Optimiser::Role;
  // Of link l the numbers are 2 l for weights, 2 l + 1 for the biases of the layer that they lead to; the top layer's
  // generative biases come last.
  Index widest = 0;
  for (const HelmholtzMachine::Link& link : machine.links) {
    const Index above = link.generation.rows(), below = link.generation.columns();
    generation.attach(Role::weight, above, below);
    generation.attach(Role::bias, 1, below);
    recognition.attach(Role::weight, below, above);
    recognition.attach(Role::bias, 1, above);
    gradients_.push_back(Tensor::matrix(1, link.generation.size()));
  }
  generation.attach(Role::bias, 1, machine.layers.back().size());
  for (const HelmholtzMachine::Layer& layer : machine.layers) widest = std::max(widest, layer.size());
  gradients_.push_back(Tensor::matrix(1, widest));
  sums_.resize(static_cast<std::size_t>(widest));
}

void DirectedSteps::wake(HelmholtzMachine& machine, Activity& activity, Index layers, double scale,
                         Span<const float> counts, Span<double> costs) {
  for (Index l = 0; l < layers; ++l) {
    activity.predict_down(machine, l, costs);
    const View<float> delta = delta_of(activity, l);
    for (Index i = 0; i < counts.size; ++i)
      for (float& value : delta.row(i)) value *= counts[i];
    HelmholtzMachine::Layer& layer = machine.layer(l);
    const Moved moved{generation, 2 * l, l + 1 < machine.size() ? 2 * l + 1 : 2 * l, "generative weights", l};
    const auto at = static_cast<std::size_t>(l);
    if (!kept_.biases[at])
      move_bias(moved, delta, scale, sums_, {gradients_.back().data<float>(), 1, layer.size()}, layer.bias.view());
    if (l + 1 == machine.size()) break;
    if (kept_.generation[at]) continue;
    Tensor& weights = machine.link(l).generation;
    move_weights(moved, activity.state(l + 1), delta, scale,
                 {gradients_[at].data<float>(), weights.rows(), weights.columns()}, weights.view());
  }
}

void DirectedSteps::sleep(HelmholtzMachine& machine, Activity& activity, double scale, Span<double> costs) {
  for (Index l = 1; l < machine.size(); ++l) {
    activity.predict_up(machine, l, costs);
    const View<const float> delta = delta_of(activity, l);
    const Moved moved{recognition, 2 * (l - 1), 2 * (l - 1) + 1, "recognition weights", l};
    HelmholtzMachine::Layer& layer = machine.layer(l);
    const auto below = static_cast<std::size_t>(l - 1);
    if (!kept_.biases[below + 1])
      move_bias(moved, delta, scale, sums_, {gradients_.back().data<float>(), 1, layer.size()},
                layer.recognition_bias.view());
    if (kept_.recognition[below]) continue;
    Tensor& weights = machine.link(l - 1).recognition;
    move_weights(moved, activity.state(l - 1), delta, scale,
                 {gradients_[below].data<float>(), weights.rows(), weights.columns()}, weights.view());
  }
}

}  // namespace harmonium::helmholtz
