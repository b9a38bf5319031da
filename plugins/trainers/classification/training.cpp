#include "training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/course.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/spread_rows.hpp"

namespace harmonium {
namespace {

constexpr Index watched_rows = 1000;
/// A class that weighs less than this adds less to a sum of floats than its rounding does.
constexpr double negligible = 1e-9;

void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

void fill(View<float> values, float value) {
  for (Index i = 0; i < values.rows; ++i) std::fill_n(values.row(i).data, values.columns, value);
}

}  // namespace

Judgement judge(const Network& network, const Dataset& data, const std::string& label) {
  const Index layer = class_layer(network, label);
  const Index most = std::min<Index>(1000, data.rows());
  ClassPosterior posterior(network, layer, most);
  posterior.prepare(network);
  const std::vector<Index> truth = data.classes(label);
  Judgement judgement;
  for (Index first = 0; first < data.rows(); first += most) {
    const Index count = std::min(most, data.rows() - first);
    posterior.show(count);
    for (const Index l : network.visible())
      if (l != layer) data.read(data.part(network.layer(l).part), first, count, posterior.features(l));
    posterior.infer(network);
    for (Index i = 0; i < count; ++i) {
      const Index own = truth[static_cast<std::size_t>(first + i)];
      judgement.loss -= posterior.log_probability()(i, own);
      judgement.error += posterior.best(i) != own ? 1 : 0;
    }
  }
  judgement.loss /= static_cast<double>(data.rows());
  judgement.error /= static_cast<double>(data.rows());
  return judgement;
}

void Classification::State::visit(Visitor& visitor) {
  visitor("model", model);
  visitor("best", best);
  if (visitor.loading()) how->allocate(*this);
  visitor("optimiser", optimiser);
  if (how->chains > 0 && how->generative > 0) visitor("chains", free);
  visitor("snapshots", snapshots);
  visitor("at", at);
  visitor("best epoch", best_epoch);
  visitor("best error", best_error);
  visitor("best loss", best_loss);
  visitor("course", course);
}

void Classification::describe(NodeType<Classification>& type) {
  type.says(
          "Trains an RBM that shows features and their class to tell the class (discriminative), to model both "
          "(generative), or to do both at once (hybrid). The discriminative gradient is exact.")
      .cites("Larochelle, Bengio 2008; Larochelle, Mandel, Pascanu, Bengio 2012")
      .input<Network>("model", "What is trained; the result is a copy. One of its visible layers shows the class.")
      .input<Dataset>("data", "Features and classes to learn from.")
      .optional_input<Dataset>("validation",
                               "Held-out data: the model of the epoch with the fewest errors on them is the result.")
      .output<Network>("model", "The trained model.")
      .output<Snapshots>("snapshots", "The model at a few epochs, the first before training.")
      .output<Table>("course",
                     "Epoch by epoch: mean -log p(class | features) and error over up to 1,000 rows, the root mean "
                     "square of the weights, and both over all validation rows.")
      .random();
  type.parameter("label", &Classification::label).says("The part that holds the classes.");
  type.parameter("discriminative", &Classification::discriminative)
      .at_least(0)
      .says("What log p(class | features) weighs in what is maximised.");
  type.parameter("generative", &Classification::generative)
      .at_least(0)
      .says("What log p(features, class) weighs in it, followed by contrastive divergence.");
  type.parameter("epochs", &Classification::epochs).at_least(0).extends().unit("epochs").says("Passes over the data.");
  type.parameter("batch", &Classification::batch)
      .at_least(1)
      .unit("rows")
      .says("Rows in a batch. The gradient is their mean; a short last batch weighs by its size.");
  type.parameter("steps", &Classification::steps)
      .at_least(1)
      .at_most(65536)
      .unit("sweeps")
      .says("Sweeps of the sampler before the free statistics are taken.");
  type.parameter("chains", &Classification::chains)
      .at_least(0)
      .unit("chains")
      .says("Chains of the free phase that go on from update to update; with 0 it starts at the data every time.");
  type.parameter("shuffle", &Classification::shuffle).says("Whether rows come in a new order every epoch.");
  type.parameter("visible", &Classification::visible)
      .one_of({"probabilities", "samples"})
      .says("What a sweep that starts at the data makes of visible layers: their means, or draws; others draw.");
  type.parameter("sampler", &Classification::sampler)
      .says("What moves the free phase; it must leave the model's distribution unchanged.");
  type.parameter("update", &Classification::update).says("How a gradient becomes a step.");
  type.parameter("penalties", &Classification::penalties)
      .says("What is to be kept small besides: weights, never biases.");
  type.parameter("frozen", &Classification::frozen)
      .says(
          "What keeps its values while the rest learns: layers by their name (biases and other parameters of their "
          "units) and connections as a-b.");
  type.parameter("patience", &Classification::patience)
      .at_least(0)
      .unit("epochs")
      .says("Stop when errors on the validation data have not become fewer for so long; 0 never stops early.");
  type.parameter("snapshots", &Classification::snapshots)
      .at_least(2)
      .unit("models")
      .says("At most so many are kept, evenly spaced over the epochs.");
}

void Classification::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  for (const char* port : {"data", "validation"})
    if (in.has(port)) check_shown(model, in.get<Dataset>(port), std::string("in.") + port, out);
  check_classes(model, in.get<Dataset>("data"), label, "data", out);
  if (in.has("validation")) {
    const PartSpec* known = in.get<Dataset>("data").find(label);
    const PartSpec* held_out = in.get<Dataset>("validation").find(label);
    if (known && held_out && known->classes != held_out->classes)
      out.problem("in.validation", fmt::format("its classes in '{}' are not those of the training data", label));
  }
  if (!model.hidden_independent() || model.hidden_units() == 0)
    out.problem("in.model",
                model.hidden_units() == 0
                    ? "it has no hidden units"
                    : "its hidden units are joined to each other, so that p(class | features) has no exact gradient; "
                      "trainer.cd and trainer.boltzmann train such machines on features and classes together");
  for (const LinkSpec& link : model.links)
    if (model.layers[static_cast<std::size_t>(link.a)].visible &&
        model.layers[static_cast<std::size_t>(link.b)].visible)
      out.problem("in.model",
                  fmt::format("'{}' and '{}' are both visible and joined, which this trainer does not learn",
                              model.layers[static_cast<std::size_t>(link.a)].name,
                              model.layers[static_cast<std::size_t>(link.b)].name));
  for (const LayerSpec& layer : model.layers)
    if (!layer.visible && !layer.exact)
      out.problem("in.model", fmt::format("layer '{}' has {}, which are approximate: p(class | features) is not exact",
                                          layer.name, layer.units));
  check_frozen(model, frozen, false, out);
  if (discriminative == 0 && generative == 0)
    out.problem("with.generative", "nothing is maximised: discriminative and generative are both 0");
  for (const Handle<Penalty>& penalty : penalties)
    if (penalty->on_activities())
      out.problem("with.penalties", fmt::format("{} is on activities; this trainer penalises weights", penalty.type()));
  if (sampler->law() != Law::invariant)
    out.problem(
        "with.sampler",
        fmt::format("{} does not leave the model's distribution unchanged, which this trainer needs", sampler.type()));
  else if (sampler->replicas() > 1)
    out.problem("with.sampler", fmt::format("{} keeps chains at other temperatures, for which this trainer has no room",
                                            sampler.type()));
  else
    check_sampler(sampler, model, "with.sampler", out);
  if (patience > 0 && !in.has("validation"))
    out.problem("with.patience", "early stopping needs a validation set: connect 'validation'");
  out.set<Network>("model", model.retrained());
  out.set<Snapshots>("snapshots", model);
  out.set<Table>("course", {});
}

Classification::State Classification::blank() const {
  State state;
  state.how = this;
  return state;
}

void Classification::allocate(State& state) const {
  state.optimiser = Optimiser(update, penalties);
  state.kept = Frozen::named(state.model.spec(), frozen);
  state.layers.clear();
  state.links.clear();
  for (const Layer& layer : state.model.layers()) {
    State::OfLayer of;
    const Span<const UnitParameter> parameters = layer.units->parameters();
    for (Index k = 0; k < parameters.size; ++k) {
      const Index number = state.optimiser.attach(Optimiser::Role::bias, 1, layer.size, parameters[k].rate_scale);
      if (k == 0) of.first_parameter = number;
    }
    state.layers.push_back(std::move(of));
  }
  for (const Link& link : state.model.links())
    state.links.push_back(
        {{}, state.optimiser.attach(Optimiser::Role::weight, link.weights.rows(), link.weights.columns())});
  if (generative > 0) state.free = Chains(state.model, free_rows(batch));
}

Classification::State Classification::start(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows to learn from");
  if (in.has("validation") && in.get<Dataset>("validation").rows() == 0)
    throw BadData("the validation set has no rows");
  State state = blank();
  state.model = in.get<Network>("model");
  check_data(state.model, data);
  allocate(state);
  check_normalisable(state.model, 0);
  state.snapshots.offer(0, state.model, snapshots);
  if (generative > 0 && chains > 0) start_chains(state, data, context);
  return state;
}

void Classification::start_chains(State& state, const Dataset& data, Context& context) const {
  // At rows of the data, drawn with replacement.
  const Stream stream = context.stream("first rows of the chains");
  std::vector<Index> rows(static_cast<std::size_t>(chains));
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<Index>(uniform_integer(stream.rows_from(i), static_cast<std::uint64_t>(data.rows())));
  for (const Index layer : state.model.visible())
    data.read(data.part(state.model.layer(layer).part), rows, state.free[layer].state);
  state.free.prepare(state.model);
  const Stream first = context.stream("first states of the chains");
  for (const Index layer : state.model.hidden())
    update_layer(state.model, layer, state.free, first.purpose(state.model.layer(layer).name), Draw::sample);
}

void Classification::get_ready(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  state.whole = std::min(batch, data.rows());
  state.visible = state.model.visible();
  state.hidden = state.model.hidden();
  state.class_layer = class_layer(state.model, label);
  state.posterior = ClassPosterior(state.model, state.class_layer, state.whole);
  const Index classes = state.posterior.classes(), free = free_rows(state.whole);
  const Index blocks = (state.whole + ClassPosterior::block - 1) / ClassPosterior::block;
  state.weights = Tensor::matrix(state.whole, classes);
  state.class_stack = Tensor::matrix(classes + free, classes);
  copy(state.posterior.states(), state.class_stack.view().row_range(0, classes));
  state.own.resize(static_cast<std::size_t>(state.whole));
  const auto count = static_cast<std::size_t>(state.model.size());
  state.as_mean.assign(count, 0);
  state.only_mean_read.assign(count, 0);
  state.means.assign(count, 0);
  for (std::size_t l = 0; l < count; ++l) {
    const Layer& layer = state.model.layer(static_cast<Index>(l));
    State::OfLayer& of = state.layers[l];
    of.stack = Tensor::matrix(state.whole + free, layer.size);
    of.sums = Tensor::of<double>({layer.units->statistics(), layer.size});
    of.gradient = Tensor::matrix(layer.parameters.rows(), layer.size);
    const bool mean_will_do = layer.units->means_suffice();
    if (layer.visible) {
      state.as_mean[l] = chains == 0 && visible == "probabilities" && sampler->by_layers() && mean_will_do ? 1 : 0;
      state.means[l] = state.as_mean[l];
      continue;
    }
    state.means[l] = mean_will_do ? 1 : 0;
    state.only_mean_read[l] = chains == 0 && mean_will_do ? 1 : 0;
    of.clamped = Tensor::matrix(state.whole, layer.size);
    of.by_class = Tensor::matrix(classes + free, layer.size);
    of.block_sums = Tensor::matrix(blocks * classes, layer.size);
    of.room = Tensor::matrix(blocks, layer.size);
  }
  for (std::size_t i = 0; i < state.links.size(); ++i) {
    const Tensor& weights = state.model.link(static_cast<Index>(i)).weights;
    state.links[i].gradient = Tensor::matrix(weights.rows(), weights.columns());
  }
  state.watched = spread_rows(data, watched_rows);
  // A quarter of a second or less.
  double weights = 1;
  for (const Link& link : state.model.links()) weights += static_cast<double>(link.weights.size());
  const double rows = 8000 * std::min(1.0, 400000 / weights) / steps;
  state.at.over(Batches(data, state.whole, shuffle, context.stream("order of the rows")),
                std::max<Index>(1, static_cast<Index>(rows) / state.whole));
  state.ready = true;
}

void Classification::clamped_phase(State& state, const Dataset& data, Span<const Index> rows) const {
  const std::uint64_t pass = state.at.pass();
  state.posterior.prepare(state.model);
  state.posterior.show(rows.size);
  for (const Index layer : state.visible) {
    const View<float> shown = state.layers[static_cast<std::size_t>(layer)].stack.view().row_range(0, rows.size);
    data.read(data.part(state.model.layer(layer).part), rows, shown, pass);
    if (layer != state.class_layer) state.posterior.features(layer) = shown;
  }
  const View<const float> own =
      std::as_const(state.layers[static_cast<std::size_t>(state.class_layer)].stack).view().row_range(0, rows.size);
  for (Index i = 0; i < rows.size; ++i) {
    const Span<const float> row = own.row(i);
    state.own[static_cast<std::size_t>(i)] = std::max_element(row.begin(), row.end()) - row.begin();
  }
  const View<float> weights = state.weights.view();
  if (discriminative > 0)
    state.posterior.infer(state.model);
  else
    state.posterior.drive(state.model);
  for (Index i = 0; i < rows.size; ++i)
    for (Index c = 0; c < weights.columns; ++c) {
      const double is_own = state.own[static_cast<std::size_t>(i)] == c ? 1 : 0;
      double weight = generative * is_own;
      if (discriminative > 0) weight += discriminative * (is_own - std::exp(state.posterior.log_probability()(i, c)));
      if (!std::isfinite(weight)) throw RunFailed("training diverged: the probabilities of classes are not finite");
      weights(i, c) = std::abs(weight) > negligible ? static_cast<float>(weight) : 0.0F;
    }
  for (const Index layer : state.hidden) sum_over_classes(state, layer);
}

void Classification::sum_over_classes(State& state, Index layer) const {
  State::OfLayer& of = state.layers[static_cast<std::size_t>(layer)];
  const Units& units = *state.model.layer(layer).units;
  const View<const float> input = state.posterior.input(layer);
  const View<const float> weights = std::as_const(state.weights).view();
  const Index rows = input.rows, classes = weights.columns, size = input.columns;
  const Index blocks = (rows + ClassPosterior::block - 1) / ClassPosterior::block;
  parallel(blocks, [&](Index number) {
    const Index first = number * ClassPosterior::block, count = std::min(ClassPosterior::block, rows - first);
    const View<float> sums = of.block_sums.view().row_range(number * classes, classes);
    const View<float> mean = of.room.view().row_range(number, 1);
    fill(sums, 0);
    fill(of.stack.view().row_range(first, count), 0);
    for (Index i = first; i < first + count; ++i)
      for (Index c = 0; c < classes; ++c) {
        const float weight = weights(i, c);
        if (weight == 0) continue;
        units.mean(state.posterior.theta(layer, c), input.row_range(i, 1), mean);
        const float* m = mean.data;
        float* row = of.stack.view().row(i).data;
        float* sum = sums.row(c).data;
        for (Index j = 0; j < size; ++j) {
          const float weighed = weight * m[j];
          row[j] += weighed;
          sum[j] += weighed;
        }
      }
  });
  parallel(classes, [&](Index c) {
    float* all = of.by_class.view().row(c).data;
    std::fill_n(all, size, 0.0F);
    for (Index number = 0; number < blocks; ++number) {
      const float* some = of.block_sums.view().row(number * classes + c).data;
      for (Index j = 0; j < size; ++j) all[j] += some[j];
    }
  });
  // Other statistics than t_0 are no functions of such sums.
  std::fill_n(of.sums.data<double>(), of.sums.size(), 0.0);
  if (units.statistics() == 1) {
    elementwise::add_column_sums(std::as_const(of.by_class).view().row_range(0, classes), 1,
                                 of.sums.view<double>().row(0));
    return;
  }
  const View<float> mean = of.room.view().row_range(0, 1);
  for (Index i = 0; i < rows; ++i)
    for (Index c = 0; c < classes; ++c) {
      if (weights(i, c) == 0) continue;
      units.mean(state.posterior.theta(layer, c), input.row_range(i, 1), mean);
      units.add_expected_statistics(state.posterior.theta(layer, c), input.row_range(i, 1), mean,
                                    static_cast<double>(weights(i, c)), of.sums.view<double>());
    }
}

void Classification::free_phase(State& state, Index rows, const Stream& stream) const {
  Chains& free = state.free;
  if (chains == 0) {
    free.show(rows);
    free.prepare(state.model);
    for (const Index layer : state.visible)
      copy(state.layers[static_cast<std::size_t>(layer)].stack.view().row_range(0, rows), free[layer].state);
    for (const Index layer : state.hidden) {
      // The input from the features is known, so what is added is that of the row's own class.
      const Layer& of = state.model.layer(layer);
      const View<const float> input = state.posterior.input(layer), from_class = state.posterior.from_class(layer);
      const View<float> driven = state.layers[static_cast<std::size_t>(layer)].clamped.view().row_range(0, rows);
      for (Index i = 0; i < rows; ++i) {
        const float* a = input.row(i).data;
        const float* b = from_class.row(state.own[static_cast<std::size_t>(i)]).data;
        float* sum = driven.row(i).data;
        for (Index j = 0; j < of.size; ++j) sum[j] = a[j] + b[j];
      }
      of.units->sample(free[layer].theta, driven, stream.purpose("clamped").purpose(of.name), free[layer].mean,
                       free[layer].state);
    }
  } else {
    free.prepare(state.model);
  }
  sampler->sweep(state.model, free, {steps, stream.purpose("free"), {}, {}, state.as_mean, state.only_mean_read});
  const Index count = free.rows();
  // Means that enter the statistics are those given the visible states as they are now.
  if (!sampler->by_layers())
    for (const Index layer : state.hidden)
      if (state.means[static_cast<std::size_t>(layer)] != 0) update_layer(state.model, layer, free, {}, Draw::nothing);
  const auto weight = static_cast<float>(-generative * static_cast<double>(rows) / static_cast<double>(count));
  for (Index layer = 0; layer < state.model.size(); ++layer) {
    const auto l = static_cast<std::size_t>(layer);
    const bool hidden = !state.model.layer(layer).visible;
    const View<const float> taken = hidden && state.means[l] != 0 ? free[layer].mean : free[layer].state;
    State::OfLayer& of = state.layers[l];
    const View<float> to = of.stack.view().row_range(rows, count);
    if (hidden)
      elementwise::combine(weight, taken, 0, taken, to);
    else
      copy(taken, to);
    const Units& units = *state.model.layer(layer).units;
    if (state.means[l] != 0)
      units.add_expected_statistics(free[layer].theta, {}, taken, static_cast<double>(weight), of.sums.view<double>());
    else
      units.add_statistics(taken, static_cast<double>(weight), of.sums.view<double>());
    // Beside the K states of the class layer stand what hidden layers have in each of them.
    const Index classes = state.weights.columns();
    if (hidden) copy(to, of.by_class.view().row_range(classes, count));
    if (layer == state.class_layer) copy(to, state.class_stack.view().row_range(classes, count));
  }
}

void Classification::batch_step(State& state, const Dataset& data, const Stream& stream) const {
  const Span<const Index> rows = state.at.rows();
  clamped_phase(state, data, rows);
  for (const Index layer : state.visible) {
    State::OfLayer& of = state.layers[static_cast<std::size_t>(layer)];
    const Units& units = *state.model.layer(layer).units;
    std::fill_n(of.sums.data<double>(), of.sums.size(), 0.0);
    if (layer != state.class_layer) {
      // The energy of the features alone is the same for all classes.
      if (generative > 0)
        units.add_statistics(of.stack.view().row_range(0, rows.size), generative, of.sums.view<double>());
      continue;
    }
    for (Index c = 0; c < state.weights.columns(); ++c) {
      double weight = 0;
      for (Index i = 0; i < rows.size; ++i) weight += static_cast<double>(state.weights.view()(i, c));
      units.add_statistics(state.posterior.states().row_range(c, 1), weight, of.sums.view<double>());
    }
  }
  if (generative > 0) free_phase(state, rows.size, stream);
  const Moment now = state.at.now(epochs);
  follow(state, rows.size, generative > 0 ? state.free.rows() : 0, now);
}

void Classification::follow(State& state, Index clamped, Index free, const Moment& now) const {
  state.optimiser.begin(now);
  const double scale = 1 / static_cast<double>(state.whole);
  for (std::size_t i = 0; i < state.links.size(); ++i) {
    const auto number = static_cast<Index>(i);
    if (state.kept.link(number)) continue;
    const Link& link = state.model.link(number);
    const Index first = state.model.leader(number);
    State::OfLink& leader = state.links[static_cast<std::size_t>(first)];
    Link& moved = state.model.link(first);
    struct Closure {
      Optimiser& optimiser;
      Index parameter;
      View<float> weights;
      const std::string &from, &to;
    } closure{state.optimiser, leader.parameter, moved.weights.view(), state.model.layer(moved.a).name,
              state.model.layer(moved.b).name};
    const PanelReceiver receive{
        [](void* context, View<float> panel, Index row, Index column) {
          auto& to = *static_cast<Closure*>(context);
          const View<float> weights = to.weights.row_range(row, panel.rows).column_range(column, panel.columns);
          to.optimiser.apply(to.parameter, row, column, weights, panel);
          if (!elementwise::within(weights, largest_parameter))
            throw RunFailed(
                fmt::format("training diverged: weights between '{}' and '{}' are beyond {:g} or no numbers", to.from,
                            to.to, largest_parameter));
        },
        &closure};
    const bool of_class = link.a == state.class_layer || link.b == state.class_layer;
    const auto side = [&](Index layer) {
      State::OfLayer& at = state.layers[static_cast<std::size_t>(layer)];
      if (layer == state.class_layer) return state.class_stack.view().row_range(0, state.weights.columns() + free);
      if (of_class) return at.by_class.view().row_range(0, state.weights.columns() + free);
      return at.stack.view().row_range(0, clamped + free);
    };
    // The gradient of weights that connections share is the sum of theirs: the last of them moves the weights.
    const bool alone = state.model.link(first).tied.empty();
    const View<float> gradient = leader.gradient.view();
    const double uses = link.connection->uses(state.model.ends(first));
    link.connection->correlate(state.model.ends(number), side(link.a), side(link.b), static_cast<float>(scale / uses),
                               state.links[i].gradient.view(),
                               alone ? receive : PanelReceiver{[](void*, View<float>, Index, Index) {}, nullptr});
    if (number != first) elementwise::combine(1, gradient, 1, state.links[i].gradient.view(), gradient);
    const auto shares = [&](Index other) { return state.model.leader(other) == first; };
    bool last = true;
    for (Index other = number + 1; other < static_cast<Index>(state.links.size()); ++other)
      last = last && !shares(other);
    if (!last) continue;
    if (!alone) receive.call(receive.closure, gradient, 0, 0);
    state.optimiser.bound(moved.weights.view());
    for (Index other = first; other <= number; ++other)
      if (shares(other)) moved.connection->constrain(state.model.ends(other), moved.weights.view());
  }
  state.model.share_tied();
  for (Index l = 0; l < state.model.size(); ++l) {
    Layer& layer = state.model.layer(l);
    if (state.kept.layer(l)) continue;
    State::OfLayer& of = state.layers[static_cast<std::size_t>(l)];
    for (double& sum : of.sums.values<double>()) {
      if (!std::isfinite(sum))
        throw RunFailed(fmt::format("training diverged: the statistics of layer '{}' are not finite", layer.name));
      sum *= scale;
    }
    layer.units->chain(layer.parameters.view(), of.sums.view<double>(), of.gradient.view());
    share_by_channel(layer, of.gradient.view());
    for (Index k = 0; k < layer.parameters.rows(); ++k)
      state.optimiser.apply(of.first_parameter + k, 0, 0, layer.parameters.view().row_range(k, 1),
                            of.gradient.view().row_range(k, 1));
    if (!elementwise::within(layer.parameters.view(), largest_parameter))
      throw RunFailed(fmt::format("training diverged: parameters of layer '{}' are beyond {:g} or no numbers",
                                  layer.name, largest_parameter));
  }
}

bool Classification::advance(State& state, const Inputs& in, Context& context) const {
  const auto stopped = [&] { return patience > 0 && state.at.done() - state.best_epoch >= patience; };
  if (stopped()) return false;
  if (!state.ready) get_ready(state, in, context);
  const Dataset& data = in.get<Dataset>("data");
  const Stream stream = context.stream("training");
  const bool more = state.at.advance(
      epochs, context, [&] { batch_step(state, data, stream.at(state.at.step() << 16)); },
      [&] {
        check_normalisable(state.model, state.at.done());
        state.snapshots.offer(state.at.done(), state.model, snapshots);
        end_epoch(state, in, context);
      });
  return more && !stopped();
}

void Classification::end_epoch(State& state, const Inputs& in, Context& context) const {
  const auto report = [&](const std::string& of, const Judgement& found) {
    context.metric(of + "loss", found.loss, "nats");
    context.metric(of + "error", 100 * found.error, "%");
    state.course.insert(state.course.end(), {found.loss, 100 * found.error});
  };
  report("", judge(state.model, state.watched, label));
  const double weight = state.model.root_mean_square_weight();
  context.metric("weight", weight, "");
  state.course.push_back(weight);
  if (!in.has("validation")) return;
  const Judgement found = judge(state.model, in.get<Dataset>("validation"), label);
  report("validation ", found);
  // Of as many errors the more confident model.
  const bool better = state.best_epoch == 0 || found.error < state.best_error ||
                      (found.error == state.best_error && found.loss < state.best_loss);
  if (!better) return;
  state.best = state.model;
  state.best_epoch = state.at.done();
  state.best_error = found.error;
  state.best_loss = found.loss;
}

void Classification::finish(State& state, const Inputs&, Outputs& out) const {
  out.set("model", state.best_epoch > 0 ? state.best : state.model);
  out.set("snapshots", state.snapshots);
  out.set(
      "course",
      course_of(
          "training",
          {{"loss", "nats"}, {"error", "%"}, {"weight", ""}, {"validation loss", "nats"}, {"validation error", "%"}},
          state.course, state.at.done()));
}

}  // namespace harmonium
