#include "energies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/table.hpp"
#include "shown_rows.hpp"

namespace harmonium {
namespace {

enum class Rows : std::uint8_t { any, states };

constexpr Index most_added_up = 16;
constexpr const char* can_be_summed_out =
    "A model whose hidden units are independent given the visible ones, or few: states of at most 16 of two states are "
    "added up.";

/// The hidden layers, with the fewest units, whose states are added up so that the other hidden layers can be summed
/// out: none where all can be; nothing where those layers have more than so many units of two states.
std::optional<std::vector<Index>> to_add_up(const ModelSpec& model) {
  std::vector<Index> hidden;
  for (std::size_t l = 0; l < model.layers.size(); ++l)
    if (!model.layers[l].visible) hidden.push_back(static_cast<Index>(l));
  constexpr std::size_t most_layers = 12;
  if (model.hidden_independent()) return std::vector<Index>{};
  if (hidden.size() > most_layers) return std::nullopt;
  std::optional<std::vector<Index>> best;
  Index fewest = most_added_up + 1;
  for (std::uint32_t set = 1; set < std::uint32_t{1} << hidden.size(); ++set) {
    ModelSpec shown = model;
    std::vector<Index> side;
    Index units = 0;
    for (std::size_t h = 0; h < hidden.size(); ++h) {
      if ((set >> h & 1) == 0) continue;
      LayerSpec& layer = shown.layers[static_cast<std::size_t>(hidden[h])];
      layer.visible = true;
      side.push_back(hidden[h]);
      units += layer.two_states() ? layer.size : most_added_up + 1;
    }
    if (units >= fewest || !shown.hidden_independent()) continue;
    fewest = units;
    best = side;
  }
  return best;
}

/// Free energies of rows: sums over all states of some hidden layers, the others being summed out in closed form.
class FreeEnergies {
 public:
  explicit FreeEnergies(const Network& model) : model_(model), side_(to_add_up(model.spec()).value()) {
    for (const Index l : side_) {
      model_.layer(l).visible = true;
      units_ += model_.layer(l).size;
    }
  }

  /// `visible` is of the model's own visible layers, in their order.
  void of(const std::vector<Index>& layers, const std::vector<View<const float>>& visible,
          Span<double> energies) const {
    if (side_.empty()) return free_energy(model_, visible, energies);
    for (Index i = 0; i < energies.size; ++i) {
      std::vector<Span<const float>> row;
      for (const View<const float>& view : visible) row.push_back(view.row(i));
      energies[i] = of_row(layers, row);
    }
  }

 private:
  double of_row(const std::vector<Index>& layers, const std::vector<Span<const float>>& row) const {
    constexpr Index block = 4096;
    const Index all = Index{1} << units_;
    std::vector<double> energies(static_cast<std::size_t>(all));
    for (Index first = 0; first < all; first += block) {
      const Index count = std::min(block, all - first);
      std::vector<Tensor> states;
      std::vector<View<const double>> views;
      for (const Index l : model_.visible()) {
        const Layer& layer = model_.layer(l);
        states.push_back(Tensor::of<double>({count, layer.size}));
        const View<double> state = states.back().view<double>();
        const auto shown = std::find(layers.begin(), layers.end(), l);
        for (Index i = 0; i < count; ++i)
          for (Index j = 0; j < layer.size; ++j)
            state(i, j) = shown != layers.end()
                              ? static_cast<double>(row[static_cast<std::size_t>(shown - layers.begin())][j])
                              : layer.units->states()[(first + i) >> (bit_of(l) + j) & 1];
      }
      for (const Tensor& state : states) views.push_back(state.view<double>());
      free_energy(model_, views, {energies.data() + first, count});
    }
    const double least = *std::min_element(energies.begin(), energies.end());
    double sum = 0;
    for (const double energy : energies) sum += std::exp(least - energy);
    return least - std::log(sum);
  }

  /// The bit of a state's number that tells the first unit of a layer that is added up.
  Index bit_of(Index layer) const {
    Index bit = 0;
    for (const Index l : side_) {
      if (l == layer) break;
      bit += model_.layer(l).size;
    }
    return bit;
  }

  Network model_;
  std::vector<Index> side_;
  Index units_ = 0;
};

/// The free energy of every row. With Rows::states, values between the two states of a unit are refused.
std::vector<double> energies_of(const Network& model, const Dataset& data, Rows rows) {
  constexpr Index block = 1000;
  if (data.rows() == 0) throw BadData("the data have no rows");
  check_known(model, data);
  std::vector<double> energies(static_cast<std::size_t>(data.rows()));
  std::vector<Tensor> shown;
  const FreeEnergies free_energies(model);
  for (const Index l : model.visible())
    shown.push_back(Tensor::of<float>({std::min(block, data.rows()), model.layer(l).size}));
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    std::vector<View<const float>> views;
    for (std::size_t v = 0; v < shown.size(); ++v) {
      const Layer& layer = model.layer(model.visible()[v]);
      const View<float> view = shown[v].view().row_range(0, count);
      data.read(data.part(layer.part), first, count, view);
      if (rows == Rows::states) demand_states(layer, view, first);
      views.push_back(view);
    }
    free_energies.of(model.visible(), views, {energies.data() + first, count});
    for (Index i = first; i < first + count; ++i)
      if (!std::isfinite(energies[static_cast<std::size_t>(i)]))
        throw RunFailed(fmt::format("the energy of row {} is not finite: the model's parameters are too large", i + 1));
  }
  return energies;
}

void check_summed_out(const ModelSpec& model, Specs& out) {
  if (!to_add_up(model))
    out.problem("in.model",
                fmt::format("more than {} of its hidden units are joined to each other, so they cannot be summed out: "
                            "the free energy of a row is not known; `bound` gives a lower bound on log p(row) where "
                            "log Z is known",
                            most_added_up));
  for (const LayerSpec& layer : model.layers)
    if (!layer.exact)
      out.problem("in.model", fmt::format("layer '{}' has {}, which are approximate: they have no energy", layer.name,
                                          layer.units));
}

}  // namespace

void EnergyQuestion::describe(NodeType<EnergyQuestion>& type) {
  type.says(
          "The free energy of each row, F(v) = -log of the sum over hidden states of exp(-E(v, h)), in nats: the lower "
          "it is, the likelier the model holds the row, log p(v) = -F(v) - log Z. Of a model without hidden units it "
          "is the energy. Of one with a certificate of its log Z, as evaluator.ais gives one, log p(v) as well, the "
          "interval in which it lies in 99 of 100 cases, and the verdict on it; there values between the states of a "
          "unit, as grey pixels are, are refused, since they "
          "have no probability. Elsewhere they enter the formula as they are.")
      .cites("Smolensky 1986; Hinton 2012")
      .version(2)
      .input<Network>("model", can_be_summed_out)
      .input<Dataset>("data", "The rows, without missing values.")
      .output<Table>("table", "A row for each row of the data.");
}

void EnergyQuestion::outputs(const Specs& in, Specs& out) const {
  check_summed_out(in.get<Network>("model"), out);
  check_shown(in.get<Network>("model"), in.get<Dataset>("data"), "in.data", out);
}

Outputs EnergyQuestion::run(const Inputs& in, Context& context) const {
  const auto& model = in.get<Network>("model");
  Table table{"energies", "row", {model.hidden().empty() ? "energy" : "free energy"}, {"nats"}, {}};
  const Certificate* known = model.certificate();
  if (known)
    for (const char* column : {"log p(row)", "low", "high"}) {
      table.columns.emplace_back(column);
      table.units.emplace_back("nats");
    }
  if (known && !trusted(known->verdict)) context.warn(fmt::format("log p(row) cannot be trusted: {}", known->text()));
  for (const double energy : energies_of(model, in.get<Dataset>("data"), known ? Rows::states : Rows::any)) {
    table.rows.push_back({std::to_string(table.rows.size() + 1), {energy}, known ? known->verdict : ""});
    if (!known) continue;
    for (const double log_z : {known->log_z, known->high, known->low})
      table.rows.back().values.push_back(-energy - log_z);
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

void CompareQuestion::describe(NodeType<CompareQuestion>& type) {
  type.says(
          "How much likelier rows are than others, log p(row) - log p(other): the difference of their free energies, "
          "which needs no log Z and is exact.")
      .cites("Hinton 2012")
      .input<Network>("model", can_be_summed_out)
      .input<Dataset>("data", "The rows, without missing values; of units with two states, in one of them.")
      .optional_input<Dataset>("other",
                               "What each is compared with: the row of the same number, or the only one; unless "
                               "connected, the first row of 'data'.")
      .output<Table>("table", "A row for each row of the data: above 0, the row is the likelier one.");
}

void CompareQuestion::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_summed_out(model, out);
  check_shown(model, data, "in.data", out);
  if (!in.has("other")) return;
  const DataSpec& other = in.get<Dataset>("other");
  check_shown(model, other, "in.other", out);
  if (data.rows != DataSpec::unknown && other.rows != DataSpec::unknown && other.rows != 1 && other.rows != data.rows)
    out.problem("in.other", fmt::format("{} rows cannot be compared with {}, one by one; give as many, or one",
                                        data.rows, other.rows));
}

Outputs CompareQuestion::run(const Inputs& in, Context&) const {
  const auto& model = in.get<Network>("model");
  const std::vector<double> rows = energies_of(model, in.get<Dataset>("data"), Rows::states);
  const std::vector<double> others =
      in.has("other") ? energies_of(model, in.get<Dataset>("other"), Rows::states) : std::vector<double>{rows.front()};
  if (others.size() != 1 && others.size() != rows.size())
    throw BadData(fmt::format("{} rows cannot be compared with {}, one by one; give as many, or one", rows.size(),
                              others.size()));
  Table table{"relative probabilities", "row", {"log p(row) - log p(other)"}, {"nats"}, {}};
  for (std::size_t i = 0; i < rows.size(); ++i)
    table.rows.push_back({std::to_string(i + 1), {others[others.size() == 1 ? 0 : i] - rows[i]}});
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium
