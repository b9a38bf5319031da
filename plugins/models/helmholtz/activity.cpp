#include "activity.hpp"

#include <algorithm>

#include "harmonium/elementwise.hpp"
#include "harmonium/products.hpp"

namespace harmonium::helmholtz {
namespace {

Span<const float> row_of(const Tensor& bias) { return bias.view().row(0); }

/// -log s(x; input + bias) = log(1 + exp(input + bias)) - x (input + bias), summed over the units of each row.
void add_costs(View<const float> state, View<const float> input, Span<const float> bias, Span<double> costs) {
  if (costs.empty()) return;
  elementwise::add_softplus_sums(input.row_range(0, costs.size), bias, costs);
  elementwise::add_row_dots(state.row_range(0, costs.size), input.row_range(0, costs.size), bias, -1, costs);
}

}  // namespace

Activity::Activity(const HelmholtzMachine& machine, Index most_rows) : rows_(most_rows) {
  for (Index l = 0; l < machine.size(); ++l) {
    const Index units = machine.layer(l).size();
    layers_.push_back({Tensor::matrix(most_rows, units), Tensor::matrix(most_rows, units),
                       Tensor::matrix(most_rows, units), "layer " + std::to_string(l)});
  }
}

View<float> Activity::input_from_above(const HelmholtzMachine& machine, Index layer) {
  const View<float> input = at(layer).input.view().row_range(0, rows_);
  if (layer + 1 < machine.size())
    product<float>(state(layer + 1), machine.link(layer).generation.view(), input);
  else
    std::fill_n(input.data, input.size(), 0.0F);
  return input;
}

View<float> Activity::input_from_below(const HelmholtzMachine& machine, Index layer) {
  const View<float> input = at(layer).input.view().row_range(0, rows_);
  product<float>(state(layer - 1), machine.link(layer - 1).recognition.view(), input);
  return input;
}

void Activity::recognise(const HelmholtzMachine& machine, const Stream& stream, Span<double> costs) {
  for (Index l = 1; l < machine.size(); ++l) {
    const View<float> input = input_from_below(machine, l);
    const Span<const float> bias = row_of(machine.layer(l).recognition_bias);
    elementwise::sigmoid_bernoulli(input, bias, stream.purpose(at(l).name), mean(l), state(l));
    add_costs(state(l), input, bias, costs);
  }
}

void Activity::recognise_by_means(const HelmholtzMachine& machine) {
  for (Index l = 1; l < machine.size(); ++l)
    elementwise::sigmoid(input_from_below(machine, l), row_of(machine.layer(l).recognition_bias), state(l));
}

void Activity::generate_by_means(const HelmholtzMachine& machine) {
  // Of a single layer the biases are all there is.
  if (machine.size() == 1) elementwise::sigmoid(input_from_above(machine, 0), row_of(machine.layer(0).bias), state(0));
  for (Index l = machine.size() - 2; l >= 0; --l)
    elementwise::sigmoid(input_from_above(machine, l), row_of(machine.layer(l).bias), state(l));
}

void Activity::draw_down(const HelmholtzMachine& machine, Index layer, const Stream& stream) {
  elementwise::sigmoid_bernoulli(input_from_above(machine, layer), row_of(machine.layer(layer).bias),
                                 stream.purpose(at(layer).name), mean(layer), state(layer));
}

void Activity::generate(const HelmholtzMachine& machine, const Stream& stream) {
  draw_down(machine, machine.size() - 1, stream);
  descend(machine, stream);
}

void Activity::descend(const HelmholtzMachine& machine, const Stream& stream) {
  for (Index l = machine.size() - 2; l >= 0; --l) draw_down(machine, l, stream);
}

void Activity::predict_down(const HelmholtzMachine& machine, Index layer, Span<double> costs) {
  const View<float> input = input_from_above(machine, layer);
  const Span<const float> bias = row_of(machine.layer(layer).bias);
  add_costs(state(layer), input, bias, costs);
  elementwise::sigmoid(input, bias, mean(layer));
}

void Activity::predict_up(const HelmholtzMachine& machine, Index layer, Span<double> costs) {
  const View<float> input = input_from_below(machine, layer);
  const Span<const float> bias = row_of(machine.layer(layer).recognition_bias);
  add_costs(state(layer), input, bias, costs);
  elementwise::sigmoid(input, bias, mean(layer));
}

}  // namespace harmonium::helmholtz
