#include "training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harmonium/bottom_up.hpp"
#include "harmonium/course.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/spread_rows.hpp"

namespace harmonium {
namespace {

constexpr Index watched_rows = 1000;
/// Of an epoch that takes long the error is told in between as well, for less than half a per cent of its time.
constexpr Index batches_between = 2000;

void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

/// Points a layer's state and mean at other memory.
void point(const Network& network, Chains& chains, Index layer, View<float> state, View<float> mean) {
  Chains::Layer& at = chains[layer];
  at.state = state;
  at.mean = mean;
  if (!network.layer(layer).units->needs_input()) at.input = mean;
}

/// A flag a layer: set for these, if there is reason to.
std::vector<std::uint8_t> flags(const Network& network, const std::vector<Index>& layers, bool reason) {
  std::vector<std::uint8_t> set(static_cast<std::size_t>(network.size()), 0);
  if (reason)
    for (Index layer : layers) set[static_cast<std::size_t>(layer)] = 1;
  return set;
}

/// The same for means, which are no reason where statistics are not known from them.
std::vector<std::uint8_t> mean_flags(const Network& network, const std::vector<Index>& layers, bool reason) {
  std::vector<std::uint8_t> set = flags(network, layers, reason);
  for (Index layer : layers)
    if (!network.layer(layer).units->means_suffice()) set[static_cast<std::size_t>(layer)] = 0;
  return set;
}

bool is_set(const std::vector<std::uint8_t>& flags, Index layer) { return flags[static_cast<std::size_t>(layer)] != 0; }

/// Some rows of every part that the model shows.
std::vector<Tensor> watched_of(const Network& network, const Dataset& all) {
  const Dataset data = spread_rows(all, watched_rows);
  std::vector<Tensor> parts;
  for (Index layer : network.visible()) {
    parts.push_back(Tensor::matrix(data.rows(), network.layer(layer).size));
    data.read(data.part(network.layer(layer).part), 0, data.rows(), parts.back().view());
  }
  return parts;
}

double mean_free_energy(const Network& network, const std::vector<Tensor>& rows, Index count) {
  std::vector<View<const float>> visible;
  for (const Tensor& part : rows) visible.push_back(part.view().row_range(0, count));
  std::vector<double> energies(static_cast<std::size_t>(count));
  free_energy(network, visible, energies);
  return std::accumulate(energies.begin(), energies.end(), 0.0) / static_cast<double>(count);
}

/// Hidden states drawn as if nothing were joined to them.
void begin_anywhere(const Network& network, Chains& chains, const Stream& stream) {
  for (Index layer : network.hidden()) draw_alone(network, layer, chains, stream.purpose(network.layer(layer).name));
}

bool likelihood_is_exact(const Network& network) {
  return network.hidden_independent() && std::all_of(network.layers().begin(), network.layers().end(),
                                                     [](const Layer& layer) { return layer.units->exact(); });
}

}  // namespace

void Training::State::visit(Visitor& visitor) {
  visitor("model", model);
  if (visitor.loading()) how->allocate(*this);
  visitor("learner", learner);
  if (how->persistent) visitor("chains", chains);
  if (how->persistent && how->sampler->replicas() > 1) {
    visitor("swaps tried", chains.swaps().tried);
    visitor("swaps accepted", chains.swaps().accepted);
  }
  visitor("snapshots", snapshots);
  visitor("at", at);
  visitor("course", course);
}

void Training::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  for (const char* port : {"data", "validation"})
    if (in.has(port)) check_shown(model, in.get<Dataset>(port), std::string("in.") + port, out);
  if (hidden_statistics == "samples" &&
      std::any_of(penalties.begin(), penalties.end(), [](const Handle<Penalty>& one) { return one->on_activities(); }))
    out.problem("with.penalties", "a penalty on activities needs hidden_statistics: probabilities");
  check_frozen(model, frozen, centring != "none", out);
  if (sampler->law() != Law::invariant)
    out.problem("with.sampler", fmt::format("{} does not leave the model's distribution unchanged, which this trainer "
                                            "needs",
                                            sampler.type()));
  else if (!persistent && sampler->replicas() > 1)
    out.problem("with.sampler", fmt::format("{} keeps {} chains at temperatures of their own for each, which a free "
                                            "phase that starts at the data every time cannot use; trainer.pcd can",
                                            sampler.type(), sampler->replicas()));
  else
    check_sampler(sampler, model, "with.sampler", out);
  if (settler->replicas() > 1)
    out.problem("with.settler",
                fmt::format("{} needs chains at other temperatures, which the clamped phase has not", settler.type()));
  else
    check_sampler(settler, model, "with.settler", out);
  if (settler->law() != Law::invariant && settler->law() != Law::moments)
    out.problem("with.settler",
                fmt::format("{} gives neither draws from the model nor its mean field", settler.type()));
  if (doubled != "none") {
    // The conditionals of both sides are then not those of one distribution.
    if (!sampler->by_layers())
      out.problem("with.sampler",
                  fmt::format("{} does not go layer by layer, which doubled inputs need", sampler.type()));
    if (!model.hidden_independent())
      out.problem("with.doubled",
                  "the model's hidden units are joined to each other; inputs are doubled in machines of one hidden "
                  "layer, which are joined to a deep one afterwards");
  }
  out.set<Network>("model", model.retrained());
  out.set<Snapshots>("snapshots", model);
  out.set<Table>("course", {});
}

Training::State Training::blank() const {
  State state;
  state.how = this;
  return state;
}

Handle<UpdateRule> Training::rule(const Network& model) const {
  if (update) return update;
  double rate = 0.1;
  for (const Layer& layer : model.layers()) rate = std::min(rate, layer.units->usual_rate());
  if (persistent)
    return make_value<UpdateRule>(fmt::format(
        "{{use: update.sgd, with: {{rate: {{use: schedule.linear, with: {{from: {}, to: 0}}}}}}}}", rate / 2));
  return make_value<UpdateRule>(fmt::format(
      "{{use: update.sgd, with: {{rate: {}, momentum: {{use: schedule.step, with: {{from: 0.5, to: 0.9, at: "
      "5}}}}}}}}",
      rate));
}

void Training::allocate(State& state) const {
  state.learner = Learner(state.model, rule(state.model), penalties, batch, persistent ? chains : batch,
                          Centring::named(centring, sliding), Frozen::named(state.model.spec(), frozen));
  state.chains = Chains(state.model, persistent ? free_rows(chains) : batch);
  if (has_fast_weights()) {
    state.learner.overlay(fast_decay);
    state.overlaid = state.model;
  }
  state.clamped = Chains(state.model, persistent ? batch : 0);
  stand_in(state.model, state.chains);
  stand_in(state.model, state.clamped);
}

void Training::stand_in(const Network& model, Chains& states) const {
  if (doubled == "none") return;
  for (Index i = 0; i < static_cast<Index>(model.links().size()); ++i) {
    const Link& link = model.link(i);
    const bool a_visible = model.layer(link.a).visible, b_visible = model.layer(link.b).visible;
    if (a_visible == b_visible) continue;
    const bool to_visible = doubled == "down";
    states.factors(i, a_visible == to_visible ? 2 : 1, b_visible == to_visible ? 2 : 1);
  }
}

Training::State Training::start(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows to learn from");
  State state = blank();
  state.model = in.get<Network>("model");
  if (in.has("validation")) check_data(state.model, in.get<Dataset>("validation"));
  for (Index layer : state.model.visible()) {
    const Layer& shown = state.model.layer(layer);
    const ColumnSummary summary = summarise(data, data.part(shown.part), &context);
    shown.units->check(summary.view());
    if (inputs == "sampled" && (*std::min_element(summary.minimum.begin(), summary.minimum.end()) < 0 ||
                                *std::max_element(summary.maximum.begin(), summary.maximum.end()) > 1))
      throw BadData(
          fmt::format("'{}' has values outside [0, 1], which cannot be sampled as probabilities", shown.part));
  }
  allocate(state);
  check_normalisable(state.model);
  state.snapshots.offer(0, state.model, snapshots);
  if (persistent) start_chains(state, data, context);
  return state;
}

void Training::start_chains(State& state, const Dataset& data, Context& context) const {
  // At rows of the data, drawn with replacement.
  const Stream stream = context.stream("first rows of the chains");
  std::vector<Index> rows(static_cast<std::size_t>(state.chains.rows()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<Index>(uniform_integer(stream.rows_from(i), static_cast<std::uint64_t>(data.rows())));
  for (Index layer : state.model.visible())
    data.read(data.part(state.model.layer(layer).part), rows, state.chains[layer].state);
  state.chains.prepare(state.model);
  const Stream first = context.stream("first states of the chains");
  if (state.model.hidden_independent()) {
    for (Index layer : state.model.hidden())
      update_layer(state.model, layer, state.chains, first.purpose(state.model.layer(layer).name), Draw::sample);
  } else if (settler->law() == Law::moments) {
    bottom_up(state.model, state.chains, flags(state.model, state.model.visible(), true), first, Draw::sample);
  } else {
    begin_anywhere(state.model, state.chains, first);
  }
}

void Training::get_ready(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  state.whole = std::min(batch, data.rows());
  state.visible = state.model.visible();
  state.hidden = state.model.hidden();
  // A mean given the neighbours stands for a draw only beside neighbours that it was given: not where units of one side
  // are joined to each other.
  const bool visible_joined = std::any_of(
      state.model.links().begin(), state.model.links().end(),
      [&](const Link& link) { return state.model.layer(link.a).visible && state.model.layer(link.b).visible; });
  state.settles = !state.model.hidden_independent();
  state.in_turn = sampler->by_layers() && !visible_joined && !state.settles;
  const bool given_visible = hidden_statistics == "probabilities" && !state.settles;
  const bool settled = state.settles && settler->law() == Law::moments;
  state.clamped_mean = mean_flags(state.model, state.hidden, given_visible || settled);
  state.free_mean = mean_flags(state.model, state.hidden, given_visible);
  state.as_mean = mean_flags(state.model, state.visible, !persistent && visible == "probabilities" && state.in_turn);
  state.only_mean_read = persistent ? flags(state.model, {}, false) : state.free_mean;
  state.shown = flags(state.model, state.visible, true);
  // A quarter of a second or less: about 10,000 rows of a model of 784 and 500 units, swept once.
  double weights = 1;
  for (const Link& link : state.model.links()) weights += static_cast<double>(link.weights.size());
  const double rows = 10000 * std::min(1.0, 400000 / weights) / steps;
  state.at.over(Batches(data, state.whole, shuffle, context.stream("order of the rows")),
                std::max<Index>(1, static_cast<Index>(rows) / state.whole));
  state.watched = watched_of(state.model, data);
  if (in.has("validation")) {
    if (doubled != "none")
      context.warn(
          "inputs that count twice belong to no single distribution, so there is no free energy: the validation data "
          "are not watched");
    else if (likelihood_is_exact(state.model))
      state.held_out = watched_of(state.model, in.get<Dataset>("validation"));
    else
      context.warn(
          "the free energy of this model is not exact, its hidden units being joined to each other or approximate: the "
          "validation data are not watched");
  }
  state.ready = true;
}

void Training::clamped_phase(State& state, const Dataset& data, Chains& states, Span<const Index> rows,
                             const Stream& stream) const {
  const std::uint64_t pass = state.at.pass();
  for (Index layer : state.visible) {
    const View<float> shown = state.learner.clamped(layer);
    data.read(data.part(state.model.layer(layer).part), rows, shown, pass);
    if (inputs == "sampled")
      elementwise::bernoulli(shown, stream.purpose("inputs").purpose(state.model.layer(layer).name), shown);
    point(state.model, states, layer, shown, states[layer].mean);
  }
  for (Index layer : state.hidden) {
    const View<float> kept = state.learner.clamped(layer);
    if (!state.settles && is_set(state.clamped_mean, layer))
      point(state.model, states, layer, states[layer].state, kept);
    else
      point(state.model, states, layer, kept, states[layer].mean);
    if (!state.settles)
      update_layer(state.model, layer, states, stream.purpose("clamped").purpose(state.model.layer(layer).name),
                   Draw::sample);
  }
  if (!state.settles) return;
  if (settler->law() == Law::moments)
    bottom_up(state.model, states, state.shown, {}, Draw::mean);
  else
    begin_anywhere(state.model, states, stream.purpose("clamped"));
  settler->sweep(state.model, states, {settling, stream.purpose("settling"), state.shown});
  if (settler->law() == Law::moments)
    draw_where_means_fail(state.model, states, state.shown, stream.purpose("settled"));
}

void Training::begin_at_data(State& state, Chains& states) const {
  for (Index layer : state.hidden) {
    const View<float> free = state.learner.free(layer);
    if (is_set(state.free_mean, layer)) {
      point(state.model, states, layer, states[layer].state, free);
    } else {
      // The hidden states drawn stay in the statistics of the clamped phase.
      copy(state.learner.clamped(layer), free);
      point(state.model, states, layer, free, states[layer].mean);
    }
  }
  for (Index layer : state.visible) {
    const View<float> free = state.learner.free(layer);
    // Where a sweep does not redraw all of it from the hidden units it begins at the data.
    if (!state.in_turn) copy(state.learner.clamped(layer), free);
    point(state.model, states, layer, free, is_set(state.as_mean, layer) ? free : states[layer].mean);
  }
}

void Training::batch_step(State& state, const Dataset& data, const Stream& stream) const {
  const Span<const Index> rows = state.at.rows();
  state.learner.rows(rows.size, !free_phase ? 0 : persistent ? chains : rows.size);
  Chains& states = state.chains;
  if (persistent) {
    state.clamped.show(rows.size);
    state.clamped.prepare(state.model);
    clamped_phase(state, data, state.clamped, rows, stream);
  } else {
    states.show(rows.size);
    states.prepare(state.model);
    clamped_phase(state, data, states, rows, stream);
    if (free_phase) begin_at_data(state, states);
  }
  const Moment now = state.at.now(epochs);
  const Network& swept = has_fast_weights() ? state.overlaid : state.model;
  if (has_fast_weights()) {
    state.learner.lay_over(state.model, state.overlaid);
    state.learner.fast_rate(fast_rate->at(now));
  }
  if (free_phase) {
    if (persistent) states.prepare(swept);
    sampler->sweep(swept, states, {steps, stream.purpose("free"), {}, {}, state.as_mean, state.only_mean_read});
  }
  // The means that enter the statistics are those given the visible states as they are now.
  for (Index layer : state.hidden)
    if (free_phase && !state.in_turn && is_set(state.free_mean, layer))
      update_layer(swept, layer, states, {}, Draw::nothing);
  if (persistent && free_phase)
    for (Index layer = 0; layer < state.model.size(); ++layer)
      copy((is_set(state.free_mean, layer) ? states[layer].mean : states[layer].state).row_range(0, chains),
           state.learner.free(layer));
  for (Index layer = 0; layer < state.model.size(); ++layer)
    state.learner.holds_means(layer, is_set(state.clamped_mean, layer),
                              is_set(state.free_mean, layer) || is_set(state.as_mean, layer));
  state.learner.step(state.model, now, state.whole);
}

bool Training::advance(State& state, const Inputs& in, Context& context) const {
  if (!state.ready) get_ready(state, in, context);
  const Dataset& data = in.get<Dataset>("data");
  const Stream stream = context.stream("training");
  return state.at.advance(
      epochs, context,
      [&] {
        batch_step(state, data, stream.at(state.at.step() << 16));
        if (data.rows() / state.whole > batches_between && (state.at.step() + 1) % batches_between == 0)
          tell(state, context);
      },
      [&] {
        check_normalisable(state.model, state.at.done());
        state.snapshots.offer(state.at.done(), state.model, snapshots);
        watch(state, context);
      });
}

std::pair<double, double> Training::tell(const State& state, Context& context) const {
  // One step up and down by means, over the same rows each time.
  Chains states(state.model, state.watched.front().rows());
  stand_in(state.model, states);
  states.prepare(state.model);
  std::size_t part = 0;
  for (Index layer : state.model.visible()) copy(state.watched[part++].view(), states[layer].state);
  for (Index layer : state.model.hidden()) update_layer(state.model, layer, states, {}, Draw::mean);
  double squares = 0, values = 0;
  part = 0;
  for (Index layer : state.model.visible()) {
    update_layer(state.model, layer, states, {}, Draw::nothing);
    const Tensor& shown = state.watched[part++];
    squares += elementwise::squared_distance(shown.view(), states[layer].mean);
    values += static_cast<double>(shown.size());
  }
  const double weight = state.model.root_mean_square_weight();
  context.metric("reconstruction error", squares / values, "");
  context.metric("weight", weight, "");
  return {squares / values, weight};
}

void Training::watch(State& state, Context& context) const {
  const auto [error, weight] = tell(state, context);
  state.course.insert(state.course.end(), {error, weight});
  watch_swaps(state, context);
  if (state.held_out.empty()) return;
  const Index count = std::min(state.watched.front().rows(), state.held_out.front().rows());
  const double gap =
      mean_free_energy(state.model, state.held_out, count) - mean_free_energy(state.model, state.watched, count);
  context.metric("free energy gap", gap, "nats");
  state.course.push_back(gap);
}

void Training::watch_swaps(State& state, Context& context) const {
  if (sampler->replicas() == 1) return;
  Chains::Swaps& swaps = state.chains.swaps();
  const double tried = std::accumulate(swaps.tried.begin(), swaps.tried.end(), 0.0);
  const double share = std::accumulate(swaps.accepted.begin(), swaps.accepted.end(), 0.0) / std::max(1.0, tried);
  context.metric("swaps accepted", 100 * share, "%");
  state.course.push_back(100 * share);
  swaps = {};
}

bool Training::slows_down(const State& state) const {
  const auto whole = static_cast<double>(std::max<Index>(1, epochs));
  double first[UpdateRule::most_coefficients] = {}, last[UpdateRule::most_coefficients] = {};
  const Handle<UpdateRule> followed = rule(state.model);
  followed->prepare({0, whole, 0}, first);
  followed->prepare({whole, whole, state.at.step()}, last);
  return last[0] < first[0];
}

void Training::finish(State& state, const Inputs&, Outputs& out) const {
  const bool steady = persistent && state.at.done() > 0 && !slows_down(state);
  state.model.warn_of(steady ? "the model learned from persistent chains at a rate that never fell, and the noise that "
                               "is left in its weights costs likelihood: schedule.linear lets the rate fall to 0"
                             : "");
  out.set("model", state.model);
  out.set("snapshots", state.snapshots);
  std::vector<Figure> figures = {{"reconstruction error", ""}, {"weight", ""}};
  if (sampler->replicas() > 1) figures.push_back({"swaps accepted", "%"});
  figures.push_back({"free energy gap", "nats"});
  out.set("course", course_of("training", figures, state.course, state.at.done()));
}

}  // namespace harmonium
