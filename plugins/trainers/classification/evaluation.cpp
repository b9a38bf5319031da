#include "evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/class_posterior.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/stored_rows.hpp"

namespace harmonium {
namespace {

/// Empty, or why p(class | features) has no closed form.
std::string why_not_exact(const ModelSpec& model) {
  if (!model.hidden_independent()) return "hidden units are joined to each other";
  for (const LayerSpec& layer : model.layers)
    if (!layer.visible && !layer.exact)
      return fmt::format("layer '{}' has {}, which are approximate", layer.name, layer.units);
  return "";
}

}  // namespace

void ClassificationError::State::visit(Visitor& visitor) {
  visitor("done", done);
  visitor("truth", truth);
  visitor("log probability", log_probability);
  visitor("squared errors", squared_errors);
  visitor("exact", exact);
}

void ClassificationError::describe(NodeType<ClassificationError>& type) {
  type.says(
          "Classifies rows by a model that shows features and their class: p(class | features), exact where hidden "
          "units are independent given the visible ones, else by sampling the machine with the features clamped. How "
          "often the most probable class is not the row's own, the mean of -log p(own class), and which classes are "
          "taken for which.")
      .cites("Larochelle, Bengio 2008; Ackley, Hinton, Sejnowski 1985")
      .input<Network>("model", "A model; one of its visible layers shows the class.")
      .input<Dataset>("data", "Labelled rows.")
      .output<Table>("table", "One row: error, errors, rows, loss; as of evaluator.accuracy.")
      .output<Table>("confusion", "A row for each true class, a column for each class predicted: counts.")
      .output<Table>("sampling",
                     "One row: the root mean square of the standard errors of all probabilities, from the differences "
                     "between chains; 0 where they are exact.")
      .output<Dataset>("probabilities", "A row for each row of the data: the probability of each class.")
      .random();
  type.parameter("label", &ClassificationError::label).says("The part that holds the true classes.");
  type.parameter("by", &ClassificationError::by)
      .one_of({"automatic", "exact", "samples"})
      .says("Whether probabilities are exact or sampled; automatic: exact where they can be.");
  ClampedMeans::describe(type);
}

void ClassificationError::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_shown(model, data, "in.data", out);
  check_classes(model, data, label, "data", out);
  const std::string reason = why_not_exact(model);
  if (by == "exact" && !reason.empty())
    out.problem("with.by", fmt::format("p(class | features) is not exact here: {}", reason));
  if (by == "samples" || (by == "automatic" && !reason.empty())) check(model, out);
  if (const PartSpec* truth = data.find(label)) {
    PartSpec probability{"features", truth->width, {}, PartSpec::Kind::real, {}};
    out.set<Dataset>("probabilities", {data.rows, {probability}});
  }
}

ClassificationError::State ClassificationError::start(const Inputs& in, Context&) const {
  const auto& model = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("the error of a classifier needs at least one row");
  const Layer& classes = model.layer(class_layer(model, label));
  State state;
  state.exact = by != "samples" && why_not_exact(model.spec()).empty();
  if (!state.exact && classes.units->block(classes.size) != classes.size)
    throw RunFailed(
        fmt::format("layer '{}' shows the class by {}, of which several may be on at once; sampling needs "
                    "one-of-K units there",
                    classes.name, classes.units.type()));
  state.truth = data.classes(label);
  state.log_probability = Tensor::of<double>({data.rows(), classes.size});
  state.squared_errors = Tensor::of<double>({state.exact ? 0 : data.rows(), classes.size});
  return state;
}

bool ClassificationError::advance(State& state, const Inputs& in, Context& context) const {
  const auto& model = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  if (state.done >= data.rows()) return false;
  const Index layer = class_layer(model, label);
  const Index count = std::min(state.exact ? Index{1000} : rows_at_once(), data.rows() - state.done);
  const View<double> out = state.log_probability.view<double>().row_range(state.done, count);
  if (state.exact) {
    ClassPosterior posterior(model, layer, count);
    posterior.prepare(model);
    for (const Index l : model.visible())
      if (l != layer) data.read(data.part(model.layer(l).part), state.done, count, posterior.features(l));
    posterior.infer(model);
    for (Index i = 0; i < count; ++i)
      std::copy_n(posterior.log_probability().row(i).data, out.columns, out.row(i).data);
  } else {
    find(model, layer, data, state.done, count, context.stream("classes"), out,
         state.squared_errors.view<double>().row_range(state.done, count));
    for (Index i = 0; i < count; ++i)
      for (double& value : out.row(i)) value = std::log(std::max(value, double{std::numeric_limits<float>::min()}));
  }
  state.done += count;
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
  return state.done < data.rows();
}

void ClassificationError::finish(State& state, const Inputs& in, Outputs& out) const {
  const DataSpec& data = in.get<Dataset>("data").spec();
  const std::vector<std::string>& names = data.part(label).classes;
  const View<const double> all = std::as_const(state.log_probability).view<double>();
  Table confusion{"predicted class", "true class", names, std::vector<std::string>(names.size()), {}};
  for (const std::string& name : names) confusion.rows.push_back({name, std::vector<double>(names.size(), 0.0)});
  double errors = 0, loss = 0, sampling = 0;
  auto probabilities = std::make_shared<Tensor>(Tensor::matrix(all.rows, all.columns));
  for (Index i = 0; i < all.rows; ++i) {
    const Span<const double> row = all.row(i);
    const Index own = state.truth[static_cast<std::size_t>(i)];
    const Index best = std::max_element(row.begin(), row.end()) - row.begin();
    errors += best != own ? 1 : 0;
    loss -= row[own];
    confusion.rows[static_cast<std::size_t>(own)].values[static_cast<std::size_t>(best)] += 1;
    for (Index c = 0; c < row.size; ++c) probabilities->view()(i, c) = static_cast<float>(std::exp(row[c]));
  }
  for (const double square : state.squared_errors.values<double>()) sampling += square;
  const auto rows = static_cast<double>(all.rows);
  sampling = std::sqrt(sampling / rows / static_cast<double>(all.columns));
  out.set("table", Table{"classification error",
                         "",
                         {"error", "errors", "rows", "loss"},
                         {"%", "", "", "nats"},
                         {{"", {100 * errors / rows, errors, rows, loss / rows}}}});
  out.set("sampling", Table{"error of the probabilities", "", {"standard error"}, {""}, {{"", {sampling}}}});
  out.set("confusion", std::move(confusion));
  out.set("probabilities",
          stored_rows({all.rows, {{"features", all.columns, {}, PartSpec::Kind::real, {}}}}, {probabilities}));
}

void RegressionError::State::visit(Visitor& visitor) {
  visitor("done", done);
  visitor("means", means);
  visitor("squares", squares);
  visitor("sampling", sampling);
  visitor("variance", variance);
}

void RegressionError::describe(NodeType<RegressionError>& type) {
  type.says(
          "Regression by a model that shows features and a target: the target's mean given the features, by sampling "
          "the machine with the features clamped, and its squared error.")
      .cites("Ackley, Hinton, Sejnowski 1985")
      .input<Network>("model", "A model; one of its visible layers shows the target.")
      .input<Dataset>("data", "Features and targets.")
      .output<Table>("table",
                     "One row: mean over rows of the squared error (summed over the target's columns), the share of "
                     "the target's variance that is explained, and what of the error is due to sampling.")
      .output<Dataset>("predictions", "A row for each row of the data: the target's mean.")
      .random();
  type.parameter("target", &RegressionError::target).says("The part that holds the target.");
  ClampedMeans::describe(type);
}

void RegressionError::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_shown(model, data, "in.data", out);
  Index showing = 0, features = 0;
  for (const LayerSpec& layer : model.layers)
    if (layer.visible) ++(layer.part == target ? showing : features);
  if (showing != 1 || features == 0)
    out.problem("in.model",
                fmt::format("one of its visible layers must show '{}', the target, and others features", target));
  check(model, out);
  if (const PartSpec* part = data.find(target)) {
    PartSpec prediction = *part;
    prediction.name = "features";
    prediction.kind = PartSpec::Kind::real;
    prediction.classes.clear();
    out.set<Dataset>("predictions", {data.rows, {prediction}});
  }
}

RegressionError::State RegressionError::start(const Inputs& in, Context&) const {
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("the error of a prediction needs at least one row");
  State state;
  state.means = Tensor::of<double>({data.rows(), data.spec().part(target).width});
  for (const double deviation : summarise(data, data.part(target)).deviation) state.variance += deviation * deviation;
  return state;
}

bool RegressionError::advance(State& state, const Inputs& in, Context& context) const {
  const auto& model = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  if (state.done >= data.rows()) return false;
  const Index count = std::min(rows_at_once(), data.rows() - state.done);
  const View<double> means = state.means.view<double>().row_range(state.done, count);
  Tensor squared_errors = Tensor::of<double>({count, means.columns});
  Tensor wanted = Tensor::matrix(count, means.columns);
  find(model, class_layer(model, target), data, state.done, count, context.stream("targets"), means,
       squared_errors.view<double>());
  data.read(data.part(target), state.done, count, wanted.view());
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < means.columns; ++j) {
      const double off = means(i, j) - static_cast<double>(wanted.view()(i, j));
      state.squares += off * off;
      state.sampling += squared_errors.view<double>()(i, j);
    }
  state.done += count;
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
  return state.done < data.rows();
}

void RegressionError::finish(State& state, const Inputs& in, Outputs& out) const {
  const auto& data = in.get<Dataset>("data");
  const auto rows = static_cast<double>(data.rows());
  const double error = state.squares / rows;
  out.set(
      "table",
      Table{"prediction error",
            "",
            {"squared error", "explained", "sampling error", "rows"},
            {"", "%", "", ""},
            {{"", {error, state.variance > 0 ? 100 * (1 - error / state.variance) : 0, state.sampling / rows, rows}}}});
  const View<const double> means = std::as_const(state.means).view<double>();
  PartSpec prediction = data.spec().part(target);
  prediction.name = "features";
  prediction.kind = PartSpec::Kind::real;
  prediction.classes.clear();
  out.set("predictions", stored_rows({means.rows, {prediction}}, {std::make_shared<const Tensor>(state.means)}));
}

}  // namespace harmonium
