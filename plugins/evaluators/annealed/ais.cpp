#include "ais.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include "beginning.hpp"
#include "estimate.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/kept_states.hpp"
#include "harmonium/shown.hpp"
#include "path.hpp"
#include "schedule.hpp"

namespace harmonium {
namespace {

const Dataset* data_of(const Inputs& in) { return in.has("data") ? &in.get<Dataset>("data") : nullptr; }

/// How the rows were made (Certificate::data); whether they are grey is seen in the first of them.
std::string convention_of(const Network& network, const Dataset& data) {
  constexpr Index some = 1000;
  const Index count = std::min(some, data.rows());
  bool grey = false;
  for (const Index l : network.visible()) {
    const Layer& layer = network.layer(l);
    const Index part = data.part(layer.part);
    if (const std::string& made = data.spec().parts[static_cast<std::size_t>(part)].made; !made.empty()) return made;
    const Span<const double> states = layer.units->states();
    if (states.empty()) continue;
    Tensor rows = Tensor::matrix(count, layer.size);
    data.read(part, 0, count, rows.view());
    for (const float value : rows.values<float>())
      grey = grey || std::find(states.begin(), states.end(), static_cast<double>(value)) == states.end();
  }
  return grey ? "grey" : "as they came";
}

double even(Index step, Index steps) { return static_cast<double>(step) / static_cast<double>(steps); }

/// The states that a path is at, without the layers that are summed out, a row for each run; nothing where they are
/// real, so that none has a probability.
Tensor met_by(const Network& network, const AnnealedPath& path) {
  Index width = 0;
  for (Index l = 0; l < network.size(); ++l) {
    if (path.summed(l)) continue;
    if (const Values values = network.layer(l).units->values(); values == Values::line || values == Values::half_line)
      return {};
    width += network.layer(l).size;
  }
  Tensor met = Tensor::matrix(path.runs(), width);
  Index first = 0;
  for (Index l = 0; l < network.size(); ++l) {
    if (path.summed(l)) continue;
    const View<const float> rows = path.states()[l].state;
    for (Index r = 0; r < rows.rows; ++r) std::copy_n(rows.row(r).data, rows.columns, met.view().row(r).data + first);
    first += rows.columns;
  }
  return met;
}

/// Of Student's distribution, two-sided, for the mean of n values: Fisher and Cornish's expansion, good to 0.1 % from
/// ten on. Abramowitz, Stegun 1964, 26.7.5.
double quantile_99(Index n) {
  constexpr double x = 2.5758293;
  const double v = static_cast<double>(n - 1);
  return x + (x * x * x + x) / (4 * v) + (5 * std::pow(x, 5) + 16 * x * x * x + 3 * x) / (96 * v * v);
}

}  // namespace

/// What moves in the present phase, made anew after a resume.
struct Ais::Moving {
  std::unique_ptr<AnnealedPath> path;
  Chains chains;              ///< of the burn-in
  std::vector<double> betas;  ///< of the ways there and back

  const Chains& states() const { return path ? path->states() : chains; }
};

void Ais::State::visit(Visitor& visitor) {
  if (moving && !visitor.loading()) keep_states(moving->states(), states);
  visitor("phase", phase);
  visitor("step", step);
  visitor("base", base);
  visitor("cost", cost);
  visitor("states", states);
  visitor("log Z of the base", of_base);
  visitor("reversible", reversible);
  visitor("up", up);
  visitor("down", down);
  visitor("met", met);
  visitor("log f met", log_met);
}

void Ais::describe(NodeType<Ais>& type) {
  type.says(
          "log Z of any network whose units are exact, by annealed importance sampling there and back, with an "
          "interval and a verdict: whether the number can be trusted, and if not why.")
      .cites("Neal 2001; Salakhutdinov, Murray 2008; Bennett 1976; Burda, Grosse, Salakhutdinov 2015")
      .version(3)
      .random()
      .input<Network>("model", "The model.")
      .optional_input<Dataset>("data",
                               "Rows whose rates the base has, and where half of the chains of the way back begin; "
                               "hidden units that are joined to each other have in the base the rates that they have "
                               "with such rows shown. Without rows the base has no biases.")
      .output<Table>("table",
                     "One row: log Z, its standard error, an interval that holds it in 99 of 100 cases, the "
                     "effective number of runs, log Z there and back, their gap, the logarithm of the weight of all "
                     "states met, which is below log Z; and the verdict.")
      .output<Network>("model", "The model with a certificate of its log Z.");
  // Of fewer the quantile of the interval is too small, and any number of them would count as effective.
  type.parameter("runs", &Ais::runs).at_least(10).at_most(1e5).unit("runs").says("Runs there, and as many back.");
  type.parameter("temperatures", &Ais::temperatures)
      .at_least(2)
      .at_most(1e7)
      .says("Distributions between the base and the model, both included.");
  type.parameter("schedule", &Ais::schedule)
      .one_of({"linear", "three segments", "adaptive"})
      .says(
          "How inverse temperatures rise: evenly; as Salakhutdinov and Murray have them, 1/29 of the steps up to "
          "0.5, 8/29 from there to 0.9, and the rest up to 1; or so that every step costs the same share of the "
          "effective runs, found by runs of their own with a tenth of the temperatures.");
  type.parameter("sampler", &Ais::sampler)
      .says("What moves the chains from which the way back begins; it must leave the model's distribution unchanged.");
  type.parameter("burn_in", &Ais::burn_in)
      .at_least(0)
      .unit("sweeps")
      .says("Sweeps of the chains from which the way back begins.");
  type.parameter("tolerance", &Ais::tolerance)
      .above(0)
      .unit("nats")
      .says("The largest half-width of the interval of a number that is called converged.");
}

void Ais::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  if (in.has("data")) check_shown(model, in.get<Dataset>("data"), "in.data", out);
  for (const LayerSpec& layer : model.layers)
    if (!layer.exact)
      out.problem("in.model", fmt::format("layer '{}' has {}, which are approximate: there is no energy to anneal",
                                          layer.name, layer.units));
  if (sampler->law() != Law::invariant)
    out.problem("with.sampler", fmt::format("{} does not leave the model's distribution unchanged, from which the way "
                                            "back begins",
                                            sampler.type()));
  else
    check_sampler(sampler, model, "with.sampler", out);
  ModelSpec certified = model;
  certified.certified = true;
  out.set<Network>("model", std::move(certified));
  out.set<Table>("table", {});
}

Ais::State Ais::start(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const Dataset* data = data_of(in);
  if (data && data->rows() == 0) throw BadData("there are no rows");
  if (!network.caveat().empty()) context.warn(network.caveat());
  State state;
  state.base = base_of(network, data, !rows_are_draws, context.stream("base"));
  state.up.assign(static_cast<std::size_t>(runs), 0.0);
  state.down = state.up;
  enter(schedule == "adaptive" ? Phase::ahead : Phase::there, state, in, context);
  return state;
}

bool Ais::advance(State& state, const Inputs& in, Context& context) const {
  if (!state.moving) resume(state, in, context);
  // As many steps as fit into a fifth of a second; how they are cut does not change what they draw.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  while (state.phase != static_cast<std::int64_t>(Phase::done) && std::chrono::steady_clock::now() < until) {
    step(state, in, context);
    double done = static_cast<double>(state.step), all = 0;
    for (std::int64_t phase = 0; phase < static_cast<std::int64_t>(Phase::done); ++phase) {
      const auto steps = static_cast<double>(steps_of(static_cast<Phase>(phase)));
      all += steps;
      if (phase < state.phase) done += steps;
    }
    context.progress(done, all, "sweeps");
  }
  if (state.phase != static_cast<std::int64_t>(Phase::done)) return true;
  context.metric("log Z", judge(state).certificate.log_z, "nats");
  return false;
}

void Ais::finish(State& state, const Inputs& in, Outputs& out) const {
  Found found = judge(state);
  out.set("table", std::move(found.table));
  Network certified = in.get<Network>("model");
  if (const Dataset* data = data_of(in)) found.certificate.data = convention_of(certified, *data);
  certified.certify(std::move(found.certificate));
  out.set("model", std::move(certified));
}

Index Ais::steps_of(Phase phase) const {
  switch (phase) {
    case Phase::ahead:
      return schedule == "adaptive" ? std::max<Index>(2, temperatures / 10) : 0;
    case Phase::there:
    case Phase::back:
      return temperatures - 1;
    case Phase::burn_in:
      return burn_in;
    case Phase::done:
      break;
  }
  return 0;
}

std::vector<double> Ais::betas_of(const State& state) const {
  if (schedule == "adaptive") return at_equal_cost(state.cost, temperatures);
  return schedule == "three segments" ? three_segments(temperatures) : evenly(temperatures);
}

/// What moves in a phase, at its beginning but for the states.
std::shared_ptr<Ais::Moving> Ais::moving_in(Phase phase, const State& state, const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  auto moving = std::make_shared<Moving>();
  if (phase == Phase::burn_in) {
    moving->chains = Chains(network, runs * sampler->replicas());
    moving->chains.prepare(network);
  } else if (phase != Phase::done) {
    const char* way = phase == Phase::ahead ? "ahead" : phase == Phase::there ? "there" : "back";
    moving->path = std::make_unique<AnnealedPath>(network, state.base, runs, context.stream(way));
    if (phase != Phase::ahead) moving->betas = betas_of(state);
  }
  return moving;
}

void Ais::enter(Phase phase, State& state, const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const std::shared_ptr<Moving> before = std::move(state.moving);
  state.phase = static_cast<std::int64_t>(phase);
  state.step = 0;
  state.moving = moving_in(phase, state, in, context);
  AnnealedPath* path = state.moving->path.get();
  if (phase == Phase::burn_in) begin_burn_in(network, data_of(in), context.stream("chains"), state.moving->chains);
  if (phase == Phase::ahead || phase == Phase::there) path->begin();
  if (phase == Phase::there) {
    state.of_base = path->log_z_of_base();
    state.reversible = path->reversible();
  }
  if (phase == Phase::back) {
    path->begin_at(before->chains, 1);
    weigh(state, met_by(network, *path), *path);
  }
  // A phase without steps is left at once.
  if (phase != Phase::done && steps_of(phase) == 0) leave(state, in, context);
}

void Ais::leave(State& state, const Inputs& in, Context& context) const {
  const auto phase = static_cast<Phase>(state.phase);
  if (phase == Phase::there) {
    state.met = met_by(in.get<Network>("model"), *state.moving->path);
    state.log_met.assign(static_cast<std::size_t>(runs), 0.0);
    state.moving->path->add_log_f(state.log_met);
  }
  if (phase == Phase::back) state.states.clear();
  enter(static_cast<Phase>(state.phase + 1), state, in, context);
}

void Ais::resume(State& state, const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const auto phase = static_cast<Phase>(state.phase);
  state.moving = moving_in(phase, state, in, context);
  if (phase == Phase::done) return;
  Chains saved(network, phase == Phase::burn_in ? runs * sampler->replicas() : runs);
  Chains& chains = phase == Phase::burn_in ? state.moving->chains : saved;
  take_states(state.states, chains);
  if (phase == Phase::burn_in) return;
  const std::vector<double>& betas = state.moving->betas;
  const auto at = static_cast<std::size_t>(state.step);
  state.moving->path->begin_at(saved, phase == Phase::ahead   ? even(state.step, steps_of(phase))
                                      : phase == Phase::there ? betas[at]
                                                              : betas[betas.size() - 1 - at]);
}

void Ais::step(State& state, const Inputs& in, Context& context) const {
  const auto phase = static_cast<Phase>(state.phase);
  Moving& moving = *state.moving;
  const Index next = state.step + 1;
  switch (phase) {
    case Phase::ahead: {
      std::vector<double> log_weights(static_cast<std::size_t>(runs), 0.0);
      moving.path->step(even(next, steps_of(phase)), static_cast<std::uint64_t>(next), log_weights);
      state.cost.push_back(deviation(log_weights));
      state.step = next;
      break;
    }
    case Phase::there:
      moving.path->step(moving.betas[static_cast<std::size_t>(next)], static_cast<std::uint64_t>(next), state.up);
      state.step = next;
      break;
    case Phase::burn_in: {
      constexpr Index some = 100;
      const Index count = std::min(some, burn_in - state.step);
      const Stream stream = context.stream("chains").purpose("burn-in").at(static_cast<std::uint64_t>(state.step));
      sampler->sweep(in.get<Network>("model"), moving.chains, {count, stream});
      state.step += count;
      break;
    }
    case Phase::back: {
      const Index k = temperatures - 1 - next;
      moving.path->step(moving.betas[static_cast<std::size_t>(k)], static_cast<std::uint64_t>(k), state.down);
      state.step = next;
      break;
    }
    case Phase::done:
      return;
  }
  if (state.step == steps_of(phase)) leave(state, in, context);
}

/// Keeps log f of all different states met, there and at the beginning of the way back.
void Ais::weigh(State& state, Tensor back, AnnealedPath& path) const {
  std::vector<double> log_f(static_cast<std::size_t>(runs), 0.0), there = std::move(state.log_met);
  path.add_log_f(log_f);
  state.log_met.clear();
  std::set<std::vector<float>> seen;
  for (const auto& [states, logs] : {std::pair(&state.met, &there), std::pair(&back, &log_f)}) {
    if (states->size() == 0) continue;
    for (Index r = 0; r < states->rows(); ++r) {
      const Span<const float> row = states->view().row(r);
      if (seen.emplace(row.begin(), row.end()).second) state.log_met.push_back((*logs)[static_cast<std::size_t>(r)]);
    }
  }
  state.met = {};
}

Ais::Found Ais::judge(const State& state) const {
  const LogMean there = log_mean(state.up), back = log_mean(state.down);
  // The weight of all different states met, which cannot exceed that of all.
  const double met = state.log_met.empty()
                         ? -std::numeric_limits<double>::infinity()
                         : log_mean(state.log_met).value + std::log(static_cast<double>(state.log_met.size()));
  const double gap = -back.value - there.value;
  const bool agree = std::abs(gap) <= std::max(0.1, 3 * std::hypot(there.error, back.error));
  // What the way back says may only be used where it says the same.
  const LogMean best = state.reversible && agree ? bridge(state.up, state.down) : there;
  const double log_z = state.of_base + best.value, half = quantile_99(runs) * best.error;
  std::vector<std::string> reasons;
  if (!(half <= tolerance)) reasons.push_back(fmt::format("the interval is {:.2g} nats wide either way", half));
  if (!(there.effective >= static_cast<double>(runs) / 4))
    reasons.push_back(fmt::format("{:.3g} runs of {} count", there.effective, runs));
  if (!(back.effective >= static_cast<double>(runs) / 4))
    reasons.push_back(fmt::format("{:.3g} runs back of {} count", back.effective, runs));
  if (!agree) reasons.push_back(fmt::format("there and back are {:.2g} nats apart", std::abs(gap)));
  if (met > log_z + half) reasons.push_back(fmt::format("the states met weigh {:.2g} nats more than all", met - log_z));
  const std::string verdict =
      reasons.empty() ? "converged" : fmt::format("not converged: {}", fmt::join(reasons, "; "));
  Certificate made;
  made.log_z = log_z;
  made.error = best.error;
  made.low = log_z - half;
  made.high = log_z + half;
  made.runs = static_cast<double>(runs);
  made.effective = there.effective;
  made.temperatures = static_cast<double>(temperatures);
  made.burn_in = static_cast<double>(burn_in);
  made.gap = gap;
  made.verdict = verdict;
  return {{"log Z by annealed importance sampling",
           "",
           {"log Z", "standard error", "low", "high", "effective runs", "there", "back", "gap", "weight met"},
           {"nats", "nats", "nats", "nats", "", "nats", "nats", "nats", "nats"},
           {{"",
             {log_z, best.error, log_z - half, log_z + half, there.effective, state.of_base + there.value,
              state.of_base - back.value, gap, met},
             verdict}}},
          std::move(made)};
}

}  // namespace harmonium
