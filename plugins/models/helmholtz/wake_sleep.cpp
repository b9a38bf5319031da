#include "wake_sleep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "counts.hpp"
#include "harmonium/course.hpp"
#include "harmonium/errors.hpp"

namespace harmonium::helmholtz {

void WakeSleep::describe(NodeType<WakeSleep>& type) {
  type.says(
          "Wake-sleep learning of a Helmholtz machine: generation learns from what recognition makes of data, "
          "recognition from the machine's own fantasies.")
      .cites("Hinton, Dayan, Frey, Neal 1995")
      .input<HelmholtzMachine>("model", "What is trained; the result is a copy.")
      .input<Dataset>("data", "What it learns from; values between 0 and 1 are used as they are.")
      .output<HelmholtzMachine>("model", "The trained machine.")
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
  type.parameter("frozen", &WakeSleep::frozen)
      .example("[layer1-layer0]")
      .says(
          "What keeps its values while the rest learns, named as export.npz names it: layer1-layer0, the weights of "
          "generation from layer 1 to layer 0, which shows data; layer0-layer1, those of recognition; layer1, the "
          "biases of layer 1.");
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
  visitor("generation", steps.generation);
  visitor("recognition", steps.recognition);
  visitor("snapshots", snapshots);
  visitor("at", at);
  visitor("length", length);
  visitor("surprise", surprise);
  visitor("course", course);
}

void WakeSleep::outputs(const Specs& in, Specs& out) const {
  const HelmholtzSpec& machine = in.get<HelmholtzMachine>("model");
  check_part(machine, in.get<Dataset>("data"), "in.data", out);
  check_frequencies(frequencies, in.get<Dataset>("data"), out);
  if (std::any_of(penalties.begin(), penalties.end(), [](const auto& one) { return one->on_activities(); }))
    out.problem("with.penalties", "a penalty on activities needs means of hidden units, here are samples");
  Kept kept(machine);
  for (std::size_t i = 0; i < frozen.size(); ++i)
    if (!kept.keep(frozen[i]))
      out.problem(fmt::format("with.frozen.{}", i + 1),
                  fmt::format("the machine has no '{}'; it has {}", frozen[i], kept.names()));
  if (!frozen.empty() && kept.everything())
    out.problem("with.frozen", "everything that the machine could learn is frozen");
  out.set<HelmholtzMachine>("model", machine);
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
  state.machine = in.get<HelmholtzMachine>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows to learn from");
  demand_shades(summarise(data, data.part(state.machine.part)));
  state.whole = std::min(batch, data.rows());
  attach(state);
  state.snapshots.offer(0, state.machine, snapshots);
  return state;
}

void WakeSleep::attach(State& state) const {
  Kept kept(state.machine.spec());
  for (const std::string& name : frozen) kept.keep(name);
  state.steps = DirectedSteps(state.machine, update, recognition_update ? recognition_update : update, penalties,
                              std::move(kept));
}

void WakeSleep::get_ready(State& state, const Inputs& in, Context& context) const {
  const auto& data = in.get<Dataset>("data");
  state.counts = counts_of(data, frequencies);
  const Index rows = state.whole * presentations;
  state.activity = Activity(state.machine, rows);
  state.presented.reserve(static_cast<std::size_t>(rows));
  state.costs.resize(static_cast<std::size_t>(state.whole));
  if (!frequencies.empty()) state.row_counts.resize(static_cast<std::size_t>(rows));
  double weights = 1;
  for (const HelmholtzMachine::Link& link : state.machine.links) weights += static_cast<double>(link.generation.size());
  // A quarter of a second or less: about 4,000 rows through 100,000 weights of each kind.
  const double at_once = 4000 * std::min(5.0, 100000 / weights);
  const Index some = std::max<Index>(1, static_cast<Index>(at_once) / rows);
  const Batches batches(data, state.whole, shuffle, context.stream("order of the rows"));
  state.epochs_at_once = std::max<Index>(1, some / batches.per_epoch());
  state.at.over(batches, some);
  state.ready = true;
}

void WakeSleep::wake(State& state, Span<const Index> rows, double scale, const Stream& stream) const {
  const Span<double> costs(state.costs.data(), rows.size / presentations);
  std::fill(costs.begin(), costs.end(), 0.0);
  state.activity.recognise(state.machine, stream, costs);
  for (double& cost : costs) cost = -cost;
  const Span<float> counts(state.row_counts.data(), frequencies.empty() ? 0 : rows.size);
  for (Index i = 0; i < counts.size; ++i)
    counts[i] = static_cast<float>(state.counts[static_cast<std::size_t>(rows[i])]);
  state.steps.wake(state.machine, state.activity, state.machine.size(), scale, counts, costs);
  for (Index i = 0; i < costs.size; ++i) state.length += costs[i] * state.counts[static_cast<std::size_t>(rows[i])];
}

void WakeSleep::sleep(State& state, double scale, const Stream& stream) const {
  const Span<double> costs(state.costs.data(), state.activity.state(0).rows / presentations);
  std::fill(costs.begin(), costs.end(), 0.0);
  state.activity.generate(state.machine, stream);
  state.steps.sleep(state.machine, state.activity, scale, costs);
  state.surprise = std::accumulate(costs.begin(), costs.end(), state.surprise);
}

void WakeSleep::learn(State& state, const Dataset& data, const Stream& stream) const {
  const Span<const Index> rows = state.at.rows();
  state.presented.clear();
  for (Index k = 0; k < presentations; ++k) state.presented.insert(state.presented.end(), rows.begin(), rows.end());
  const Span<const Index> presented(state.presented);
  state.activity.rows(presented.size);
  data.read(data.part(state.machine.part), presented, state.activity.state(0), state.at.pass());
  const Moment now = state.at.now(epochs);
  const double scale = 1 / static_cast<double>(state.whole * presentations);
  state.steps.generation.begin(now);
  wake(state, presented, scale, stream.purpose("wake"));
  if (state.machine.size() == 1) return;
  state.steps.recognition.begin(now);
  sleep(state, scale, stream.purpose("sleep"));
}

bool WakeSleep::advance(State& state, const Inputs& in, Context& context) const {
  if (!state.ready) get_ready(state, in, context);
  const auto& data = in.get<Dataset>("data");
  const Stream training = context.stream("training");
  bool more = true;
  for (Index k = 0; more && k < state.epochs_at_once; ++k)
    more = state.at.advance(
        epochs, context, [&] { learn(state, data, training.at(state.at.step())); },
        [&] {
          const auto shown = static_cast<double>(data.rows());
          state.course.push_back(state.length / shown);
          state.course.push_back(state.surprise / shown);
          state.length = state.surprise = 0;
          state.snapshots.offer(state.at.done(), state.machine, snapshots);
        });
  if (!state.course.empty()) context.metric("description length", state.course[state.course.size() - 2], "nats");
  return more;
}

void WakeSleep::finish(State& state, const Inputs&, Outputs& out) const {
  out.set("model", state.machine);
  out.set("snapshots", state.snapshots);
  out.set("course",
          course_of("wake-sleep learning", {{"description length", "nats"}, {"recognition of fantasies", "nats"}},
                    state.course, state.at.done()));
}

}  // namespace harmonium::helmholtz
