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
#include "log_partition.hpp"

namespace harmonium {
namespace {

/// How rows get their probability: the hidden units summed out of each and log Z known or added up, or every state of
/// the whole machine.
enum class Way : std::uint8_t { free_energies, all_states, none };

Way way_of(const ModelSpec& model) {
  if (model.hidden_independent() && (model.certified || !fewest_to_add_up(model).empty())) return Way::free_energies;
  const bool two_states =
      std::all_of(model.layers.begin(), model.layers.end(), [](const LayerSpec& layer) { return layer.two_states(); });
  return two_states && model.visible_units() + model.hidden_units() <= TwoStateMachine::most_units ? Way::all_states
                                                                                                   : Way::none;
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

/// A pass over the rows: log p(v) + log Z.
std::vector<double> minus_free_energies(const Network& network, const Dataset& data, Context& context) {
  std::vector<double> all;
  constexpr Index block = 1000;
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    std::vector<Tensor> parts;
    std::vector<View<const double>> views;
    for (const Index l : network.visible()) {
      Tensor read = Tensor::matrix(count, network.layer(l).size);
      data.read(data.part(network.layer(l).part), first, count, read.view());
      demand_states(network.layer(l), read.view(), first);
      parts.push_back(Tensor::of<double>({count, network.layer(l).size}));
      std::copy_n(read.data<float>(), read.size(), parts.back().data<double>());
    }
    for (Tensor& part : parts) views.push_back(part.view<double>());
    std::vector<double> energies(static_cast<std::size_t>(count));
    free_energy(network, views, energies);
    for (const double energy : energies) {
      if (!std::isfinite(energy))
        throw BadData(
            fmt::format("row {} is none that the model can show: its free energy is {}", all.size() + 1, energy));
      all.push_back(-energy);
    }
    context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
  }
  return all;
}

/// The visible part of each row, a bit for each unit of the machine.
std::vector<std::uint32_t> rows_of(const Network& network, const Dataset& data) {
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
  return rows;
}

}  // namespace

void Likelihood::describe(NodeType<Likelihood>& type) {
  type.says(
          "The mean log-likelihood of data, and whether it can be trusted: with the log Z of the model's certificate, "
          "as evaluator.ais gives one, or without one exactly, by adding up the states of a small machine.")
      .input<Network>("model",
                      "A model with a certificate, or a small one: some of its layers have up to 22 binary units or "
                      "spins together and the others are not joined to each other, or it has up to 25 of them in all.")
      .input<Dataset>("data", "The rows.")
      .output<Table>("table",
                     "One row: mean log-likelihood of a row, its standard error over rows, log Z, its standard error, "
                     "rows.")
      .output<Network>("model", "The model with a certificate of its log Z.");
}

void Likelihood::outputs(const Specs& in, Specs& out) const {
  ModelSpec model = in.get<Network>("model");
  check_shown(model, in.get<Dataset>("data"), "in.data", out);
  if (check_exact(model, out) && way_of(model) == Way::none) {
    if (model.certified)
      out.problem("in.model",
                  "hidden units are joined to each other: the likelihood of a row is no sum that is known; "
                  "evaluator.variational_bound gives a lower bound");
    else
      out.problem("in.model",
                  fmt::format("{} visible and {} hidden units cannot be added up: some layers must have at most {} "
                              "binary units or spins together and leave others that are not joined to each other, or "
                              "all together at most {}; evaluator.ais estimates log Z of larger ones",
                              model.visible_units(), model.hidden_units(), most_added_up, TwoStateMachine::most_units));
  }
  model.certified = true;
  out.set<Network>("model", std::move(model));
  out.set<Table>("table", {});
}

Outputs Likelihood::run(const Inputs& in, Context& context) const {
  Network network = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows");
  // With a certificate the warning came before.
  if (!network.caveat().empty() && !network.certificate()) context.warn(network.caveat());
  std::vector<double> log_p;
  Certificate known;
  if (way_of(network.spec()) == Way::all_states) {
    log_p = log_probabilities_by_all(network, rows_of(network, data), known.log_z);
    known = Certificate::exact(known.log_z);
  } else {
    // First, since it may be that the rows are none that the model can show.
    log_p = minus_free_energies(network, data, context);
    known = certificate_of(network);
    for (double& value : log_p) value -= known.log_z;
  }
  const Mean mean = mean_of(log_p);
  context.metric("log-likelihood", mean.value, "nats");
  Outputs outputs;
  outputs.set("table", Table{"log-likelihood",
                             "",
                             {column_of("log-likelihood", network.spec(), data.spec()), "standard error", "log Z",
                              "error of log Z", "rows"},
                             {"nats", "nats", "nats", "nats", ""},
                             {{"",
                               {mean.value, mean.error, known.log_z, known.error, static_cast<double>(log_p.size())},
                               known.verdict}}});
  network.certify(std::move(known));
  outputs.set("model", std::move(network));
  return outputs;
}

}  // namespace harmonium
