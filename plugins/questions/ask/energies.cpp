#include "energies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

/// The free energy of every row. With Rows::states, values between the two states of a unit are refused.
std::vector<double> energies_of(const Network& model, const Dataset& data, Rows rows) {
  constexpr Index block = 1000;
  if (data.rows() == 0) throw BadData("the data have no rows");
  check_known(model, data);
  std::vector<double> energies(static_cast<std::size_t>(data.rows()));
  std::vector<Tensor> shown;
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
    free_energy(model, views, {energies.data() + first, count});
    for (Index i = first; i < first + count; ++i)
      if (!std::isfinite(energies[static_cast<std::size_t>(i)]))
        throw RunFailed(fmt::format("the energy of row {} is not finite: the model's parameters are too large", i + 1));
  }
  return energies;
}

void check_summed_out(const ModelSpec& model, Specs& out) {
  if (!model.hidden_independent())
    out.problem("in.model",
                "its hidden units are joined to each other, so they cannot be summed out exactly: the free energy of a "
                "row is not known; `bound` gives a lower bound on log p(row) where log Z is known");
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
      .input<Network>("model", "A model whose hidden units are independent given the visible ones.")
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
      .input<Network>("model", "A model whose hidden units are independent given the visible ones.")
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
