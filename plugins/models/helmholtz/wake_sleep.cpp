#include "wake_sleep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "counts.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/products.hpp"

namespace harmonium::helmholtz {
namespace {

/// What both phases move: the weights into a layer and its biases, up a gradient from the states that drive the layer
/// and from its own states less their means.
struct Moved {
  Optimiser& optimiser;
  Index weights, bias;  ///< their numbers in the optimiser
  const char* kind;
  Index layer;
};

void demand_bounded(View<const float> parameter, const Moved& moved) {
  if (!elementwise::within(parameter, largest_parameter))
    throw RunFailed(fmt::format("training diverged: {} of layer {} are beyond {:g} or no numbers", moved.kind,
                                moved.layer, largest_parameter));
}

void move_weights(const Moved& moved, View<const float> drive, View<const float> delta, double scale,
                  View<float> gradient, View<float> weights) {
  product_by_panels(Transpose::yes, drive, Transpose::no, delta, gradient, static_cast<float>(scale), 0,
                    [&](View<float> panel, Index row, Index column) {
                      const View<float> at = weights.row_range(row, panel.rows).column_range(column, panel.columns);
                      moved.optimiser.apply(moved.weights, row, column, at, panel);
                      demand_bounded(at, moved);
                    });
  moved.optimiser.bound(weights);
}

void move_bias(const Moved& moved, View<const float> delta, double scale, Span<double> sums, View<float> gradient,
               View<float> bias) {
  sums.size = delta.columns;
  std::fill(sums.begin(), sums.end(), 0.0);
  elementwise::add_column_sums(delta, scale, sums);
  std::copy(sums.begin(), sums.end(), gradient.data);
  moved.optimiser.apply(moved.bias, 0, 0, bias, gradient);
  demand_bounded(bias, moved);
}

/// mean becomes state - mean.
View<const float> delta_of(Activity& activity, Index layer) {
  const View<float> mean = activity.mean(layer);
  elementwise::combine(1, activity.state(layer), -1, mean, mean);
  return mean;
}

}  // namespace

void WakeSleep::describe(NodeType<WakeSleep>& type) {
  type.says(
          "Wake-sleep learning of a Helmholtz machine: generation learns from what recognition makes of data, "
          "recognition from the machine's own fantasies.")
      .cites("Hinton, Dayan, Frey, Neal 1995")
      .input<Machine>("model", "What is trained; the result is a copy.")
      .input<Dataset>("data", "What it learns from; values between 0 and 1 are used as they are.")
      .output<Machine>("model", "The trained machine.")
      .output<Snapshots>("snapshots", "The machine at a few epochs, the first before training.")
      .output<Table>(
          "course",
          "Epoch by epoch, a row, at its first presentation: the description length of data, whose mean bounds "
          "-log p from above, and what recognition pays for the hidden layers of fantasies.")
      .random();
  type.parameter("epochs", &WakeSleep::epochs).at_least(0).extends().unit("epochs").says("Passes over the data.");
  type.parameter("batch", &WakeSleep::batch)
      .at_least(1)
      .unit("rows")
      .says("Rows in a batch. The gradient is their mean; a short last batch weighs by its size.");
  type.parameter("presentations", &WakeSleep::presentations)
      .at_least(1)
      .at_most(1e6)
      .says(
          "How often a row stands in its batch, hidden layers being drawn each time: small tables learn with less "
          "noise. There are as many fantasies.");
  type.parameter("update", &WakeSleep::update).says("How a gradient becomes a step.");
  type.parameter("recognition_update", &WakeSleep::recognition_update)
      .example("{use: update.sgd, with: {rate: 0.1}}")
      .says("The same for recognition alone; where none is given, as for generation.");
  type.parameter("penalties", &WakeSleep::penalties).says("What is to be kept small besides: weights, of both kinds.");
  type.parameter("frequencies", &WakeSleep::frequencies)
      .says("A part of the data, one column wide, that says how often each row counts; empty: all the same.");
  type.parameter("shuffle", &WakeSleep::shuffle).says("Whether rows come in a new order every epoch.");
  type.parameter("snapshots", &WakeSleep::snapshots)
      .at_least(2)
      .unit("machines")
      .says("At most so many are kept, evenly spaced over the epochs.");
}

void WakeSleep::State::visit(Visitor& visitor) {
  visitor("machine", machine);
  visitor("whole", whole);
  if (visitor.loading()) how->attach(*this);
  visitor("generation", generation);
  visitor("recognition", recognition);
  visitor("snapshots", snapshots);
  visitor("epoch", epoch);
  visitor("done", done);
  visitor("step", step);
  visitor("length", length);
  visitor("surprise", surprise);
  visitor("course", course);
}

void WakeSleep::outputs(const Specs& in, Specs& out) const {
  const MachineSpec& machine = in.get<Machine>("model");
  check_part(machine, in.get<Dataset>("data"), "in.data", out);
  check_frequencies(frequencies, in.get<Dataset>("data"), out);
  if (std::any_of(penalties.begin(), penalties.end(), [](const auto& one) { return one->on_activities(); }))
    out.problem("with.penalties", "a penalty on activities needs means of hidden units, here are samples");
  out.set<Machine>("model", machine);
  out.set<Snapshots>("snapshots", machine);
  out.set<Table>("course", {});
}

WakeSleep::State WakeSleep::blank() const {
  State state;
  state.how = this;
  return state;
}

bool WakeSleep::continues() const {
  return !update->depends_on_length() && !(recognition_update && recognition_update->depends_on_length());
}

WakeSleep::State WakeSleep::start(const Inputs& in, Context&) const {
  State state = blank();
  state.machine = in.get<Machine>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows to learn from");
  const ColumnSummary summary = summarise(data, data.part(state.machine.part));
  for (std::size_t j = 0; j < summary.mean.size(); ++j)
    if (!(summary.minimum[j] >= 0 && summary.maximum[j] <= 1))
      throw BadData(
          fmt::format("column {} of the data goes from {} to {}, but binary units show values from 0 to 1: put "
                      "the data through data.scale first",
                      j + 1, summary.minimum[j], summary.maximum[j]));
  state.whole = std::min(batch, data.rows());
  attach(state);
  state.snapshots.offer(0, state.machine, snapshots);
  return state;
}

void WakeSleep::attach(State& state) const {
  using Role = Optimiser::Role;
  state.generation = Optimiser(update, penalties);
  state.recognition = Optimiser(recognition_update ? recognition_update : update, penalties);
  // Of link l the numbers are 2 l for weights, 2 l + 1 for the biases of the layer that they lead to; the top layer's
  // generative biases come last.
  for (const Machine::Link& link : state.machine.links) {
    const Index above = link.generation.rows(), below = link.generation.columns();
    state.generation.attach(Role::weight, above, below);
    state.generation.attach(Role::bias, 1, below);
    state.recognition.attach(Role::weight, below, above);
    state.recognition.attach(Role::bias, 1, above);
  }
  state.generation.attach(Role::bias, 1, state.machine.layers.back().size());
}

void WakeSleep::get_ready(State& state, const Inputs& in, Context& context) const {
  const auto& data = in.get<Dataset>("data");
  state.batches = Batches(data.rows(), state.whole, shuffle, context.stream("order of the rows"));
  state.counts = counts_of(data, frequencies);
  const Index rows = state.whole * presentations;
  state.activity = Activity(state.machine, rows);
  state.presented.reserve(static_cast<std::size_t>(rows));
  state.costs.resize(static_cast<std::size_t>(state.whole));
  Index widest = 0;
  double weights = 1;
  for (const Machine::Layer& layer : state.machine.layers) widest = std::max(widest, layer.size());
  state.sums.resize(static_cast<std::size_t>(widest));
  for (const Machine::Link& link : state.machine.links) {
    state.gradients.push_back(Tensor::matrix(1, link.generation.size()));
    weights += static_cast<double>(link.generation.size());
  }
  state.gradients.push_back(Tensor::matrix(1, widest));
  // A quarter of a second or less: about 4,000 rows through 100,000 weights of each kind.
  const double at_once = 4000 * std::min(5.0, 100000 / weights);
  state.some = std::max<Index>(1, static_cast<Index>(at_once) / rows);
  state.ready = true;
}

void WakeSleep::wake(State& state, Span<const Index> rows, double scale, const Stream& stream) const {
  Activity& activity = state.activity;
  Machine& machine = state.machine;
  const Span<double> costs(state.costs.data(), rows.size / presentations);
  std::fill(costs.begin(), costs.end(), 0.0);
  activity.recognise(machine, stream, costs);
  for (double& cost : costs) cost = -cost;
  for (Index l = 0; l < machine.size(); ++l) {
    activity.predict_down(machine, l, costs);
    const View<const float> delta = delta_of(activity, l);
    if (!frequencies.empty()) {
      const View<float> counted = activity.mean(l);
      for (Index i = 0; i < rows.size; ++i) {
        const auto count = static_cast<float>(state.counts[static_cast<std::size_t>(rows[i])]);
        for (float& value : counted.row(i)) value *= count;
      }
    }
    Machine::Layer& layer = machine.layer(l);
    const Moved moved{state.generation, 2 * l, l + 1 < machine.size() ? 2 * l + 1 : 2 * l, "generative weights", l};
    move_bias(moved, delta, scale, state.sums, {state.gradients.back().data<float>(), 1, layer.size()},
              layer.bias.view());
    if (l + 1 == machine.size()) break;
    Tensor& weights = machine.link(l).generation;
    move_weights(moved, activity.state(l + 1), delta, scale,
                 {state.gradients[static_cast<std::size_t>(l)].data<float>(), weights.rows(), weights.columns()},
                 weights.view());
  }
  for (Index i = 0; i < costs.size; ++i) state.length += costs[i] * state.counts[static_cast<std::size_t>(rows[i])];
}

void WakeSleep::sleep(State& state, double scale, const Stream& stream) const {
  Activity& activity = state.activity;
  Machine& machine = state.machine;
  const Span<double> costs(state.costs.data(), activity.state(0).rows / presentations);
  std::fill(costs.begin(), costs.end(), 0.0);
  activity.generate(machine, stream);
  for (Index l = 1; l < machine.size(); ++l) {
    activity.predict_up(machine, l, costs);
    const View<const float> delta = delta_of(activity, l);
    const Moved moved{state.recognition, 2 * (l - 1), 2 * (l - 1) + 1, "recognition weights", l};
    Machine::Layer& layer = machine.layer(l);
    move_bias(moved, delta, scale, state.sums, {state.gradients.back().data<float>(), 1, layer.size()},
              layer.recognition_bias.view());
    Tensor& weights = machine.link(l - 1).recognition;
    move_weights(moved, activity.state(l - 1), delta, scale,
                 {state.gradients[static_cast<std::size_t>(l - 1)].data<float>(), weights.rows(), weights.columns()},
                 weights.view());
  }
  state.surprise = std::accumulate(costs.begin(), costs.end(), state.surprise);
}

void WakeSleep::learn(State& state, const Dataset& data, const Stream& stream) const {
  const Span<const Index> rows = state.batches.rows(state.epoch, state.done);
  state.presented.clear();
  for (Index k = 0; k < presentations; ++k) state.presented.insert(state.presented.end(), rows.begin(), rows.end());
  const Span<const Index> presented(state.presented);
  state.activity.rows(presented.size);
  data.read(data.part(state.machine.part), presented, state.activity.state(0), static_cast<std::uint64_t>(state.epoch));
  const double part = static_cast<double>(state.done) / static_cast<double>(state.batches.per_epoch());
  const Moment now{static_cast<double>(state.epoch) + part, static_cast<double>(epochs),
                   static_cast<std::uint64_t>(state.step)};
  const double scale = 1 / static_cast<double>(state.whole * presentations);
  state.generation.begin(now);
  wake(state, presented, scale, stream.purpose("wake"));
  if (state.machine.size() == 1) return;
  state.recognition.begin(now);
  sleep(state, scale, stream.purpose("sleep"));
}

bool WakeSleep::advance(State& state, const Inputs& in, Context& context) const {
  if (state.epoch >= epochs) return false;
  if (!state.ready) get_ready(state, in, context);
  const auto& data = in.get<Dataset>("data");
  const Stream training = context.stream("training");
  for (Index k = 0; k < state.some && state.epoch < epochs; ++k) {
    try {
      learn(state, data, training.at(static_cast<std::uint64_t>(state.step)));
    } catch (const RunFailed& error) {
      throw RunFailed(fmt::format("epoch {}, batch {}: {}; a smaller learning rate may help", state.epoch + 1,
                                  state.done + 1, error.what()));
    }
    ++state.done;
    ++state.step;
    if (state.done < state.batches.per_epoch()) continue;
    const auto shown = static_cast<double>(data.rows());
    state.course.push_back(state.length / shown);
    state.course.push_back(state.surprise / shown);
    state.length = state.surprise = 0;
    state.done = 0;
    ++state.epoch;
    state.snapshots.offer(state.epoch, state.machine, snapshots);
  }
  if (!state.course.empty()) context.metric("description length", state.course[state.course.size() - 2], "nats");
  context.progress(static_cast<double>(state.epoch) +
                       static_cast<double>(state.done) / static_cast<double>(state.batches.per_epoch()),
                   static_cast<double>(epochs), "epochs");
  return state.epoch < epochs;
}

void WakeSleep::finish(State& state, const Inputs&, Outputs& out) const {
  out.set("model", state.machine);
  out.set("snapshots", state.snapshots);
  Table course{
      "wake-sleep learning", "epoch", {"description length", "recognition of fantasies"}, {"nats", "nats"}, {}};
  for (std::size_t i = 0; i + 1 < state.course.size(); i += 2)
    course.rows.push_back({std::to_string(i / 2 + 1), {state.course[i], state.course[i + 1]}});
  out.set("course", std::move(course));
}

}  // namespace harmonium::helmholtz
