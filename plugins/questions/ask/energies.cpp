#include "energies.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/table.hpp"
#include "shown_rows.hpp"

namespace harmonium {
namespace {

constexpr const char* not_one_by_one = "{} rows cannot be compared with {}, one by one; give as many, or one";

void check_energies(const ModelSpec& model, Specs& out) {
  for (const LayerSpec& layer : model.layers)
    if (!layer.exact)
      out.problem("in.model", fmt::format("layer '{}' has {}, which are approximate: they have no energy", layer.name,
                                          layer.units));
}

/// Of two numbers that are to be trusted where both are; the second one's reason says whose it is.
std::string verdict_of_both(const std::string& one, const std::string& other, const char* whose) {
  if (!trusted(one)) return one;
  if (!trusted(other)) return other + whose;
  return one == "exact" ? other : one;
}

}  // namespace

void EnergyQuestion::describe(NodeType<EnergyQuestion>& type) {
  type.says(
          "The free energy of each row, F(v) = -log of the sum over hidden states of exp(-E(v, h)), in nats: the lower "
          "it is, the likelier the model holds the row, log p(v) = -F(v) - log Z. Of a model without hidden units it "
          "is the energy. It is exact where hidden units are not joined to each other, or the states of at most 16 of "
          "them can be added up; else, as of deep Boltzmann machines, it is estimated by annealing the hidden units of "
          "each row, with an interval that holds it in 99 of 100 cases and a verdict. Of a model with a certificate of "
          "its log Z, as evaluator.ais gives one, log p(v) as well, in such an interval; there values between the "
          "states of a unit, as grey pixels are, are refused, since they have no probability. Elsewhere they enter the "
          "formula as they are.")
      .cites("Smolensky 1986; Neal 2001; Hinton 2012")
      .version(4)
      .random()
      .input<Network>("model", "A model whose units are exact.")
      .input<Dataset>("data", "The rows, without missing values.")
      .output<Table>("table", "A row for each row of the data.");
  Annealing::describe<EnergyQuestion>(type);
}

void EnergyQuestion::outputs(const Specs& in, Specs& out) const {
  check_energies(in.get<Network>("model"), out);
  check_shown(in.get<Network>("model"), in.get<Dataset>("data"), "in.data", out);
}

EnergyQuestion::State EnergyQuestion::start(const Inputs& in, Context& context) const {
  const Certificate* known = in.get<Network>("model").certificate();
  if (known && !trusted(known->verdict)) context.warn(fmt::format("log p(row) cannot be trusted: {}", known->text()));
  return {};
}

bool EnergyQuestion::advance(State& state, const Inputs& in, Context& context) const {
  const auto& model = in.get<Network>("model");
  const auto rows = model.certificate() ? RowEnergies::Rows::states : RowEnergies::Rows::any;
  return state.go_on(model, in.get<Dataset>("data"), rows, *this, "", context);
}

void EnergyQuestion::finish(State& state, const Inputs& in, Outputs& out) const {
  const auto& model = in.get<Network>("model");
  Table table{"energies", "row", {model.hidden().empty() ? "energy" : "free energy"}, {"nats"}, {}};
  const Certificate* known = model.certificate();
  const bool estimated = !has_exact_energies(model.spec());
  const auto add_columns = [&](const std::vector<const char*>& columns) {
    for (const char* column : columns) {
      table.columns.emplace_back(column);
      table.units.emplace_back("nats");
    }
  };
  if (known)
    add_columns({"log p(row)", "low", "high"});
  else if (estimated)
    add_columns({"low", "high"});
  for (std::size_t i = 0; i < state.energy.size(); ++i) {
    const double energy = state.energy[i], half = state.half[i];
    table.rows.push_back({std::to_string(i + 1), {energy}, ""});
    std::vector<double>& values = table.rows.back().values;
    if (known) {
      for (const double log_p : {-energy - known->log_z, -energy - half - known->high, -energy + half - known->low})
        values.push_back(log_p);
      table.rows.back().verdict = verdict_of_both(known->verdict, state.verdict[i], ", of the row");
    } else if (estimated) {
      values.push_back(energy - half);
      values.push_back(energy + half);
      table.rows.back().verdict = state.verdict[i];
    }
  }
  out.set("table", std::move(table));
}

void CompareQuestion::describe(NodeType<CompareQuestion>& type) {
  type.says(
          "How much likelier rows are than others, log p(row) - log p(other): the difference of their free energies, "
          "which needs no log Z. It is exact where free energies are (see ask.energy); else it comes with an interval "
          "that holds it in 99 of 100 cases, and a verdict.")
      .cites("Neal 2001; Hinton 2012")
      .version(3)
      .random()
      .input<Network>("model", "A model whose units are exact.")
      .input<Dataset>("data", "The rows, without missing values; of units with two states, in one of them.")
      .optional_input<Dataset>("other",
                               "What each is compared with: the row of the same number, or the only one; unless "
                               "connected, the first row of 'data'.")
      .output<Table>("table", "A row for each row of the data: above 0, the row is the likelier one.");
  Annealing::describe<CompareQuestion>(type);
}

void CompareQuestion::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_energies(model, out);
  check_shown(model, data, "in.data", out);
  if (!in.has("other")) return;
  const DataSpec& other = in.get<Dataset>("other");
  check_shown(model, other, "in.other", out);
  if (data.rows != DataSpec::unknown && other.rows != DataSpec::unknown && other.rows != 1 && other.rows != data.rows)
    out.problem("in.other", fmt::format(not_one_by_one, data.rows, other.rows));
}

CompareQuestion::State CompareQuestion::start(const Inputs& in, Context&) const {
  const Index rows = in.get<Dataset>("data").rows();
  if (const Index others = in.has("other") ? in.get<Dataset>("other").rows() : 1; others != 1 && others != rows)
    throw BadData(fmt::format(not_one_by_one, rows, others));
  return {};
}

bool CompareQuestion::advance(State& state, const Inputs& in, Context& context) const {
  const auto& model = in.get<Network>("model");
  const auto states = RowEnergies::Rows::states;
  if (state.rows.go_on(model, in.get<Dataset>("data"), states, *this, "", context)) return true;
  return in.has("other") && state.others.go_on(model, in.get<Dataset>("other"), states, *this, " of others", context);
}

void CompareQuestion::finish(State& state, const Inputs& in, Outputs& out) const {
  const bool estimated = !has_exact_energies(in.get<Network>("model").spec());
  const RowEnergies& others = in.has("other") ? state.others : state.rows;
  const bool one = !in.has("other") || others.energy.size() == 1;
  Table table{"relative probabilities", "row", {"log p(row) - log p(other)"}, {"nats"}, {}};
  if (estimated)
    for (const char* column : {"low", "high"}) {
      table.columns.emplace_back(column);
      table.units.emplace_back("nats");
    }
  for (std::size_t i = 0; i < state.rows.energy.size(); ++i) {
    const std::size_t other = one ? 0 : i;
    const double ratio = others.energy[other] - state.rows.energy[i];
    table.rows.push_back({std::to_string(i + 1), {ratio}, ""});
    if (!estimated) continue;
    // A row and itself are as likely, whatever was drawn.
    const bool itself = !in.has("other") && i == 0;
    const double half = itself ? 0 : std::hypot(state.rows.half[i], others.half[other]);
    table.rows.back().values.insert(table.rows.back().values.end(), {ratio - half, ratio + half});
    table.rows.back().verdict =
        itself ? "exact" : verdict_of_both(state.rows.verdict[i], others.verdict[other], ", of the other row");
  }
  out.set("table", std::move(table));
}

}  // namespace harmonium
