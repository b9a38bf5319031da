#include "generate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "harmonium/bottom_up.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"

namespace harmonium {
namespace {

constexpr Index rows_drawn_at_once = 100;

std::vector<Index> all_rows(Index count) {
  std::vector<Index> rows;
  for (Index i = 0; i < count; ++i) rows.push_back(i);
  return rows;
}

/// Where chains are now. Of units that are joined to each other no means given the others make one row, so these give
/// their states; what was known stays.
std::vector<Tensor> ends_of(const Network& model, const ClampedChains& chains, const ShownRows& held, bool means) {
  std::vector<Tensor> ends = held.values;
  const std::vector<Index> visible = model.visible();
  for (std::size_t v = 0; v < visible.size(); ++v) {
    const View<const float> end = means && !model.joined_within(visible[v]) ? chains.mean(v) : chains.state(v);
    for (Index i = 0; i < end.rows; ++i)
      for (Index j = 0; j < end.columns; ++j)
        if (held.known[v].view<std::uint8_t>()(i, j) == 0) ends[v].view()(i, j) = end(i, j);
  }
  return ends;
}

/// Passes up and down by means: mean-field updates of one colour of layers after another, the hidden ones first.
std::vector<Tensor> by_means(const Network& model, const ShownRows& shown, Index passes, double temperature) {
  Chains chains(model, shown.rows());
  chains.prepare(model, 1 / temperature);
  std::vector<std::uint8_t> held;
  for (const Layer& layer : model.layers()) held.push_back(layer.visible ? 1 : 0);
  const std::vector<Index> visible = model.visible();
  for (std::size_t v = 0; v < visible.size(); ++v)
    std::copy_n(shown.values[v].data<float>(), shown.values[v].size(), chains[visible[v]].state.data);
  bottom_up(model, chains, held, Stream{}, Draw::mean);
  for (Index pass = 0; pass < passes; ++pass) {
    if (pass > 0)
      for (const std::vector<Index>& colour : model.colours())
        for (const Index l : colour)
          if (!model.layer(l).visible) update_layer(model, l, chains, Stream{}, Draw::mean);
    for (const Index l : visible) update_layer(model, l, chains, Stream{}, Draw::mean);
  }
  std::vector<Tensor> means = shown.values;
  for (std::size_t v = 0; v < visible.size(); ++v)
    for (Index i = 0; i < shown.rows(); ++i)
      std::copy_n(chains[visible[v]].state.row(i).data, means[v].columns(), means[v].view().row(i).data);
  return means;
}

}  // namespace

void GenerateQuestion::describe(NodeType<GenerateQuestion>& type) {
  type.says(
          "Draws rows from a model: each the end of a chain of its own, which begins with a draw of every visible unit "
          "by itself. A class may be held, so that all rows are of it.")
      .random()
      .input<Network>("model", "Any model that can be sampled.")
      .output<Dataset>("data", "The rows: a part for each visible layer.");
  type.parameter("count", &GenerateQuestion::count).at_least(1).at_most(1e7).unit("rows").says("How many.");
  type.parameter("sweeps", &GenerateQuestion::sweeps).at_least(1).unit("sweeps").says("Sweeps of every chain.");
  Drawing::describe<GenerateQuestion>(type);
  type.parameter("give", &GenerateQuestion::give)
      .one_of({"mean", "state"})
      .says(
          "What a row is: the expectations of its units given the others, or their states; of units that are joined to "
          "each other always states.");
  type.parameter("class", &GenerateQuestion::of_class)
      .says("The class that is held: any (none is held), each (in turn), or its number from 0.");
  type.parameter("part", &GenerateQuestion::part).says("The part that the layer of classes shows.");
}

void GenerateQuestion::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  check(model, out);
  out.set<Dataset>("data", answer_spec(model, nullptr, count));
  if (of_class == "any") return;
  const auto layer = std::find_if(model.layers.begin(), model.layers.end(),
                                  [&](const LayerSpec& each) { return each.visible && each.part == part; });
  if (layer == model.layers.end())
    return out.problem("with.class", fmt::format("no visible layer of the model shows '{}'", part));
  Index number = 0;
  const auto [end, error] = std::from_chars(of_class.data(), of_class.data() + of_class.size(), number);
  const bool whole = error == std::errc() && end == of_class.data() + of_class.size();
  if (of_class != "each" && (!whole || number < 0 || number >= layer->size))
    out.problem("with.class",
                fmt::format("any, each, or a number from 0 to {} is expected, got '{}'", layer->size - 1, of_class));
}

Index GenerateQuestion::class_of(Index row, Index classes) const {
  if (of_class == "any") return -1;
  return of_class == "each" ? row % classes : std::stoll(of_class);
}

GenerateQuestion::State GenerateQuestion::start(const Inputs& in, Context& context) const {
  return Answer::of(in.get<Network>("model"), count, context);
}

bool GenerateQuestion::advance(State& state, const Inputs& in, Context& context) const {
  const auto& model = in.get<Network>("model");
  const Index now = std::min(rows_drawn_at_once, count - state.done);
  if (now == 0) return false;
  ShownRows shown = unknown_rows(model, now);
  const std::vector<Index> visible = model.visible();
  for (std::size_t v = 0; v < visible.size() && of_class != "any"; ++v) {
    const Layer& layer = model.layer(visible[v]);
    if (layer.part != part) continue;
    demand_classes(layer);
    for (Index i = 0; i < now; ++i) {
      shown.values[v].view()(i, class_of(state.done + i, layer.size)) = 1;
      std::fill_n(shown.known[v].view<std::uint8_t>().row(i).data, layer.size, std::uint8_t{1});
    }
  }
  const Stream stream = context.stream("chains").purpose("rows from " + std::to_string(state.done));
  ClampedChains chains(model, shown, all_rows(now), 1, *this, stream);
  for (Index s = 0; s < sweeps; ++s) chains.sweep();
  state.add(ends_of(model, chains, shown, give == "mean"));
  context.progress(static_cast<double>(state.done), static_cast<double>(count), "rows");
  return state.done < count;
}

void GenerateQuestion::finish(State& state, const Inputs& in, Outputs& out) const {
  out.set("data", answer_data(in.get<Network>("model"), nullptr, state));
}

void DenoiseQuestion::describe(NodeType<DenoiseQuestion>& type) {
  type.says(
          "Moves rows towards what the model holds likely, beginning with the rows themselves: a few sweeps take noise "
          "away, many forget the row.")
      .random()
      .input<Network>("model", "Any model that can be sampled.")
      .input<Dataset>("data", "Rows without missing values; parts that the model does not show are carried along.")
      .output<Dataset>("data", "The same rows, with what the model shows replaced.");
  type.parameter("sweeps", &DenoiseQuestion::sweeps)
      .at_least(1)
      .unit("sweeps")
      .says("Updates of all hidden layers and of the visible ones.");
  type.parameter("by", &DenoiseQuestion::by)
      .one_of({"means", "draws"})
      .says("Whether units pass on their means, as in a mean field, or states drawn by the sampler.");
  type.parameter("give", &DenoiseQuestion::give)
      .one_of({"mean", "state"})
      .says("Of rows that are drawn: the expectations of units given the others at the end, or their states.");
  Drawing::describe<DenoiseQuestion>(type);
}

void DenoiseQuestion::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_shown(model, data, "in.data", out);
  check(model, out);
  out.set<Dataset>("data", answer_spec(model, &data, data.rows));
}

DenoiseQuestion::State DenoiseQuestion::start(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const auto& model = in.get<Network>("model");
  if (data.rows() == 0) throw BadData("the data have no rows");
  check_known(model, data);
  return Answer::of(model, data.rows(), context);
}

bool DenoiseQuestion::advance(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const auto& model = in.get<Network>("model");
  const Index count = std::min(rows_drawn_at_once, data.rows() - state.done);
  if (count == 0) return false;
  ShownRows shown = unknown_rows(model, count);
  const std::vector<Index> visible = model.visible();
  for (std::size_t v = 0; v < visible.size(); ++v)
    data.read(data.part(model.layer(visible[v]).part), state.done, count, shown.values[v].view());
  if (by == "means") {
    state.add(by_means(model, shown, sweeps, temperature));
  } else {
    const ShownRows nothing = unknown_rows(model, count);
    for (Tensor& known : shown.known) std::fill_n(known.data<std::uint8_t>(), known.size(), std::uint8_t{1});
    const Stream stream = context.stream("chains").purpose("rows from " + std::to_string(state.done));
    ClampedChains chains(model, shown, all_rows(count), 1, *this, stream, false);
    for (Index s = 0; s < sweeps; ++s) chains.sweep();
    state.add(ends_of(model, chains, nothing, give == "mean"));
  }
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
  return state.done < data.rows();
}

void DenoiseQuestion::finish(State& state, const Inputs& in, Outputs& out) const {
  out.set("data", answer_data(in.get<Network>("model"), &in.get<Dataset>("data"), state));
}

}  // namespace harmonium
