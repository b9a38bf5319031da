#include "questions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "activity.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/stored_rows.hpp"
#include "harmonium/table.hpp"

namespace harmonium::helmholtz {
namespace {

constexpr const char* not_one_by_one = "{} rows cannot be compared with {}, one by one; give as many, or one";

const HelmholtzMachine& layers_of(const HelmholtzMachine& machine) { return machine; }
const HelmholtzMachine& layers_of(const DeepBeliefNet& net) { return net.below; }
const HelmholtzSpec& layers_of(const HelmholtzSpec& machine) { return machine; }
const HelmholtzSpec& layers_of(const DeepBeliefSpec& net) { return net.below; }

void check_top(const HelmholtzSpec&, Specs&) {}
void check_top(const DeepBeliefSpec& net, Specs& out) { check_summed_out(net, out); }

/// Of log Z; null where it is not known, or 0.
const Certificate* certificate_of(const HelmholtzMachine&) { return nullptr; }
const Certificate* certificate_of(const DeepBeliefNet& net) { return net.top.certificate(); }

template <class Model>
constexpr const char* the_model = std::is_same_v<Model, DeepBeliefNet> ? "The network." : "The machine.";

DataSpec features_of(Index rows, const HelmholtzSpec& machine) {
  return {rows, {{"features", machine.sizes.back(), {}, PartSpec::Kind::real, {}}}};
}

DataSpec rows_of(Index rows, const HelmholtzSpec& machine) {
  return {rows, {{machine.part, machine.sizes.front(), machine.shape, PartSpec::Kind::real, {}}}};
}

/// What `pass` leaves in a layer for the rows of the data, block by block.
template <class Pass>
std::shared_ptr<const Tensor> passed(const HelmholtzMachine& machine, const Dataset& data, Index layer, Pass&& pass,
                                     Context& context) {
  if (data.rows() == 0) throw BadData("the data have no rows");
  const Index part = data.part(machine.part);
  demand_shades(summarise(data, part));
  constexpr Index block = 1000;
  Activity activity(machine, std::min(block, data.rows()));
  Tensor result = Tensor::matrix(data.rows(), machine.layer(layer).size());
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    activity.rows(count);
    data.read(part, first, count, activity.state(0));
    pass(activity);
    copy(activity.state(layer), result.view().row_range(first, count));
    context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
  }
  return std::make_shared<const Tensor>(std::move(result));
}

}  // namespace

template <class Model>
void Recognised<Model>::describe(NodeType<Recognised>& type) {
  type.says(std::is_same_v<Model, DeepBeliefNet>
                ? "The features of each row by a deep belief network: the means of the layer that its top RBM shows, "
                  "recognised from below."
                : "The features of each row by a Helmholtz machine: the means of its highest layer, recognised from "
                  "below.")
      .cites(std::is_same_v<Model, DeepBeliefNet> ? "Hinton, Osindero, Teh 2006" : "Dayan, Hinton, Neal, Zemel 1995")
      .view()
      .template input<Model>("model", the_model<Model>)
      .template input<Dataset>("data", "The rows, between 0 and 1, without missing values.")
      .template output<Dataset>("data", "A column for each unit of that layer.");
}

template <class Model>
void Recognised<Model>::outputs(const Specs& in, Specs& out) const {
  const HelmholtzSpec& machine = layers_of(in.get<Model>("model"));
  const DataSpec& data = in.get<Dataset>("data");
  check_part(machine, data, "in.data", out);
  if (!machine.sizes.empty()) out.set<Dataset>("data", features_of(data.rows, machine));
}

template <class Model>
Outputs Recognised<Model>::run(const Inputs& in, Context& context) const {
  const HelmholtzMachine& machine = layers_of(in.get<Model>("model"));
  const auto& data = in.get<Dataset>("data");
  auto features = passed(
      machine, data, machine.size() - 1, [&](Activity& activity) { activity.recognise_by_means(machine); }, context);
  Outputs out;
  out.set("data", stored_rows(features_of(data.rows(), machine.spec()), {std::move(features)}));
  return out;
}

template <class Model>
void Denoised<Model>::describe(NodeType<Denoised>& type) {
  type.says(
          "Rows as the model gives them back: up by recognition and down by generation, each layer driven by the means "
          "of the one before it, as often as is said; once takes noise away, many passes forget the row.")
      .view()
      .template input<Model>("model", the_model<Model>)
      .template input<Dataset>("data", "The rows, between 0 and 1, without missing values.")
      .template output<Dataset>("data", "The rows that were given back.");
  type.parameter("sweeps", &Denoised::sweeps).at_least(1).unit("sweeps").says("Passes up and down.");
}

template <class Model>
void Denoised<Model>::outputs(const Specs& in, Specs& out) const {
  const HelmholtzSpec& machine = layers_of(in.get<Model>("model"));
  const DataSpec& data = in.get<Dataset>("data");
  check_part(machine, data, "in.data", out);
  if (!machine.sizes.empty()) out.set<Dataset>("data", rows_of(data.rows, machine));
}

template <class Model>
Outputs Denoised<Model>::run(const Inputs& in, Context& context) const {
  const HelmholtzMachine& machine = layers_of(in.get<Model>("model"));
  const auto& data = in.get<Dataset>("data");
  auto rows = passed(
      machine, data, 0,
      [&](Activity& activity) {
        for (Index s = 0; s < sweeps; ++s) {
          activity.recognise_by_means(machine);
          activity.generate_by_means(machine);
        }
      },
      context);
  Outputs out;
  out.set("data", stored_rows(rows_of(data.rows(), machine.spec()), {std::move(rows)}));
  return out;
}

template struct Recognised<HelmholtzMachine>;
template struct Recognised<DeepBeliefNet>;
template struct Denoised<HelmholtzMachine>;
template struct Denoised<DeepBeliefNet>;

template <class Model>
void EnergyOfRows<Model>::describe(NodeType<EnergyOfRows>& type) {
  constexpr bool of_net = std::is_same_v<Model, DeepBeliefNet>;
  type.says(
          of_net
              ? "The free energy of each row, -log p(row) - log Z with the Z of the top RBM, whose classes are summed "
                "out: by importance sampling with recognition as the proposal, an upper bound in the mean, the "
                "closer the more samples there are. The interval holds the mean of such an estimate in 99 of 100 "
                "cases. Where the top RBM has a certificate of its log Z, as evaluator.ais gives one, log p(row) "
                "as well, in such an interval of both. It is called converged by the rule for Helmholtz machines; "
                "fantasies descend from chains of 1,000 sweeps of the top RBM."
              : "The free energy of each row, which of a Helmholtz machine is -log p(row), since its Z is 1: by "
                "importance sampling with recognition as the proposal, a lower bound on log p(row) in the mean, "
                "the closer the more samples there are. The interval holds the mean of such an estimate in 99 of "
                "100 cases.")
      .cites("Rezende, Mohamed, Wierstra 2014; Burda, Grosse, Salakhutdinov 2016")
      .template input<Model>("model", the_model<Model>)
      .template input<Dataset>("data", "Rows of 0 and 1.")
      .template output<Table>("table", "A row for each row of the data.")
      .version(of_net ? 1 : 2)
      .random();
  ImportanceSampling::describe<EnergyOfRows>(type);
}

template <class Model>
void EnergyOfRows<Model>::outputs(const Specs& in, Specs& out) const {
  const typename Model::Spec& model = in.get<Model>("model");
  check_part(layers_of(model), in.get<Dataset>("data"), "in.data", out);
  check_top(model, out);
  out.set<Table>("table", {});
}

template <class Model>
ImportanceSampling::State EnergyOfRows<Model>::start(const Inputs& in, Context& context) const {
  if (in.get<Dataset>("data").rows() == 0) throw BadData("the data have no rows");
  const Certificate* known = certificate_of(in.get<Model>("model"));
  if (known && !trusted(known->verdict)) context.warn(fmt::format("log p(row) cannot be trusted: {}", known->text()));
  return {};
}

template <class Model>
bool EnergyOfRows<Model>::advance(State& state, const Inputs& in, Context& context) const {
  return go_on(state, Directed(in.get<Model>("model")), in.get<Dataset>("data"), true, "", context);
}

template <class Model>
void EnergyOfRows<Model>::finish(State& state, const Inputs& in, Outputs& out) const {
  const auto& model = in.get<Model>("model");
  const bool sampled = layers_of(model).size() > 1;
  // Z of a Helmholtz machine is 1.
  const Certificate of_machine = Certificate::exact(0), *of_top = certificate_of(model),
                    *known = std::is_same_v<Model, HelmholtzMachine> ? &of_machine : of_top;
  Table table{"energies", "row", {"free energy"}, {"nats"}, {}};
  const auto add_column = [&](const char* name, const char* unit) {
    table.columns.emplace_back(name);
    table.units.emplace_back(unit);
  };
  if (known) add_column("log p(row)", "nats");
  for (const char* end : {"low", "high"}) add_column(end, "nats");
  add_column("effective samples", "");
  for (std::size_t i = 0; i < state.log_p.size(); ++i) {
    const double log_p = state.log_p[i], half = quantile_99 * std::sqrt(state.variance[i]);
    const double effective = static_cast<double>(samples) / (1 + static_cast<double>(samples) * state.variance[i]);
    table.rows.push_back(
        {std::to_string(i + 1), {-log_p}, sampled ? verdict(state.rise[i], mean_gap(state), half) : "exact"});
    std::vector<double>& values = table.rows.back().values;
    if (known)
      values.insert(values.end(), {log_p - known->log_z, log_p - half - known->high, log_p + half - known->low});
    else
      values.insert(values.end(), {-log_p - half, -log_p + half});
    values.push_back(effective);
    if (known && !trusted(known->verdict)) table.rows.back().verdict = known->verdict + ", of log Z";
  }
  out.set("table", std::move(table));
}

template <class Model>
void CompareRows<Model>::describe(NodeType<CompareRows>& type) {
  type.says(
          "How much likelier rows are than others, log p(row) - log p(other), each by importance sampling with "
          "recognition as the proposal. The interval holds the mean of such an estimate in 99 of 100 cases; it is "
          "called converged where both are.")
      .cites("Rezende, Mohamed, Wierstra 2014; Burda, Grosse, Salakhutdinov 2016")
      .template input<Model>("model", the_model<Model>)
      .template input<Dataset>("data", "Rows of 0 and 1.")
      .template optional_input<Dataset>(
          "other",
          "What each is compared with: the row of the same number, or the only one; unless "
          "connected, the first row of 'data'.")
      .template output<Table>("table", "A row for each row of the data: above 0, the row is the likelier one.")
      .random();
  ImportanceSampling::describe<CompareRows>(type);
}

template <class Model>
void CompareRows<Model>::outputs(const Specs& in, Specs& out) const {
  const typename Model::Spec& model = in.get<Model>("model");
  const HelmholtzSpec& machine = layers_of(model);
  const DataSpec& data = in.get<Dataset>("data");
  check_part(machine, data, "in.data", out);
  check_top(model, out);
  out.set<Table>("table", {});
  if (!in.has("other")) return;
  const DataSpec& other = in.get<Dataset>("other");
  check_part(machine, other, "in.other", out);
  if (data.rows != DataSpec::unknown && other.rows != DataSpec::unknown && other.rows != 1 && other.rows != data.rows)
    out.problem("in.other", fmt::format(not_one_by_one, data.rows, other.rows));
}

template <class Model>
typename CompareRows<Model>::State CompareRows<Model>::start(const Inputs& in, Context&) const {
  const Index rows = in.get<Dataset>("data").rows();
  const Index others = in.has("other") ? in.get<Dataset>("other").rows() : 1;
  if (rows == 0 || others == 0) throw BadData("the data have no rows");
  if (others != 1 && others != rows) throw BadData(fmt::format(not_one_by_one, rows, others));
  return {};
}

template <class Model>
bool CompareRows<Model>::advance(State& state, const Inputs& in, Context& context) const {
  const Directed model(in.get<Model>("model"));
  if (go_on(state.rows, model, in.get<Dataset>("data"), true, "", context)) return true;
  return in.has("other") && go_on(state.others, model, in.get<Dataset>("other"), false, " of others", context);
}

template <class Model>
void CompareRows<Model>::finish(State& state, const Inputs& in, Outputs& out) const {
  const bool sampled = layers_of(in.get<Model>("model")).size() > 1;
  const ImportanceSampling::State& others = in.has("other") ? state.others : state.rows;
  const bool one = !in.has("other") || others.log_p.size() == 1;
  const double gap = mean_gap(state.rows);
  const auto verdict_of = [&](const ImportanceSampling::State& of, std::size_t i) {
    return sampled ? verdict(of.rise[i], gap, quantile_99 * std::sqrt(of.variance[i])) : std::string("exact");
  };
  Table table{
      "relative probabilities", "row", {"log p(row) - log p(other)", "low", "high"}, {"nats", "nats", "nats"}, {}};
  for (std::size_t i = 0; i < state.rows.log_p.size(); ++i) {
    const std::size_t other = one ? 0 : i;
    // A row and itself are as likely, whatever was drawn.
    const bool itself = !in.has("other") && i == 0;
    const double ratio = state.rows.log_p[i] - others.log_p[other];
    const double half = itself ? 0 : quantile_99 * std::sqrt(state.rows.variance[i] + others.variance[other]);
    std::string judged = itself ? "exact" : verdict_of(state.rows, i);
    if (!itself && judged == "converged") {
      judged = verdict_of(others, other);
      if (judged != "converged") judged += ", of the other row";
    }
    table.rows.push_back({std::to_string(i + 1), {ratio, ratio - half, ratio + half}, std::move(judged)});
  }
  out.set("table", std::move(table));
}

template struct EnergyOfRows<HelmholtzMachine>;
template struct EnergyOfRows<DeepBeliefNet>;
template struct CompareRows<HelmholtzMachine>;
template struct CompareRows<DeepBeliefNet>;

void Halves::describe(NodeType<Halves>& type) {
  type.says("The parts of a deep belief network: its top RBM, and the directed layers below it either way.")
      .cites("Hinton, Osindero, Teh 2006")
      .view()
      .input<DeepBeliefNet>("model", "The network.");
  describe_halves(type);
}

Outputs Halves::run(const Inputs& in, Context&) const {
  Outputs out;
  set_halves(in.get<DeepBeliefNet>("model"), out);
  return out;
}

}  // namespace harmonium::helmholtz
