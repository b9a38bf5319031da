#pragma once

#include <algorithm>
#include <cmath>

#include "plugins/trainers/trainer_kernel.hpp"

/// Small machines that show features and a class, and p(class | features) of them written without the code under test.
namespace harmonium::testing {

/// Layers "features", "label" and hidden ones of these types, every hidden one joined to both.
inline Network make_classifier(Index features, Index classes, Index hidden, double deviation, std::uint64_t seed,
                               const std::string& feature_units = "units.bernoulli",
                               const std::vector<std::string>& hidden_units = {"units.bernoulli"}) {
  Network network;
  network.add(make_layer("features", feature_units, features, true));
  network.add(make_layer("label", "units.softmax", classes, true));
  for (const std::string& units : hidden_units) {
    const Index layer = network.add(make_layer("hidden " + std::to_string(network.size() - 1), units, hidden, false));
    network.connect(make_value<Connection>("connection.dense"), 0, layer);
    network.connect(make_value<Connection>("connection.dense"), 1, layer);
  }
  randomise(network, deviation, seed);
  return network;
}

/// Rows of bits, or of normal numbers, whose class depends on them.
inline Dataset classified_rows(Index rows, Index columns, Index classes, std::uint64_t seed, bool bits = true) {
  Tensor features = Tensor::matrix(rows, columns);
  bits ? uniform(Stream{seed}, features.view()) : normal(Stream{seed}, features.view());
  std::vector<Index> labels;
  for (Index i = 0; i < rows; ++i) {
    double sum = 0;
    for (Index j = 0; j < columns; ++j) {
      float& value = features.view()(i, j);
      if (bits) value = value < 0.5F ? 0.0F : 1.0F;
      sum += static_cast<double>(value) * (j % 2 == 0 ? 1 : -0.7);
    }
    labels.push_back(static_cast<Index>(std::floor(std::abs(sum) * 1.7)) % classes);
  }
  return make_data(std::move(features), labels, classes);
}

/// States of a layer, row by row, over which sums stand for its sums or integrals: all of a discrete one, a fine grid
/// of a single Gaussian unit, many of a Poisson unit.
inline Tensor states_for_sums(const std::string& units, Index block) {
  std::vector<double> states{0, 1};
  if (units == "units.spin") states = {-1, 1};
  if (units == "units.gaussian") {
    states.clear();
    for (int i = -240; i <= 240; ++i) states.push_back(0.05 * i);
  }
  if (units == "units.poisson") {
    states.clear();
    for (int i = 0; i < 80; ++i) states.push_back(i);
  }
  Tensor all = Tensor::of<double>({block > 1 ? block : static_cast<Index>(states.size()), block});
  for (Index i = 0; i < all.rows(); ++i)
    for (Index j = 0; j < block; ++j)
      all.view<double>()(i, j) = block > 1 ? (i == j ? 1 : 0) : states[static_cast<std::size_t>(i)];
  return all;
}

/// log of the sum over states of a hidden layer of exp(-E(h) + input . h), from energies alone.
inline double naive_log_partition(const Layer& layer, const std::vector<double>& input) {
  const Index block = layer.units->block(layer.size);
  Tensor theta = Tensor::matrix(layer.units->statistics(), layer.size);
  layer.units->natural(layer.parameters.view(), theta.view());
  const Tensor states = states_for_sums(layer.units.type(), block);
  double sum = 0;
  for (Index first = 0; first < layer.size; first += block) {
    Tensor own = Tensor::of<double>({theta.rows(), block});
    for (Index k = 0; k < theta.rows(); ++k)
      for (Index j = 0; j < block; ++j) own.view<double>()(k, j) = static_cast<double>(theta.view()(k, first + j));
    std::vector<double> energies(static_cast<std::size_t>(states.rows()), 0.0);
    layer.units->add_energy(std::as_const(own).view<double>(), states.view<double>(), energies);
    double z = 0;
    for (Index i = 0; i < states.rows(); ++i) {
      double exponent = -energies[static_cast<std::size_t>(i)];
      for (Index j = 0; j < block; ++j)
        exponent += states.view<double>()(i, j) * input[static_cast<std::size_t>(first + j)];
      z += std::exp(exponent);
    }
    sum += std::log(z);
  }
  return sum;
}

/// log p(class | features) of each class, layer 0 showing the features and layer 1 the class.
inline std::vector<double> naive_log_posterior(const Network& network, Span<const float> features) {
  const Index classes = network.layer(1).size;
  std::vector<double> scores;
  for (Index c = 0; c < classes; ++c) {
    double score = static_cast<double>(network.layer(1).parameters.view()(0, c));
    for (const Index l : network.hidden()) {
      std::vector<double> input(static_cast<std::size_t>(network.layer(l).size), 0.0);
      for (const Link& link : network.links()) {
        if (link.b != l) continue;
        for (Index j = 0; j < network.layer(l).size; ++j)
          for (Index i = 0; i < network.layer(link.a).size; ++i)
            input[static_cast<std::size_t>(j)] +=
                static_cast<double>(link.weights.view()(i, j)) * (link.a == 0 ? static_cast<double>(features[i])
                                                                  : i == c    ? 1.0
                                                                              : 0.0);
      }
      score += naive_log_partition(network.layer(l), input);
    }
    scores.push_back(score);
  }
  double sum = 0;
  const double top = *std::max_element(scores.begin(), scores.end());
  for (const double score : scores) sum += std::exp(score - top);
  for (double& score : scores) score -= top + std::log(sum);
  return scores;
}

/// The mean of log p(own class | features).
inline double naive_class_likelihood(const Network& network, const Dataset& data) {
  const Tensor features = all_rows(data, "features");
  const std::vector<Index> own = data.classes("label");
  double sum = 0;
  for (Index i = 0; i < data.rows(); ++i)
    sum += naive_log_posterior(network,
                               features.view().row(i))[static_cast<std::size_t>(own[static_cast<std::size_t>(i)])];
  return sum / static_cast<double>(data.rows());
}

/// Every parameter of a network, in one order.
inline std::vector<float*> parameters_of(Network& network) {
  std::vector<float*> all;
  for (Index l = 0; l < network.size(); ++l)
    for (float& value : network.layer(l).parameters.values<float>()) all.push_back(&value);
  for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i)
    for (float& value : network.link(i).weights.values<float>()) all.push_back(&value);
  return all;
}

/// What their rates are multiplied by, in the same order.
inline std::vector<double> rates_of(const Network& network) {
  std::vector<double> all;
  for (const Layer& layer : network.layers())
    for (Index k = 0; k < layer.parameters.rows(); ++k)
      all.insert(all.end(), static_cast<std::size_t>(layer.size), layer.units->parameters()[k].rate_scale);
  for (const Link& link : network.links()) all.insert(all.end(), static_cast<std::size_t>(link.weights.size()), 1.0);
  return all;
}

/// How far each parameter moves.
inline std::vector<double> moves(Network before, Network after) {
  std::vector<double> all;
  const std::vector<float*> from = parameters_of(before), to = parameters_of(after);
  for (std::size_t i = 0; i < from.size(); ++i)
    all.push_back(static_cast<double>(*to[i]) - static_cast<double>(*from[i]));
  return all;
}

}  // namespace harmonium::testing
