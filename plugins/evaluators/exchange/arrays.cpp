#include "arrays.hpp"

#include <fmt/format.h>

#include <algorithm>

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
