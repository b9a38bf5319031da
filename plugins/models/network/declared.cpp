#include "declared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/registry.hpp"

namespace harmonium {

void LayerDeclaration::describe(ValueType<LayerDeclaration>& type) {
  type.says("A layer of a network.").from_map();
  type.parameter("name", &LayerDeclaration::name)
      .required()
      .example("hidden")
      .says("Its name, by which joins refer to it.");
  type.parameter("units", &LayerDeclaration::units).says("The type of its units.");
  type.parameter("size", &LayerDeclaration::size)
      .at_least(0)
      .at_most(1e7)
      .unit("units")
      .says("How many; 0 takes the number from the shape or, of a visible layer, from the data.");
  type.parameter("shape", &LayerDeclaration::shape)
      .at_least(1)
      .says("Its image shape: [rows, columns] or [channels, rows, columns].");
  type.parameter("visible", &LayerDeclaration::visible).says("Whether it shows data.");
  type.parameter("part", &LayerDeclaration::part).says("Of a visible layer: the part of the data that it shows.");
  type.parameter("bias", &LayerDeclaration::bias).says("The initial bias of its units, where the data do not give it.");
  type.parameter("by_channel", &LayerDeclaration::by_channel)
      .says("Whether all units of a channel of its shape (of [rows, columns]: all units) share their parameters.");
}

namespace {

/// What was found in the columns of a channel, as if they were one column; of other layers as it is.
ColumnSummary summarise_shown(const Dataset& data, const Layer& layer) {
  ColumnSummary summary = summarise(data, data.part(layer.part));
  if (!layer.by_channel) return summary;
  const std::size_t channels = layer.shape.size() == 3 ? static_cast<std::size_t>(layer.shape[0]) : 1;
  const std::size_t units = summary.mean.size() / channels;
  for (std::size_t first = 0; first < summary.mean.size(); first += units) {
    double mean = 0, squares = 0;
    double& least = summary.minimum[first];
    double& greatest = summary.maximum[first];
    for (std::size_t j = first; j < first + units; ++j) {
      mean += summary.mean[j] / static_cast<double>(units);
      squares += (summary.mean[j] * summary.mean[j] + summary.deviation[j] * summary.deviation[j]) /
                 static_cast<double>(units);
      least = std::min(least, summary.minimum[j]);
      greatest = std::max(greatest, summary.maximum[j]);
    }
    for (std::size_t j = first; j < first + units; ++j) {
      summary.mean[j] = mean;
      summary.deviation[j] = std::sqrt(std::max(0.0, squares - mean * mean));
      summary.minimum[j] = least;
      summary.maximum[j] = greatest;
    }
  }
  return summary;
}

/// The layers of a model that does not exist yet, to be joined to.
Network layers_of(const ModelSpec& model) {
  Network network;
  for (const LayerSpec& layer : model.layers)
    network.add({layer.name,
                 make_value<Units>(layer.units),
                 layer.size,
                 layer.shape,
                 layer.visible,
                 layer.visible ? layer.part : "",
                 {},
                 layer.by_channel});
  return network;
}

}  // namespace

void Join::describe(ValueType<Join>& type) {
  type.says("A connection of a network: between two layers or within one.").from_map();
  type.parameter("between", &Join::between)
      .required()
      .example("[visible, hidden]")
      .says("The names of the two layers; of the one whose units are joined to each other.");
  type.parameter("connection", &Join::connection)
      .says("The type of the connection; connection.dense between two layers, connection.lateral within one.");
  type.parameter("weights_deviation", &Join::weights_deviation)
      .at_least(0)
      .says("Standard deviation of the initial weights.");
  type.parameter("weights_width", &Join::weights_width)
      .at_least(0)
      .says("Where above 0, initial weights are uniform from minus to plus this instead.");
  type.parameter("tied", &Join::tied)
      .says(
          "A name: connections of one name share one matrix of weights, whose rows belong to the layer that `between` "
          "names first; it begins as the first of them says.");
}

Network Declared::skeleton(const DataSpec* data, Network network) const {
  const auto place = [](const char* list, std::size_t i) { return fmt::format("with.{}.{}", list, i + 1); };
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerDeclaration& declared = layers[i];
    Layer layer{declared.name,
                declared.units,
                declared.size,
                declared.shape,
                declared.visible,
                declared.visible ? declared.part : "",
                {},
                declared.by_channel};
    const auto wrong = [&](const std::string& message) { throw BadPipeline(message, place("layers", i)); };
    if (!layer.shape.empty()) {
      const Index units = std::accumulate(layer.shape.begin(), layer.shape.end(), Index{1}, std::multiplies<>());
      if (layer.size == 0) layer.size = units;
      if (layer.size != units || layer.shape.size() > 3)
        wrong(fmt::format("a shape of {} is not one of {} units", fmt::join(layer.shape, " x "), layer.size));
    }
    if (layer.visible && data) {
      const PartSpec* part = data->find(layer.part);
      if (!part) wrong(fmt::format("the data have no '{}' for layer '{}' to show", layer.part, layer.name));
      if (layer.size == 0) layer.size = part->width;
      if (layer.size != part->width)
        wrong(fmt::format("layer '{}' has {} units, but '{}' of the data is {} wide", layer.name, layer.size,
                          layer.part, part->width));
      if (layer.shape.empty()) layer.shape = part->shape;
    }
    if (layer.size == 0)
      wrong(fmt::format("how many units layer '{}' has must be said{}", layer.name,
                        layer.visible ? " where no data are connected" : ""));
    const double bias = declared.bias;
    try {
      const Index number = network.add(std::move(layer));
      Tensor& parameters = network.layer(number).parameters;
      if (parameters.rows() > 0)
        std::fill_n(parameters.view().row(0).data, parameters.columns(), static_cast<float>(bias));
    } catch (const BadPipeline& error) {
      wrong(error.what());
    }
  }
  if (network.size() == 0) throw BadPipeline("a network needs at least one layer", "with.layers");
  if (network.visible().empty()) throw BadPipeline("a network needs at least one visible layer", "with.layers");
  double weights = 0;
  for (std::size_t i = 0; i < joins.size(); ++i) {
    const Join& join = joins[i];
    const auto wrong = [&](const std::string& message) { throw BadPipeline(message, place("connections", i)); };
    if (join.between.empty() || join.between.size() > 2)
      wrong(fmt::format("one layer or two are joined, got {}", join.between.size()));
    std::vector<Index> ends;
    for (const std::string& name : join.between) {
      const std::vector<Layer>& all = network.layers();
      const auto found = std::find_if(all.begin(), all.end(), [&](const Layer& layer) { return layer.name == name; });
      if (found == all.end()) wrong(fmt::format("there is no layer '{}'", name));
      ends.push_back(found - all.begin());
    }
    const bool within = ends.front() == ends.back();
    const Handle<Connection> connection =
        join.connection ? join.connection : make_value<Connection>(within ? "connection.lateral" : "connection.dense");
    constexpr double most_weights = 4e9;
    try {
      const Layer& a = network.layer(ends.front());
      const Layer& b = network.layer(ends.back());
      Index rows = 0, columns = 0;
      connection->shape({a.size, b.size, a.shape, b.shape, within, a.units->block(a.size), b.units->block(b.size)},
                        rows, columns);
      weights += static_cast<double>(rows) * static_cast<double>(columns);
      if (weights > most_weights)
        throw BadPipeline(fmt::format("the network would have more than {:g} weights", most_weights));
      network.tie(network.connect(connection, ends.front(), ends.back()), join.tied);
    } catch (const BadPipeline& error) {
      wrong(error.what());
    }
  }
  return network;
}

void Declared::outputs(const Specs& in, Specs& out) const {
  const ModelSpec begun = in.has("model") ? in.get<Network>("model") : ModelSpec{};
  try {
    ModelSpec whole = skeleton(in.has("data") ? &in.get<Dataset>("data") : nullptr, layers_of(begun)).spec();
    whole.links.insert(whole.links.begin(), begun.links.begin(), begun.links.end());
    out.set<Network>("model", std::move(whole));
  } catch (const BadPipeline& error) {
    out.problem(error.where(), error.what());
  }
}

Outputs Declared::run(const Inputs& in, Context& context, bool from_data) const {
  const Dataset* data = in.has("data") ? &in.get<Dataset>("data") : nullptr;
  Network begun = in.has("model") ? in.get<Network>("model") : Network{};
  const Index first_layer = begun.size(), first_link = static_cast<Index>(begun.links().size());
  Network network = skeleton(data ? &data->spec() : nullptr, std::move(begun));
  if (data && from_data)
    for (const Index l : network.visible()) {
      if (l < first_layer) continue;
      Layer& layer = network.layer(l);
      const ColumnSummary summary = summarise_shown(*data, layer);
      layer.units->check(summary.view());
      layer.units->initialise(summary.view(), layer.parameters.view());
    }
  for (std::size_t i = 0; i < joins.size(); ++i) {
    const Index number = first_link + static_cast<Index>(i);
    Link& link = network.link(number);
    const Stream stream = context.stream("weights").purpose(std::to_string(i));
    const bool even = joins[i].weights_width > 0;
    if (even)
      uniform(stream, link.weights.view());
    else
      normal(stream, link.weights.view());
    const auto scale = static_cast<float>(even ? 2 * joins[i].weights_width : joins[i].weights_deviation);
    for (float& weight : link.weights.values<float>()) weight = scale * (even ? weight - 0.5F : weight);
    link.connection->constrain(network.ends(number), link.weights.view());
  }
  network.share_tied();
  Outputs outputs;
  outputs.set("model", std::move(network));
  return outputs;
}

}  // namespace harmonium
