#include "complete.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harmonium/errors.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// Blocks of rows draw for themselves, and are the same however the work is cut.
Stream stream_of(Context& context, Index first) {
  return context.stream("chains").purpose("rows from " + std::to_string(first));
}

}  // namespace

void CompleteQuestion::describe(NodeType<CompleteQuestion>& type) {
  type.says(
          "Fills in what is missing of each row (nan), given what is known of it: with the expectation, which of a "
          "binary unit or one of K is its conditional probability, or with a draw. Every row may lack other values, "
          "and "
          "a part that the data do not have is missing altogether. Exact where few units are unknown, see 'enumerate'; "
          "else by chains in which known units are held.")
      .cites("Hinton, Sejnowski 1986; Gelfand, Smith 1990")
      .version(2)
      .random()
      .input<Network>("model", "Any model that can be sampled.")
      .input<Dataset>("data", "Rows with missing values; parts that the model does not show are carried along.")
      .output<Dataset>("data", "The same rows, whole: a part for each visible layer of the model.");
  type.parameter("give", &CompleteQuestion::give)
      .one_of({"mean", "state"})
      .says("What stands in place of a missing value: its expectation or one draw.");
  Conditioning::describe<CompleteQuestion>(type);
}

void CompleteQuestion::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_some_shown(model, data, "in.data", out);
  check(model, out);
  out.set<Dataset>("data", answer_spec(model, &data, data.rows));
}

CompleteQuestion::State CompleteQuestion::start(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const auto& model = in.get<Network>("model");
  if (data.rows() == 0) throw BadData("the data have no rows");
  check_known(model, data);
  return Answer::of(model, data.rows(), context);
}

bool CompleteQuestion::advance(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const auto& model = in.get<Network>("model");
  const Index count = std::min(rows_at_a_time(*this), data.rows() - state.done);
  if (count == 0) return false;
  Conditional found =
      condition(model, read_shown(model, data, state.done, count), *this, stream_of(context, state.done));
  state.add(give == "mean" ? found.means : found.states);
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
  return state.done < data.rows();
}

void CompleteQuestion::finish(State& state, const Inputs& in, Outputs& out) const {
  out.set("data", answer_data(in.get<Network>("model"), &in.get<Dataset>("data"), state));
}

void ClassifyQuestion::describe(NodeType<ClassifyQuestion>& type) {
  type.says(
          "The probability of each class given the features, p(label | features): what the data say of the label is "
          "not looked at, and features may be missing. Exact where hidden units are independent; else by chains.")
      .cites("Larochelle, Bengio 2008")
      .version(3)
      .random()
      .input<Network>("model", "A model with a visible layer of one-of-K units for the label.")
      .input<Dataset>("data", "The features; a label among them gives the classes their names.")
      .output<Table>("table", "A row for each row, named by its likeliest class: the probability of each.");
  type.parameter("part", &ClassifyQuestion::part).says("The part that the layer of the label shows.");
  Conditioning::describe<ClassifyQuestion>(type);
}

void ClassifyQuestion::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  Index labels = 0;
  bool features = false;
  for (const LayerSpec& layer : model.layers) {
    if (!layer.visible) continue;
    if (layer.part == part)
      ++labels;
    else
      features = features || data.find(layer.part);
  }
  if (labels != 1)
    out.problem("in.model",
                fmt::format("{} visible layers of the model show '{}'; one must, as its label", labels, part));
  if (!features) out.problem("in.data", "the data have no features that the model shows");
  check_some_shown(model, data, "in.data", out);
  check(model, out);
}

Outputs ClassifyQuestion::run(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const auto& model = in.get<Network>("model");
  if (data.rows() == 0) throw BadData("the data have no rows");
  check_known(model, data);
  std::size_t label = 0;
  while (model.layer(model.visible()[label]).part != part) ++label;
  const Layer& layer = model.layer(model.visible()[label]);
  demand_classes(layer);
  const PartSpec* named = data.spec().find(part);
  std::vector<std::string> names = named ? named->classes : std::vector<std::string>{};
  for (auto c = static_cast<Index>(names.size()); c < layer.size; ++c) names.push_back(std::to_string(c));
  Table table{"classes", "class", {}, {}, {}};
  for (const std::string& name : names) {
    table.columns.push_back("p(" + name + ")");
    table.units.emplace_back();
  }
  while (static_cast<Index>(table.rows.size()) < data.rows()) {
    const auto first = static_cast<Index>(table.rows.size());
    const Index count = std::min(rows_at_a_time(*this), data.rows() - first);
    const Conditional found =
        condition(model, read_shown(model, data, first, count, part), *this, stream_of(context, first));
    for (Index i = 0; i < count; ++i) {
      const Span<const float> p = found.means[label].view().row(i);
      const auto best = std::max_element(p.begin(), p.end()) - p.begin();
      table.rows.push_back({names[static_cast<std::size_t>(best)], {p.begin(), p.end()}});
      // Where no unit may be on, too, the states are compared that have one on.
      std::vector<double>& values = table.rows.back().values;
      const double one_on = std::accumulate(values.begin(), values.end(), 0.0);
      for (double& value : values) value /= one_on;
    }
    context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium
