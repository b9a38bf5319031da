#include "arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "described.hpp"

namespace harmonium {
namespace {

using Json = nlohmann::ordered_json;

/// One row of a matrix as a list.
Tensor row_of(const Tensor& matrix, Index row) {
  Tensor list = Tensor::of<float>({matrix.columns()});
  std::copy_n(matrix.view().row(row).data, list.size(), list.data<float>());
  return list;
}

void add_parameters(const Units& units, const Tensor& parameters, const std::string& prefix,
                    std::vector<NamedArray>& arrays) {
  const Span<const UnitParameter> kinds = units.parameters();
  for (Index k = 0; k < kinds.size; ++k) arrays.push_back({prefix + kinds[k].name.str(), row_of(parameters, k)});
}

NamedArray as_bytes(const std::string& name, const Json& description) {
  // Names come from people's files, whose bytes may be no UTF-8.
  const std::string text = description.dump(-1, ' ', false, Json::error_handler_t::replace);
  Tensor bytes = Tensor::of<std::uint8_t>({static_cast<Index>(text.size())});
  std::memcpy(bytes.raw(), text.data(), text.size());
  return {name, std::move(bytes)};
}

/// A value without parameters is written as its bare name.
Json as_json(const std::string& recipe) {
  Json value = Json::parse(recipe, nullptr, false);
  return value.is_discarded() ? Json(recipe) : value;
}

/// `weights` has the names of the connections' arrays, without the prefix.
Json description_of(const Network& network, const std::vector<std::string>& weights) {
  Json model = {{"format", 1}, {"layers", Json::array()}, {"links", Json::array()}};
  for (const Layer& layer : network.layers())
    model["layers"].push_back({{"name", layer.name},
                               {"units", as_json(layer.units.recipe())},
                               {"size", layer.size},
                               {"shape", layer.shape},
                               {"visible", layer.visible},
                               {"part", layer.part},
                               {"by_channel", layer.by_channel}});
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Link& link = network.links()[i];
    model["links"].push_back(
        {{"connection", as_json(link.connection.recipe())}, {"a", link.a}, {"b", link.b}, {"weights", weights[i]}});
    if (!link.tied.empty()) model["links"].back()["tied"] = link.tied;
  }
  if (const Certificate* known = network.certificate()) {
    model["certificate"] = {{"verdict", known->verdict}, {"data", known->data}};
    Certificate::for_each_number(*known, [&](const char* name, double number) { model["certificate"][name] = number; });
  }
  return model;
}

std::vector<NamedArray> directed_layers(const HelmholtzMachine& machine, const std::string& name, bool described) {
  std::vector<NamedArray> arrays;
  const auto layer = [&](Index l) { return fmt::format("{}.layer{}", name, l); };
  for (Index l = 0; l < machine.size(); ++l) {
    arrays.push_back({layer(l) + ".bias", row_of(machine.layer(l).bias, 0)});
    if (l > 0) arrays.push_back({layer(l) + ".recognition_bias", row_of(machine.layer(l).recognition_bias, 0)});
  }
  for (Index l = 0; l + 1 < machine.size(); ++l) {
    arrays.push_back({fmt::format("{}-layer{}.weights", layer(l + 1), l), machine.link(l).generation});
    arrays.push_back({fmt::format("{}-layer{}.weights", layer(l), l + 1), machine.link(l).recognition});
  }
  const HelmholtzSpec spec = machine.spec();
  if (described)
    arrays.push_back(
        as_bytes(name, {{"format", 1}, {"sizes", spec.sizes}, {"shape", spec.shape}, {"part", spec.part}}));
  return arrays;
}

}  // namespace

std::vector<NamedArray> arrays_of(const Network& network, const std::string& prefix, bool described) {
  std::vector<NamedArray> arrays;
  std::vector<std::string> weights;
  for (const Layer& layer : network.layers())
    add_parameters(*layer.units, layer.parameters, prefix + layer.name + ".", arrays);
  for (const Link& link : network.links()) {
    std::string name = fmt::format("{}-{}.weights", network.layer(link.a).name, network.layer(link.b).name);
    const auto same = std::count_if(weights.begin(), weights.end(),
                                    [&](const std::string& other) { return other.starts_with(name); });
    if (same > 0) name += fmt::format(".{}", same + 1);
    arrays.push_back({prefix + name, link.weights});
    weights.push_back(std::move(name));
  }
  if (described) arrays.push_back(as_bytes(prefix + "model", description_of(network, weights)));
  return arrays;
}

std::vector<NamedArray> arrays_of(const Feedforward& network, bool described) {
  std::vector<NamedArray> arrays;
  Json layers = Json::array();
  for (std::size_t s = 0; s < network.stages.size(); ++s) {
    const Feedforward::Stage& stage = network.stages[s];
    const std::string prefix = fmt::format("layer{}.", s + 1);
    arrays.push_back({prefix + "weights", stage.weights});
    add_parameters(*stage.units, stage.parameters, prefix, arrays);
    layers.push_back({{"units", as_json(stage.units.recipe())}});
  }
  if (described)
    arrays.push_back(as_bytes(std::string(feedforward_kind.array), {{"format", 1},
                                                                    {"layers", layers},
                                                                    {"classes", network.classes},
                                                                    {"part", network.part},
                                                                    {"input_shape", network.input_shape},
                                                                    {"output_shape", network.output_shape}}));
  return arrays;
}

std::vector<NamedArray> arrays_of(const HelmholtzMachine& machine, bool described) {
  return directed_layers(machine, std::string(helmholtz_kind.array), described);
}

std::vector<NamedArray> arrays_of(const DeepBeliefNet& net, bool described) {
  const std::string name(belief_net_kind.array);
  std::vector<NamedArray> arrays = directed_layers(net.below, name, described);
  std::vector<NamedArray> top = arrays_of(net.top, name + ".top.", described);
  std::move(top.begin(), top.end(), std::back_inserter(arrays));
  return arrays;
}

}  // namespace harmonium
