#include "arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

namespace harmonium {
namespace {

void add_parameters(const Units& units, const Tensor& parameters, const std::string& prefix,
                    std::vector<NamedArray>& arrays) {
  const Span<const UnitParameter> kinds = units.parameters();
  for (Index k = 0; k < kinds.size; ++k) {
    Tensor row = Tensor::of<float>({parameters.columns()});
    std::copy_n(parameters.view().row(k).data, row.size(), row.data<float>());
    arrays.push_back({prefix + kinds[k].name.str(), std::move(row)});
  }
}

}  // namespace

std::vector<NamedArray> arrays_of(const Network& network, const std::string& prefix) {
  std::vector<NamedArray> arrays;
  for (const Layer& layer : network.layers())
    add_parameters(*layer.units, layer.parameters, prefix + layer.name + ".", arrays);
  for (const Link& link : network.links()) {
    const std::string name =
        fmt::format("{}{}-{}.weights", prefix, network.layer(link.a).name, network.layer(link.b).name);
    const auto same = std::count_if(arrays.begin(), arrays.end(),
                                    [&](const NamedArray& array) { return array.name.starts_with(name); });
    arrays.push_back({same ? fmt::format("{}.{}", name, same + 1) : name, link.weights});
  }
  return arrays;
}

NamedArray description_of(const Network& network, const std::string& prefix) {
  using Json = nlohmann::ordered_json;
  // A value without parameters is written as its bare name.
  const auto as_json = [](const std::string& recipe) {
    Json value = Json::parse(recipe, nullptr, false);
    return value.is_discarded() ? Json(recipe) : value;
  };
  Json model = {{"format", 1}, {"layers", Json::array()}, {"links", Json::array()}};
  for (const Layer& layer : network.layers())
    model["layers"].push_back({{"name", layer.name},
                               {"units", as_json(layer.units.recipe())},
                               {"size", layer.size},
                               {"shape", layer.shape},
                               {"visible", layer.visible},
                               {"part", layer.part},
                               {"by_channel", layer.by_channel}});
  const std::vector<NamedArray> arrays = arrays_of(network, "");
  // Their weights are the last arrays, in their order.
  const std::size_t first = arrays.size() - network.links().size();
  for (std::size_t i = 0; i < network.links().size(); ++i) {
    const Link& link = network.links()[i];
    model["links"].push_back({{"connection", as_json(link.connection.recipe())},
                              {"a", link.a},
                              {"b", link.b},
                              {"weights", arrays[first + i].name}});
    if (!link.tied.empty()) model["links"].back()["tied"] = link.tied;
  }
  if (const Certificate* known = network.certificate()) {
    model["certificate"] = {{"verdict", known->verdict}, {"data", known->data}};
    Certificate::for_each_number(*known, [&](const char* name, double number) { model["certificate"][name] = number; });
  }
  const std::string text = model.dump();
  Tensor bytes = Tensor::of<std::uint8_t>({static_cast<Index>(text.size())});
  std::memcpy(bytes.raw(), text.data(), text.size());
  return {prefix + "model", std::move(bytes)};
}

std::vector<NamedArray> arrays_of(const Feedforward& network) {
  std::vector<NamedArray> arrays;
  for (std::size_t s = 0; s < network.stages.size(); ++s) {
    const Feedforward::Stage& stage = network.stages[s];
    const std::string prefix = fmt::format("layer{}.", s + 1);
    arrays.push_back({prefix + "weights", stage.weights});
    add_parameters(*stage.units, stage.parameters, prefix, arrays);
  }
  return arrays;
}

}  // namespace harmonium
