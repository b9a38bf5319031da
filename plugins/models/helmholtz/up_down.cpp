#include "up_down.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "harmonium/course.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/frozen.hpp"
#include "harmonium/spread_rows.hpp"

namespace harmonium::helmholtz {
namespace {

/// What the names of the top RBM begin with, as in export.npz.
constexpr std::string_view top_prefix = "top.";

}  // namespace

void UpDown::describe(NodeType<UpDown>& type) {
  type.says(
          "The up-down algorithm: fine-tunes a deep belief network with classes at its top as a whole, by a "
          "contrastive "
          "form of wake-sleep.")
      .cites("Hinton, Osindero, Teh 2006")
      .input<DeepBeliefNet>("model", "What is trained; the result is a copy. Its top RBM shows the class.")
      .input<Dataset>("data", "Features and classes to learn from; values between 0 and 1 are used as they are.")
      .optional_input<Dataset>("validation",
                               "Held-out data: the network of the epoch with the fewest errors on them is the result.")
      .output<DeepBeliefNet>("model", "The trained network.");
  describe_halves(type);
  type.output<Table>("course",
                     "Epoch by epoch: mean -log p(class | features) and error over up to 1,000 rows, what generation "
                     "pays for the layers below the top of recognised data, what recognition pays for those of "
                     "fantasies, and loss and error over all validation rows.")
      .random();
  type.parameter("label", &UpDown::label).says("The part that holds the classes.");
  type.parameter("epochs", &UpDown::epochs).at_least(0).extends().unit("epochs").says("Passes over the data.");
  type.parameter("batch", &UpDown::batch)
      .at_least(1)
      .unit("rows")
      .says("Rows in a batch. The gradient is their mean; a short last batch weighs by its size.");
  type.parameter("steps", &UpDown::steps)
      .at_least(1)
      .at_most(65536)
      .unit("sweeps")
      .says("Sweeps of the sampler in the top RBM before its free statistics are taken and the pass down begins.");
  type.parameter("update", &UpDown::update).says("How a gradient becomes a step.");
  type.parameter("recognition_update", &UpDown::recognition_update)
      .example("{use: update.sgd, with: {rate: 0.05}}")
      .says("The same for recognition alone; where none is given, as for the rest.");
  type.parameter("top_update", &UpDown::top_update)
      .example("{use: update.sgd, with: {rate: 0.05}}")
      .says("The same for the top RBM alone; where none is given, as for the rest.");
  type.parameter("penalties", &UpDown::penalties).says("What is to be kept small besides: weights, of all kinds.");
  type.parameter("frozen", &UpDown::frozen)
      .example("[layer1-layer0]")
      .says(
          "What keeps its values while the rest learns, named as export.npz names it: layer1-layer0, the weights of "
          "generation from layer 1 to layer 0, which shows data; layer0-layer1, those of recognition; layer1, the "
          "biases "
          "of layer 1; top.hidden and top.label-hidden, layers and connections of the top RBM.");
  type.parameter("sampler", &UpDown::sampler)
      .says("What moves the top's free phase; it must leave its distribution unchanged.");
  type.parameter("visible", &UpDown::visible)
      .one_of({"probabilities", "samples"})
      .says("What the pass down makes of the lowest layer, from which recognition learns: its means, or draws.");
  type.parameter("shuffle", &UpDown::shuffle).says("Whether rows come in a new order every epoch.");
}

void UpDown::State::visit(Visitor& visitor) {
  visitor("net", net);
  visitor("best epoch", best_epoch);
  if (best_epoch > 0) visitor("best", best);
  visitor("whole", whole);
  if (visitor.loading()) how->attach(*this);
  visitor("generative steps", steps.generation);
  visitor("recognition steps", steps.recognition);
  visitor("learner", learner);
  visitor("at", at);
  visitor("best loss", fewest.loss);
  visitor("best error", fewest.error);
  visitor("generation", generation);
  visitor("recognition", recognition);
  visitor("course", course);
}

void UpDown::outputs(const Specs& in, Specs& out) const {
  DeepBeliefSpec net = in.get<DeepBeliefNet>("model");
  net.top = net.top.retrained();
  for (const char* port : {"data", "validation"}) {
    if (!in.has(port)) continue;
    const DataSpec& data = in.get<Dataset>(port);
    check_part(net.below, data, std::string("in.") + port, out);
    const PartSpec* classes = data.find(label);
    if (!classes) out.problem(std::string("in.") + port, fmt::format("the data have no part '{}' of classes", label));
    for (const LayerSpec& layer : net.top.layers)
      if (classes && layer.visible && layer.part == label && layer.size != classes->width)
        out.problem(std::string("in.") + port, fmt::format("'{}' is {} wide, but layer '{}' of the top has {} units",
                                                           label, classes->width, layer.name, layer.size));
  }
  check_classes(net.top, in.get<Dataset>("data"), label, "data", out);
  if (std::count_if(net.top.layers.begin(), net.top.layers.end(), [&](const LayerSpec& one) { return one.visible; }) >
      2)
    out.problem("in.model", fmt::format("its top shows more than '{}' and '{}'", DeepBeliefNet::joint_part, label));
  if (!net.top.hidden_independent() || net.top.hidden_units() == 0)
    out.problem("in.model", "its top has no hidden units, or such that are joined to each other");
  for (const LayerSpec& layer : net.top.layers)
    if (!layer.visible && !layer.exact)
      out.problem("in.model", fmt::format("layer '{}' has {}, which are approximate: p(class | features) is not exact",
                                          layer.name, layer.units));
  if (sampler->law() != Law::invariant)
    out.problem(
        "with.sampler",
        fmt::format("{} does not leave the top's distribution unchanged, which this trainer needs", sampler.type()));
  else if (sampler->replicas() > 1)
    out.problem("with.sampler", fmt::format("{} keeps chains at other temperatures, for which this trainer has no room",
                                            sampler.type()));
  else
    check_sampler(sampler, net.top, "with.sampler", out);
  if (std::any_of(penalties.begin(), penalties.end(), [](const auto& one) { return one->on_activities(); }))
    out.problem("with.penalties", "a penalty on activities needs means of hidden units, here are samples");
  Kept below(net.below);
  std::vector<std::string> of_top;
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    const std::string where = fmt::format("with.frozen.{}", i + 1);
    if (!frozen[i].starts_with(top_prefix)) {
      if (!below.keep(frozen[i]))
        out.problem(where, fmt::format("the network has no '{}'; it has {}, and what begins with {}", frozen[i],
                                       below.names(), top_prefix));
      continue;
    }
    of_top.push_back(frozen[i].substr(top_prefix.size()));
    try {
      Frozen::named(net.top, {of_top.back()});
    } catch (const BadPipeline& error) {
      out.problem(where, fmt::format("of the top RBM: {}", error.what()));
      of_top.pop_back();
    }
  }
  const Frozen top = Frozen::named(net.top, of_top);
  const auto all = [](const std::vector<std::uint8_t>& flags) {
    return std::find(flags.begin(), flags.end(), 0) == flags.end();
  };
  if (below.everything() && !of_top.empty() && all(top.layers) && all(top.links))
    out.problem("with.frozen", "everything that the network could learn is frozen");
  out.set<DeepBeliefNet>("model", net);
  set_halves(net, out);
  out.set<Table>("course", {});
}

UpDown::State UpDown::blank() const {
  State state;
  state.how = this;
  return state;
}

bool UpDown::continues() const {
  const auto length = [](const Handle<UpdateRule>& rule) { return rule && rule->depends_on_length(); };
  return !length(update) && !length(recognition_update) && !length(top_update) && !steps->depends_on_length();
}

UpDown::State UpDown::start(const Inputs& in, Context&) const {
  State state = blank();
  state.net = in.get<DeepBeliefNet>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows to learn from");
  if (in.has("validation") && in.get<Dataset>("validation").rows() == 0)
    throw BadData("the validation set has no rows");
  demand_shades(summarise(data, data.part(state.net.below.part)));
  state.whole = std::min(batch, data.rows());
  attach(state);
  return state;
}

void UpDown::attach(State& state) const {
  Kept below(state.net.below.spec());
  std::vector<std::string> of_top;
  for (const std::string& name : frozen)
    if (name.starts_with(top_prefix))
      of_top.push_back(name.substr(top_prefix.size()));
    else
      below.keep(name);
  state.steps = DirectedSteps(state.net.below, update, recognition_update ? recognition_update : update, penalties,
                              std::move(below));
  state.learner = Learner(state.net.top, top_update ? top_update : update, penalties, state.whole, state.whole, {},
                          Frozen::named(state.net.top.spec(), of_top));
  state.joint = state.net.joint();
  // The chains of the free phase are drawn, x_n as recognised is a draw; of hidden units means are known.
  for (const Index layer : state.net.top.visible()) state.learner.holds_means(layer, false, false);
}

void UpDown::get_ready(State& state, const Inputs& in, Context& context) const {
  const Network& top = state.net.top;
  state.activity = Activity(state.net.below, state.whole);
  state.chains = Chains(top, state.whole);
  state.classes = class_layer(top, label);
  state.costs.resize(static_cast<std::size_t>(state.whole));
  for (const Layer& layer : top.layers())
    state.only_mean_read.push_back(!layer.visible && layer.units->means_suffice() ? 1 : 0);
  double weights = 1;
  for (const HelmholtzMachine::Link& link : state.net.below.links)
    weights += static_cast<double>(2 * link.generation.size());
  const auto sweeps = std::ceil(steps->at({0, static_cast<double>(epochs), 0}));
  for (const Link& link : top.links()) weights += (1 + sweeps) * static_cast<double>(link.weights.size());
  // A quarter of a second or less: about 4,000 rows through 200,000 weights, fewer where there are many sweeps.
  const double at_once = std::min(20000 / (1 + sweeps), 8e8 / weights);
  state.at.over(Batches(in.get<Dataset>("data"), state.whole, shuffle, context.stream("order of the rows")),
                std::max<Index>(1, static_cast<Index>(at_once) / state.whole));
  state.ready = true;
}

void UpDown::learn_top(State& state, const Dataset& data, Span<const Index> rows, const Moment& now,
                       const Stream& stream) const {
  Network& top = state.net.top;
  Learner& learner = state.learner;
  Chains& chains = state.chains;
  learner.rows(rows.size, rows.size);
  chains.show(rows.size);
  chains.prepare(top);
  copy(state.activity.state(state.net.below.size() - 1), chains[state.joint].state);
  data.read(data.part(label), rows, chains[state.classes].state, state.at.pass());
  // Of hidden layers means enter the statistics, where they will do.
  const auto taken = [&](Index layer) {
    return state.only_mean_read[static_cast<std::size_t>(layer)] != 0 ? chains[layer].mean : chains[layer].state;
  };
  for (const Index layer : top.hidden())
    update_layer(top, layer, chains, stream.purpose("clamped").purpose(top.layer(layer).name), Draw::sample);
  for (Index layer = 0; layer < top.size(); ++layer) copy(taken(layer), learner.clamped(layer));
  const auto sweeps = static_cast<Index>(std::llround(steps->at(now)));
  sampler->sweep(top, chains, {sweeps, stream.purpose("free"), {}, {}, {}, state.only_mean_read});
  if (!sampler->by_layers())
    // These are means given the visible states as they are now.
    for (const Index layer : top.hidden())
      if (state.only_mean_read[static_cast<std::size_t>(layer)] != 0)
        update_layer(top, layer, chains, {}, Draw::nothing);
  for (Index layer = 0; layer < top.size(); ++layer) copy(taken(layer), learner.free(layer));
  learner.step(top, now, state.whole);
}

void UpDown::learn(State& state, const Dataset& data, const Stream& stream) const {
  const Span<const Index> rows = state.at.rows();
  HelmholtzMachine& below = state.net.below;
  Activity& activity = state.activity;
  activity.rows(rows.size);
  data.read(data.part(below.part), rows, activity.state(0), state.at.pass());
  const Moment now = state.at.now(epochs);
  const double scale = 1 / static_cast<double>(state.whole);
  const Span<double> costs(state.costs.data(), rows.size);
  const auto add_to = [&](double& sum) {
    sum = std::accumulate(costs.begin(), costs.end(), sum);
    std::fill(costs.begin(), costs.end(), 0.0);
  };
  std::fill(costs.begin(), costs.end(), 0.0);
  state.steps.generation.begin(now);
  state.steps.recognition.begin(now);
  activity.recognise(below, stream.purpose("up"));
  learn_top(state, data, rows, now, stream);
  state.steps.wake(below, activity, below.size() - 1, scale, {}, costs);
  add_to(state.generation);
  copy(state.chains[state.joint].state, activity.state(below.size() - 1));
  activity.descend(below, stream.purpose("down"));
  if (visible == "probabilities") copy(activity.mean(0), activity.state(0));
  state.steps.sleep(below, activity, scale, costs);
  add_to(state.recognition);
}

bool UpDown::advance(State& state, const Inputs& in, Context& context) const {
  if (!state.ready) get_ready(state, in, context);
  const auto& data = in.get<Dataset>("data");
  const Stream training = context.stream("training");
  // Sweeps count their steps from the one that they are given.
  return state.at.advance(
      epochs, context, [&] { learn(state, data, training.at(state.at.step() << 16)); },
      [&] { end_epoch(state, in, context); });
}

UpDown::Judgement UpDown::judge(const DeepBeliefNet& net, const Dataset& all, Index most) const {
  const Dataset data = spread_rows(all, most);
  const Index count = data.rows(), block = std::min<Index>(1000, count);
  const Index classes = class_layer(net.top, label), joint = net.joint();
  Activity activity(net.below, block);
  ClassPosterior posterior(net.top, classes, block);
  posterior.prepare(net.top);
  Tensor truth = Tensor::matrix(block, net.top.layer(classes).size);
  Judgement judgement;
  for (Index first = 0; first < count; first += block) {
    const Index some = std::min(block, count - first);
    activity.rows(some);
    posterior.show(some);
    data.read(data.part(net.below.part), first, some, activity.state(0));
    data.read(data.part(label), first, some, truth.view().row_range(0, some));
    activity.recognise_by_means(net.below);
    posterior.features(joint) = activity.state(net.below.size() - 1);
    posterior.infer(net.top);
    for (Index i = 0; i < some; ++i) {
      const Span<const float> row = std::as_const(truth).view().row(i);
      const Index own = std::max_element(row.begin(), row.end()) - row.begin();
      judgement.loss -= posterior.log_probability()(i, own) / static_cast<double>(count);
      judgement.error += posterior.best(i) != own ? 1 : 0;
    }
  }
  judgement.error /= static_cast<double>(count);
  return judgement;
}

void UpDown::end_epoch(State& state, const Inputs& in, Context& context) const {
  constexpr Index watched_rows = 1000;
  const auto& data = in.get<Dataset>("data");
  const auto report = [&](const std::string& of, const Judgement& found) {
    context.metric(of + "loss", found.loss, "nats");
    context.metric(of + "error", 100 * found.error, "%");
    state.course.insert(state.course.end(), {found.loss, 100 * found.error});
  };
  report("", judge(state.net, data, watched_rows));
  const auto shown = static_cast<double>(data.rows());
  context.metric("generation", state.generation / shown, "nats");
  context.metric("recognition", state.recognition / shown, "nats");
  state.course.insert(state.course.end(), {state.generation / shown, state.recognition / shown});
  state.generation = state.recognition = 0;
  if (!in.has("validation")) return;
  const auto& held_out = in.get<Dataset>("validation");
  const Judgement found = judge(state.net, held_out, held_out.rows());
  report("validation ", found);
  // Of as many errors the more confident network.
  if (state.best_epoch > 0 &&
      (found.error > state.fewest.error || (found.error == state.fewest.error && found.loss >= state.fewest.loss)))
    return;
  state.best = state.net;
  state.best_epoch = state.at.done();
  state.fewest = found;
}

void UpDown::finish(State& state, const Inputs&, Outputs& out) const {
  const DeepBeliefNet& trained = state.best_epoch > 0 ? state.best : state.net;
  out.set("model", trained);
  set_halves(trained, out);
  out.set("course", course_of("up-down training",
                              {{"loss", "nats"},
                               {"error", "%"},
                               {"generation", "nats"},
                               {"recognition", "nats"},
                               {"validation loss", "nats"},
                               {"validation error", "%"}},
                              state.course, state.at.done()));
}

}  // namespace harmonium::helmholtz
