#include "likelihood.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/dataset.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/enumeration.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/shown.hpp"

namespace harmonium {
namespace {

constexpr Index most_summed = 22;

double log_sum(const std::vector<double>& logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - most);
  return most + std::log(sum);
}

/// The layers of one side, if its units have two states each and are few enough to add up; else nothing.
std::vector<Index> few_units(const Network& network, const std::vector<Index>& side) {
  Index units = 0;
  for (const Index l : side) {
    if (network.layer(l).units->states().size != 2) return {};
    units += network.layer(l).size;
  }
  return units <= most_summed ? side : std::vector<Index>();
}

bool two_states(const ModelSpec& model) {
  return std::all_of(model.layers.begin(), model.layers.end(),
                     [](const LayerSpec& layer) { return layer.two_states(); });
}

/// log p of rows of two-state units by adding up every state of the whole machine.
std::vector<double> log_probabilities_by_all(const Network& network, const std::vector<std::uint32_t>& rows,
                                             double& log_z) {
  const TwoStateMachine machine(network);
  std::uint32_t shown = 0;
  Index unit = 0;
  for (const Layer& layer : network.layers())
    for (Index j = 0; j < layer.size; ++j, ++unit)
      if (layer.visible) shown |= std::uint32_t{1} << unit;
  std::vector<std::uint32_t> distinct(rows);
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  const auto place_of = [&](std::uint32_t state) -> std::ptrdiff_t {
    const auto found = std::lower_bound(distinct.begin(), distinct.end(), state & shown);
    return found != distinct.end() && *found == (state & shown) ? found - distinct.begin() : -1;
  };
  // Sums of exp(least - energy), each with a least of its own: of every row, and of all states in the last place.
  const auto blocks = static_cast<std::size_t>(machine.blocks());
  const std::size_t all_states = distinct.size();
  constexpr double none = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> lowest(blocks, std::vector<double>(all_states + 1, none));
  machine.enumerate([&](Index block, double energy, std::uint32_t state, Index) {
    std::vector<double>& low = lowest[static_cast<std::size_t>(block)];
    low[all_states] = std::min(low[all_states], energy);
    if (const auto k = place_of(state); k >= 0)
      low[static_cast<std::size_t>(k)] = std::min(low[static_cast<std::size_t>(k)], energy);
  });
  std::vector<double> least(all_states + 1, none);
  for (const auto& low : lowest)
    for (std::size_t k = 0; k <= all_states; ++k) least[k] = std::min(least[k], low[k]);
  std::vector<std::vector<double>> sums(blocks, std::vector<double>(all_states + 1, 0.0));
  machine.enumerate([&](Index block, double energy, std::uint32_t state, Index) {
    std::vector<double>& sum = sums[static_cast<std::size_t>(block)];
    sum[all_states] += std::exp(least[all_states] - energy);
    if (const auto k = place_of(state); k >= 0)
      sum[static_cast<std::size_t>(k)] += std::exp(least[static_cast<std::size_t>(k)] - energy);
  });
  std::vector<double> logs(all_states + 1);
  for (std::size_t k = 0; k <= all_states; ++k) {
    double sum = 0;
    for (const auto& part : sums) sum += part[k];
    logs[k] = std::log(sum) - least[k];
  }
  log_z = logs[all_states];
  for (double& value : logs) value -= log_z;
  std::vector<double> all;
  for (const std::uint32_t row : rows)
    all.push_back(
        logs[static_cast<std::size_t>(std::lower_bound(distinct.begin(), distinct.end(), row) - distinct.begin())]);
  return all;
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
  Index fewest = most_summed + 1;
  for (std::uint32_t set = 1; layers <= most_layers && set < std::uint32_t{1} << layers; ++set) {
    const auto in_set = [&](Index l) { return (set >> l & 1) != 0; };
    std::vector<Index> side;
    Index units = 0;
    for (Index l = 0; l < static_cast<Index>(layers); ++l) {
      if (!in_set(l)) continue;
      const LayerSpec& layer = model.layers[static_cast<std::size_t>(l)];
      units += layer.two_states() ? layer.size : most_summed + 1;
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

void ExactLikelihood::describe(NodeType<ExactLikelihood>& type) {
  type.says(
          "The exact log-likelihood of data under a small machine: log Z by adding up the smaller side, or all states "
          "where hidden units are joined to each other.")
      .input<Network>("model", "The machine: one side of up to 22 binary units or spins, or up to 25 of them in all.")
      .input<Dataset>("data", "The rows.")
      .output<Table>("table", "One row: mean log-likelihood of a row, its standard error, log Z, rows.");
}

void ExactLikelihood::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_shown(model, data, "in.data", out);
  const auto few = [&](bool visible) {
    Index units = 0;
    for (const LayerSpec& layer : model.layers) {
      if (layer.visible != visible) continue;
      if (!layer.two_states()) return false;
      units += layer.size;
    }
    return units > 0 && units <= most_summed;
  };
  const bool visible_joined = std::any_of(model.links.begin(), model.links.end(), [&](const LinkSpec& link) {
    return model.layers[static_cast<std::size_t>(link.a)].visible &&
           model.layers[static_cast<std::size_t>(link.b)].visible;
  });
  const bool one_side = model.hidden_independent() && (few(true) || (few(false) && !visible_joined));
  const Index visible = model.visible_units(), hidden = model.hidden_units();
  if (!one_side && (visible + hidden > TwoStateMachine::most_units || !two_states(model)))
    out.problem("in.model",
                fmt::format("{} visible and {} hidden units cannot be added up: one side must have at most {} "
                            "binary units or spins (the visible one, where visible units are joined), or all "
                            "together at most {}",
                            visible, hidden, most_summed, TwoStateMachine::most_units));
  out.set<Table>("table", {});
}

Outputs ExactLikelihood::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows");
  const std::vector<Index> shown = network.visible(), hidden = network.hidden();
  std::vector<double> log_p;
  double log_z = 0;
  const bool across = network.hidden_independent();
  const bool visible_joined = std::any_of(network.links().begin(), network.links().end(), [&](const Link& link) {
    return network.layer(link.a).visible && network.layer(link.b).visible;
  });
  std::vector<Index> side;
  if (across) side = few_units(network, hidden);
  // With joined visible units the other side cannot be summed out; the visible one can be added up itself.
  if (side.empty() || visible_joined) side = across ? few_units(network, shown) : std::vector<Index>();
  constexpr Index block = 1000;
  if (across && !side.empty()) {
    log_z = log_partition_by(network, side);
    for (Index first = 0; first < data.rows(); first += block) {
      const Index count = std::min(block, data.rows() - first);
      std::vector<Tensor> parts;
      std::vector<View<const double>> views;
      for (const Index l : shown) {
        Tensor read = Tensor::matrix(count, network.layer(l).size);
        data.read(data.part(network.layer(l).part), first, count, read.view());
        demand_states(network.layer(l), read.view(), first);
        parts.push_back(Tensor::of<double>({count, network.layer(l).size}));
        std::copy_n(read.data<float>(), read.size(), parts.back().data<double>());
      }
      for (Tensor& part : parts) views.push_back(part.view<double>());
      std::vector<double> energies(static_cast<std::size_t>(count));
      free_energy(network, views, energies);
      for (const double energy : energies) log_p.push_back(-energy - log_z);
      context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
    }
  } else {
    std::vector<std::uint32_t> rows(static_cast<std::size_t>(data.rows()), 0);
    const TwoStateMachine machine(network);
    Index unit = 0;
    for (const Layer& layer : network.layers()) {
      if (layer.visible) {
        Tensor read = Tensor::matrix(data.rows(), layer.size);
        data.read(data.part(layer.part), 0, data.rows(), read.view());
        demand_states(layer, read.view(), 0);
        for (Index i = 0; i < data.rows(); ++i)
          for (Index j = 0; j < layer.size; ++j) {
            const auto u = static_cast<std::size_t>(unit + j);
            if (static_cast<double>(read.view()(i, j)) == machine.high[u])
              rows[static_cast<std::size_t>(i)] |= std::uint32_t{1} << u;
          }
      }
      unit += layer.size;
    }
    log_p = log_probabilities_by_all(network, rows, log_z);
  }
  const Mean mean = mean_of(log_p);
  context.metric("log-likelihood", mean.value, "nats");
  Outputs outputs;
  outputs.set("table", Table{"exact log-likelihood",
                             "",
                             {"log-likelihood", "standard error", "log Z", "rows"},
                             {"nats", "nats", "nats", ""},
                             {{"", {mean.value, mean.error, log_z, static_cast<double>(log_p.size())}}}});
  return outputs;
}

}  // namespace harmonium
