#include "log_partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

double log_sum(const std::vector<double>& logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - most);
  return most + std::log(sum);
}

}  // namespace

double log_partition_by(const Network& network, const std::vector<Index>& side) {
  Network turned = network;
  for (Index l = 0; l < turned.size(); ++l) turned.layer(l).visible = false;
  Index units = 0;
  for (const Index l : side) {
    turned.layer(l).visible = true;
    units += turned.layer(l).size;
  }
  constexpr Index block = 4096;
  const Index count = Index{1} << units;
  std::vector<double> logs;
  for (Index first = 0; first < count; first += block) {
    const Index rows = std::min(block, count - first);
    std::vector<Tensor> states;
    std::vector<View<const double>> views;
    Index bit = 0;
    for (const Index l : side) {
      const Layer& layer = turned.layer(l);
      const Span<const double> two = layer.units->states();
      states.push_back(Tensor::of<double>({rows, layer.size}));
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < layer.size; ++j) states.back().view<double>()(i, j) = two[((first + i) >> (bit + j)) & 1];
      bit += layer.size;
    }
    for (Tensor& state : states) views.push_back(state.view<double>());
    std::vector<double> energies(static_cast<std::size_t>(rows));
    free_energy(turned, views, energies);
    for (double& energy : energies) energy = -energy;
    logs.push_back(log_sum(energies));
  }
  return log_sum(logs);
}

std::vector<Index> fewest_to_add_up(const ModelSpec& model) {
  constexpr std::size_t most_layers = 12;
  const std::size_t layers = model.layers.size();
  std::vector<Index> best;
  Index fewest = most_added_up + 1;
  for (std::uint32_t set = 1; layers <= most_layers && set < std::uint32_t{1} << layers; ++set) {
    const auto in_set = [&](Index l) { return (set >> l & 1) != 0; };
    std::vector<Index> side;
    Index units = 0;
    for (Index l = 0; l < static_cast<Index>(layers); ++l) {
      if (!in_set(l)) continue;
      const LayerSpec& layer = model.layers[static_cast<std::size_t>(l)];
      units += layer.two_states() ? layer.size : most_added_up + 1;
      side.push_back(l);
    }
    const bool rest_is_independent = std::none_of(model.links.begin(), model.links.end(), [&](const LinkSpec& link) {
      return !in_set(link.a) && !in_set(link.b);
    });
    if (units >= fewest || !rest_is_independent) continue;
    fewest = units;
    best = side;
  }
  return best;
}

bool check_exact(const ModelSpec& model, Specs& out) {
  bool exact = true;
  for (const LayerSpec& layer : model.layers) {
    if (!layer.exact)
      out.problem("in.model", fmt::format("layer '{}' has {}, which are approximate: there is no likelihood",
                                          layer.name, layer.units));
    exact = exact && layer.exact;
  }
  return exact;
}

Certificate certificate_of(const Network& network) {
  if (network.certificate()) return *network.certificate();
  const std::vector<Index> side = fewest_to_add_up(network.spec());
  if (side.empty())
    throw BadData(
        "the model has no certificate of its log Z, and too many units to add it up: put evaluator.ais before");
  return Certificate::exact(log_partition_by(network, side));
}

}  // namespace harmonium
