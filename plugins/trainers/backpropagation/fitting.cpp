#include "fitting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <string_view>

#include "harmonium/course.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/products.hpp"

namespace harmonium {
namespace {

Index largest(Span<const float> values) { return std::max_element(values.begin(), values.end()) - values.begin(); }

Index wrong_rows(View<const float> mean, View<const float> wanted) {
  Index wrong = 0;
  for (Index i = 0; i < mean.rows; ++i) wrong += largest(mean.row(i)) != largest(wanted.row(i));
  return wrong;
}

/// The number in "layer3"; 0 where a name has another form.
Index layer_called(const std::string& name) {
  constexpr std::string_view begins = "layer";
  Index number = 0;
  const char* end = name.data() + name.size();
  if (!name.starts_with(begins)) return 0;
  const auto read = std::from_chars(name.data() + begins.size(), end, number);
  const bool whole = read.ec == std::errc() && read.ptr == end;
  return whole && name == fmt::format("{}{}", begins, number) ? std::max<Index>(number, 0) : 0;
}

/// Zeros with probability `rate`, else `kept`.
void draw_mask(const Stream& stream, double rate, float kept, View<float> mask) {
  uniform(stream, mask);
  const auto below = static_cast<float>(rate);
  for (Index i = 0; i < mask.rows; ++i)
    for (float& value : mask.row(i)) value = value < below ? 0.0F : kept;
}

/// What dropout multiplies the rest by, so that it leaves expectations as they are. Srivastava et al. 2014, section 10.
float rest_of(double rate) { return static_cast<float>(1 / (1 - rate)); }

void multiply(View<const float> a, View<const float> b, View<float> out) {
  for (Index i = 0; i < out.rows; ++i)
    for (Index j = 0; j < out.columns; ++j) out(i, j) = a(i, j) * b(i, j);
}

}  // namespace

/// Of exponential-family units -log p(target | input) = A(input) - input . target + E(target).
double Fitting::total_loss(const Units& of, View<const float> theta, View<const float> input, View<const float> mean,
                           View<const float> wanted, Span<double> losses) const {
  double total = 0;
  if (loss == "squared_error") {
    for (Index i = 0; i < wanted.rows; ++i)
      for (Index j = 0; j < wanted.columns; ++j) {
        const double error = static_cast<double>(wanted(i, j)) - static_cast<double>(mean(i, j));
        total += error * error / 2;
      }
    return total;
  }
  losses = {losses.data, wanted.rows};
  std::fill(losses.begin(), losses.end(), 0.0);
  of.add_log_partition(theta, input, losses);
  of.add_energy(theta, wanted, losses);
  for (Index i = 0; i < wanted.rows; ++i) {
    double dot = 0;
    for (Index j = 0; j < wanted.columns; ++j)
      dot += static_cast<double>(input(i, j)) * static_cast<double>(wanted(i, j));
    total += losses[i] - dot;
  }
  return total;
}

Fitting::State Fitting::blank() const {
  State state;
  state.how = this;
  return state;
}

void Fitting::State::visit(Visitor& visitor) {
  visitor("network", network);
  if (visitor.loading()) how->attach(*this);
  visitor("optimiser", optimiser);
  if (how->patience > 0) {
    visitor("best", best);
    visitor("best loss", best_loss);
    visitor("best epoch", best_epoch);
  }
  visitor("at", at);
  visitor("loss", loss);
  visitor("wrong", wrong);
  visitor("course", course);
}

FeedforwardSpec Fitting::check_data(const Specs& in, Specs& out, Index inputs, const std::string& shown_part,
                                    const std::string& wanted_part) const {
  FeedforwardSpec spec{inputs, 0, {}, shown_part};
  for (const char* port : {"data", "validation"}) {
    if (!in.has(port)) continue;
    const DataSpec& data = in.get<Dataset>(port);
    const std::string where = std::string("in.") + port;
    const bool data_port = where == "in.data";
    const PartSpec* shown = data.find(shown_part);
    const PartSpec* wanted = data.find(wanted_part);
    if (!shown) out.problem(where, fmt::format("the data have no '{}'", shown_part));
    if (!wanted && wanted_part != shown_part)
      out.problem(where, fmt::format("the data have no '{}' to learn", wanted_part));
    if (!shown || !wanted) continue;
    if (spec.inputs == 0) spec.inputs = shown->width;
    if (shown->width != spec.inputs)
      out.problem(where,
                  fmt::format("'{}' is {} wide, but the network has {} inputs", shown_part, shown->width, spec.inputs));
    if (spec.outputs == 0) spec.outputs = wanted->width;
    if (wanted->width != spec.outputs)
      out.problem(
          where, fmt::format("'{}' is {} wide, but {} in the training data", wanted_part, wanted->width, spec.outputs));
    else if (!spec.classes.empty() && wanted->classes != spec.classes)
      out.problem(where, fmt::format("the classes of '{}' are not those of the training data", wanted_part));
    if (spec.classes.empty()) spec.classes = wanted->classes;
    if (data_port) {
      spec.input_shape = shown->shape;
      spec.output_shape = wanted->shape;
    }
  }
  if (patience > 0 && !in.has("validation"))
    out.problem("with.patience", "early stopping needs a validation set: connect 'validation'");
  return spec;
}

void Fitting::check_units(const Specs& in, Specs& out) const {
  if (const PartSpec* wanted = in.get<Dataset>("data").find(target))
    if (const Index block = units->block(wanted->width); block <= 0 || wanted->width % block != 0)
      out.problem("with.units", fmt::format("'{}' is {} wide, which cannot be cut into blocks of {}, as {} needs",
                                            target, wanted->width, block, units.type()));
  if (units->parameters().size > 1)
    out.problem("with.units", fmt::format("backpropagation moves one parameter a unit, but {} learn {}", units.type(),
                                          units->parameters().size));
}

void Fitting::check_frozen(Index layers, bool open, Specs& out) const {
  std::set<Index> known;
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    const Index number = layer_called(frozen[i]);
    if (number < 1 || (number > layers && !open))
      out.problem(fmt::format("with.frozen.{}", i + 1),
                  fmt::format("'{}' is no layer of the network; they are layer1 to layer{}{}", frozen[i], layers,
                              open ? " and those of the read-out above" : ""));
    else
      known.insert(number);
  }
  if (!open && static_cast<Index>(known.size()) == layers) out.problem("with.frozen", "nothing is left to learn");
}

void Fitting::attach(State& state) const {
  const std::size_t layers = state.network.stages.size();
  state.kept.assign(layers, false);
  for (const std::string& name : frozen) {
    const auto number = static_cast<std::size_t>(layer_called(name));
    if (number < 1 || number > layers)
      throw RunFailed(fmt::format("frozen: '{}' is no layer of the network; they are layer1 to layer{}", name, layers));
    state.kept[number - 1] = true;
  }
  state.lowest = static_cast<std::size_t>(std::find(state.kept.begin(), state.kept.end(), false) - state.kept.begin());
  if (state.lowest == layers) throw RunFailed("frozen: nothing is left to learn");
  state.optimiser = Optimiser(update, penalties);
  state.weights.clear();
  state.parameters.clear();
  for (const Feedforward::Stage& at : state.network.stages) {
    state.weights.push_back(state.optimiser.attach(Optimiser::Role::weight, at.inputs(), at.outputs()));
    state.parameters.push_back(state.optimiser.attach(Optimiser::Role::bias, at.parameters.rows(), at.outputs()));
  }
}

Fitting::State Fitting::begin(Feedforward network, const Dataset& data) const {
  if (data.rows() == 0) throw BadData("there are no rows to learn from");
  State state = blank();
  state.network = std::move(network);
  const std::string& wanted = wanted_part(state.network);
  state.network.classes = data.spec().part(wanted).classes;
  state.network.input_shape = data.spec().part(state.network.part).shape;
  state.network.output_shape = data.spec().part(wanted).shape;
  for (const Feedforward::Stage& at : state.network.stages)
    if (at.units->parameters().size > 1)
      throw RunFailed(fmt::format("backpropagation moves one parameter a unit, but {} learn {}", at.units.type(),
                                  at.units->parameters().size));
  const ColumnSummary summary = summarise(data, data.part(wanted));
  state.network.stages.back().units->check(summary.view());
  attach(state);
  return state;
}

void Fitting::get_ready(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const Index rows = state.whole = std::min(batch, data.rows());
  state.stages.clear();
  double weights = 1;
  for (const Feedforward::Stage& at : state.network.stages) weights += static_cast<double>(at.weights.size());
  // A quarter of a second or less: about 10,000 rows through 400,000 weights.
  state.at.over(Batches(data, rows, true, context.stream("order of the rows")),
                std::max<Index>(1, static_cast<Index>(10000 * std::min(1.0, 400000 / weights)) / rows));
  for (const Feedforward::Stage& at : state.network.stages) {
    const bool last = &at == &state.network.stages.back();
    State::Buffers made;
    made.theta = Tensor::matrix(at.units->statistics(), at.outputs());
    if (last || at.units->needs_input()) made.input = Tensor::matrix(rows, at.outputs());
    made.mean = Tensor::matrix(rows, at.outputs());
    if (!last && dropout > 0) {
      made.dropout = fmt::format("{}", state.stages.size());
      made.dropped = Tensor::matrix(rows, at.outputs());
      made.mask = Tensor::matrix(rows, at.outputs());
    }
    made.delta = Tensor::matrix(rows, at.outputs());
    made.gradient = Tensor::matrix(at.inputs(), at.outputs());
    made.sums = Tensor::of<double>({at.units->statistics(), at.outputs()});
    made.parameter_gradient = Tensor::matrix(at.parameters.rows(), at.outputs());
    state.stages.push_back(std::move(made));
  }
  state.shown = Tensor::matrix(rows, state.network.stages.front().inputs());
  if (input_dropout > 0 || corruption > 0) state.mask = Tensor::matrix(rows, state.shown.columns());
  state.wanted = Tensor::matrix(rows, state.network.stages.back().outputs());
  state.losses.resize(static_cast<std::size_t>(rows));
  if (in.has("validation") && in.get<Dataset>("validation").rows() == 0)
    throw BadData("the validation set has no rows");
  state.ready = true;
}

void Fitting::forward(State& state, Index rows, const Stream& stream) const {
  View<const float> below = state.shown.view().row_range(0, rows);
  for (std::size_t s = 0; s < state.stages.size(); ++s) {
    const Feedforward::Stage& at = state.network.stages[s];
    State::Buffers& to = state.stages[s];
    at.units->natural(at.parameters.view(), to.theta.view());
    const View<float> mean = to.mean.view().row_range(0, rows);
    const View<float> input = to.input.empty() ? mean : to.input.view().row_range(0, rows);
    product<float>(below, at.weights.view(), input);
    at.units->mean(to.theta.view(), input, mean);
    below = mean;
    if (to.mask.empty()) continue;
    const View<float> mask = to.mask.view().row_range(0, rows);
    const View<float> dropped = to.dropped.view().row_range(0, rows);
    draw_mask(stream.purpose("dropout").purpose(to.dropout), dropout, rest_of(dropout), mask);
    multiply(mean, mask, dropped);
    below = dropped;
  }
}

void Fitting::backward(State& state, Index rows) const {
  const auto scale = static_cast<float>(1.0 / static_cast<double>(state.whole));
  for (std::size_t s = state.stages.size(); s-- > state.lowest;) {
    Feedforward::Stage& at = state.network.stages[s];
    State::Buffers& to = state.stages[s];
    const View<float> delta = to.delta.view().row_range(0, rows);
    View<const float> below = state.shown.view().row_range(0, rows);
    if (s > 0) {
      State::Buffers& under = state.stages[s - 1];
      below = (under.mask.empty() ? under.mean : under.dropped).view().row_range(0, rows);
    }
    if (s > state.lowest) {
      // Through the weights as they were in the forward pass, before this stage moves them.
      State::Buffers& under = state.stages[s - 1];
      const View<float> under_delta = under.delta.view().row_range(0, rows);
      product(Transpose::no, View<const float>(delta), Transpose::yes, View<const float>(at.weights.view()),
              under_delta);
      if (!under.mask.empty()) multiply(under_delta, under.mask.view().row_range(0, rows), under_delta);
      const View<const float> input =
          under.input.empty() ? View<const float>() : View<const float>(under.input.view().row_range(0, rows));
      state.network.stages[s - 1].units->multiply_by_covariance(under.theta.view(), input,
                                                                under.mean.view().row_range(0, rows), under_delta);
    }
    if (state.kept[s]) continue;
    const View<float> weights = at.weights.view();
    const Index number = state.weights[s];
    product_by_panels(
        Transpose::yes, below, Transpose::no, delta, to.gradient.view(), scale, 0,
        [&](View<float> panel, Index row, Index column) {
          const View<float> moved = weights.row_range(row, panel.rows).column_range(column, panel.columns);
          state.optimiser.apply(number, row, column, moved, panel);
          if (!elementwise::within(moved, largest_parameter))
            throw RunFailed(fmt::format("training diverged: weights of layer {} are beyond {:g} or no numbers", s + 1,
                                        largest_parameter));
        });
    state.optimiser.bound(weights);
    // What the loss depends on is the mean, and the mean on theta_0 as on the input; other statistics have parameters
    // of their own, if any are learned.
    std::fill_n(to.sums.data<double>(), to.sums.size(), 0.0);
    elementwise::add_column_sums(delta, static_cast<double>(scale), to.sums.view<double>().row(0));
    at.units->chain(at.parameters.view(), to.sums.view<double>(), to.parameter_gradient.view());
    state.optimiser.apply(state.parameters[s], 0, 0, at.parameters.view(), to.parameter_gradient.view());
    if (!elementwise::within(at.parameters.view(), largest_parameter))
      throw RunFailed(
          fmt::format("training diverged: biases of layer {} are beyond {:g} or no numbers", s + 1, largest_parameter));
  }
}

void Fitting::batch_step(State& state, const Dataset& data, const Stream& stream) const {
  const Span<const Index> rows = state.at.rows();
  const View<float> shown = state.shown.view().row_range(0, rows.size);
  const View<float> wanted = state.wanted.view().row_range(0, rows.size);
  data.read(data.part(state.network.part), rows, shown, state.at.pass());
  data.read(data.part(wanted_part(state.network)), rows, wanted, state.at.pass());
  if (!state.mask.empty()) {
    const View<float> mask = state.mask.view().row_range(0, rows.size);
    if (input_dropout > 0)
      draw_mask(stream.purpose("input dropout"), input_dropout, rest_of(input_dropout), mask);
    else
      draw_mask(stream.purpose("corruption"), corruption, 1, mask);
    multiply(shown, mask, shown);
  }
  const Moment now = state.at.now(epochs);
  state.optimiser.begin(now);
  forward(state, rows.size, stream);
  const State::Buffers& top = state.stages.back();
  const View<const float> mean = top.mean.view().row_range(0, rows.size);
  const Units& last = *state.network.stages.back().units;
  const View<const float> input = top.input.view().row_range(0, rows.size);
  const double total = total_loss(last, top.theta.view(), input, mean, wanted, state.losses);
  if (!std::isfinite(total)) throw RunFailed("training diverged: the loss is not finite");
  state.loss += total;
  state.wrong += static_cast<double>(wrong_rows(mean, wanted));
  const View<float> delta = state.stages.back().delta.view().row_range(0, rows.size);
  elementwise::combine(1, wanted, -1, mean, delta);
  if (loss == "squared_error") last.multiply_by_covariance(top.theta.view(), input, mean, delta);
  backward(state, rows.size);
}

bool Fitting::advance(State& state, const Inputs& in, Context& context) const {
  if (!state.ready) get_ready(state, in, context);
  const Dataset& data = in.get<Dataset>("data");
  const Stream stream = context.stream("training");
  const bool more = state.at.advance(
      epochs, context, [&] { batch_step(state, data, stream.at(state.at.step())); },
      [&] {
        state.loss /= static_cast<double>(data.rows());
        state.wrong /= static_cast<double>(data.rows());
        end_epoch(state, in, context);
      });
  return more && !(patience > 0 && state.at.done() - state.best_epoch >= patience);
}

void Fitting::judge(const State& state, const Dataset& data, double& mean_loss, double& wrong) const {
  const Feedforward& network = state.network;
  const Feedforward::Stage& top = network.stages.back();
  Feedforward below = network;
  below.stages.pop_back();
  const Index block = std::min<Index>(1024, data.rows());
  Tensor theta = Tensor::matrix(top.units->statistics(), top.outputs());
  top.units->natural(top.parameters.view(), theta.view());
  Tensor shown = Tensor::matrix(block, network.stages.front().inputs());
  Tensor hidden = Tensor::matrix(below.stages.empty() ? 0 : block, top.inputs());
  Tensor input = Tensor::matrix(block, top.outputs()), mean = Tensor::matrix(block, top.outputs());
  Tensor wanted = Tensor::matrix(block, top.outputs());
  std::vector<double> losses(static_cast<std::size_t>(block));
  mean_loss = wrong = 0;
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    data.read(data.part(network.part), first, count, shown.view().row_range(0, count));
    data.read(data.part(wanted_part(state.network)), first, count, wanted.view().row_range(0, count));
    View<const float> in = shown.view().row_range(0, count);
    if (!below.stages.empty()) {
      below.forward(in, hidden.view().row_range(0, count));
      in = hidden.view().row_range(0, count);
    }
    const View<float> at = input.view().row_range(0, count), means = mean.view().row_range(0, count);
    product<float>(in, top.weights.view(), at);
    top.units->mean(theta.view(), at, means);
    const View<const float> targets = wanted.view().row_range(0, count);
    mean_loss += total_loss(*top.units, theta.view(), at, means, targets, losses);
    wrong += static_cast<double>(wrong_rows(means, targets));
  }
  mean_loss /= static_cast<double>(data.rows());
  wrong /= static_cast<double>(data.rows());
}

void Fitting::end_epoch(State& state, const Inputs& in, Context& context) const {
  const bool classifies = !state.network.classes.empty();
  const auto report = [&](const std::string& of, double value, double wrong) {
    context.metric(of + "loss", value, loss == "squared_error" ? "" : "nats");
    state.course.push_back(value);
    if (!classifies) return;
    context.metric(of + "error", 100 * wrong, "%");
    state.course.push_back(100 * wrong);
  };
  report("", state.loss, state.wrong);
  state.loss = state.wrong = 0;
  if (!in.has("validation")) return;
  double value = 0, wrong = 0;
  judge(state, in.get<Dataset>("validation"), value, wrong);
  report("validation ", value, wrong);
  if (patience == 0 || !(value < state.best_loss)) return;
  state.best_loss = value;
  state.best_epoch = state.at.done();
  state.best = state.network;
}

const Feedforward& Fitting::fitted(const State& state) const {
  return patience > 0 && state.best_epoch > 0 ? state.best : state.network;
}

void Fitting::finish(State& state, const Inputs&, Outputs& out) const {
  out.set("readout", fitted(state));
  out.set("course", course(state));
}

Table Fitting::course(const State& state) const {
  std::vector<Figure> figures;
  for (const char* of : {"", "validation "}) {
    figures.push_back({std::string(of) + "loss", loss == "squared_error" ? "" : "nats"});
    if (!state.network.classes.empty()) figures.push_back({std::string(of) + "error", "%"});
  }
  return course_of("training", figures, state.course, state.at.done());
}

}  // namespace harmonium
