#include "harmonium/class_posterior.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"

namespace harmonium {

void check_classes(const ModelSpec& model, const DataSpec& data, const std::string& label, const std::string& port,
                   Specs& out) {
  Index showing = 0, features = 0;
  for (const LayerSpec& layer : model.layers) {
    if (!layer.visible) continue;
    ++(layer.part == label ? showing : features);
  }
  if (showing != 1)
    out.problem("in.model", fmt::format("{} of its layers show '{}', the class; there must be one", showing, label));
  else if (features == 0)
    out.problem("in.model", fmt::format("it shows '{}' alone, and no features to tell the class from", label));
  const PartSpec* truth = data.find(label);
  if (truth && truth->kind != PartSpec::Kind::category)
    out.problem("in." + port, fmt::format("'{}' is not a part of classes", label));
}

Index class_layer(const Network& network, const std::string& label) {
  for (const Index layer : network.visible())
    if (network.layer(layer).part == label) return layer;
  throw BadData(fmt::format("no layer of the model shows '{}'", label));
}

ClassPosterior::ClassPosterior(const Network& network, Index class_layer, Index rows)
    : class_(class_layer),
      rows_(rows),
      hidden_(static_cast<std::size_t>(network.size())),
      hidden_layers_(network.hidden()),
      chains_(network, rows),
      class_chains_(network, network.layer(class_layer).size),
      are_features_(static_cast<std::size_t>(network.size()), 0),
      is_class_(static_cast<std::size_t>(network.size()), 0) {
  const Index classes = network.layer(class_).size;
  for (const Index layer : network.visible()) are_features_[static_cast<std::size_t>(layer)] = layer != class_;
  is_class_[static_cast<std::size_t>(class_)] = 1;
  states_ = Tensor::matrix(classes, classes);
  for (Index c = 0; c < classes; ++c) states_.view()(c, c) = 1;
  class_chains_[class_].state = states_.view();
  theta_ = Tensor::matrix(network.layer(class_).units->statistics(), classes);
  class_input_ = Tensor::matrix(rows, classes);
  log_probability_ = Tensor::of<double>({rows, classes});
  class_energies_.resize(static_cast<std::size_t>(classes));
  for (const Index layer : hidden_layers_) {
    Hidden& hidden = hidden_[static_cast<std::size_t>(layer)];
    const Index size = network.layer(layer).size;
    hidden.statistics = network.layer(layer).units->statistics();
    hidden.input = Tensor::matrix(rows, size);
    hidden.from_class = Tensor::matrix(classes, size);
    hidden.theta = Tensor::matrix(classes * hidden.statistics, size);
  }
}

void ClassPosterior::prepare(const Network& network) {
  const Layer& classes = network.layer(class_);
  classes.units->natural(classes.parameters.view(), theta_.view());
  std::fill(class_energies_.begin(), class_energies_.end(), 0.0);
  classes.units->add_energy(View<const float>(theta_.view()), states(), class_energies_);
  for (const Index layer : hidden_layers_) {
    Hidden& hidden = hidden_[static_cast<std::size_t>(layer)];
    const Layer& of = network.layer(layer);
    input_from(network, layer, class_chains_, is_class_, false, hidden.from_class.view());
    for (Index c = 0; c < classes.size; ++c) {
      const View<float> theta = hidden.theta.view().row_range(c * hidden.statistics, hidden.statistics);
      of.units->natural(of.parameters.view(), theta);
      const float* pushed = hidden.from_class.view().row(c).data;
      float* first = theta.row(0).data;
      for (Index j = 0; j < of.size; ++j) first[j] += pushed[j];
    }
  }
}

void ClassPosterior::show(Index rows) {
  rows_ = rows;
  chains_.show(rows);
}

void ClassPosterior::drive(const Network& network) {
  for (const Index layer : hidden_layers_)
    input_from(network, layer, chains_, are_features_, false,
               hidden_[static_cast<std::size_t>(layer)].input.view().row_range(0, rows_));
}

void ClassPosterior::infer(const Network& network) {
  drive(network);
  input_from(network, class_, chains_, are_features_, false, class_input_.view().row_range(0, rows_));
  parallel((rows_ + block - 1) / block, [&](Index number) {
    const Index first = number * block, count = std::min(block, rows_ - first);
    const View<double> scores = log_probability_.view<double>().row_range(first, count);
    std::array<double, block> sums{};
    for (Index c = 0; c < scores.columns; ++c) {
      sums.fill(0);
      for (const Index layer : hidden_layers_)
        network.layer(layer).units->add_log_partition(theta(layer, c), input(layer).row_range(first, count),
                                                      Span<double>(sums.data(), count));
      for (Index i = 0; i < count; ++i)
        scores(i, c) = sums[static_cast<std::size_t>(i)] - class_energies_[static_cast<std::size_t>(c)] +
                       static_cast<double>(class_input_.view()(first + i, c));
    }
    for (Index i = 0; i < count; ++i) {
      const Span<double> row = scores.row(i);
      const double top = *std::max_element(row.begin(), row.end());
      double sum = 0;
      for (const double score : row) sum += std::exp(score - top);
      for (double& score : row) score -= top + std::log(sum);
    }
  });
}

Index ClassPosterior::best(Index row) const {
  const Span<const double> all = log_probability().row(row);
  return std::max_element(all.begin(), all.end()) - all.begin();
}

}  // namespace harmonium
