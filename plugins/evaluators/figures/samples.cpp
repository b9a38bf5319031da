#include "samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "harmonium/bottom_up.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/kept_states.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/stored_rows.hpp"
#include "sheet.hpp"

namespace harmonium::figures {
namespace {

void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

/// Rows drawn at random, each as likely as any other.
std::vector<Index> random_rows(const Stream& stream, Index count, Index of) {
  std::vector<Index> rows;
  for (Index i = 0; i < count; ++i)
    rows.push_back(static_cast<Index>(
        uniform_integer(stream.rows_from(static_cast<std::uint64_t>(i)), static_cast<std::uint64_t>(of))));
  return rows;
}

/// The ends of the chains in a visible layer of the lowest model, after Stack::down(): means, but states of units that
/// are joined to each other, of which no mean given the others makes a picture of all at once.
View<const float> end_of(Stack& stack, Index layer) {
  const Chains::Layer& chains = stack.bottom_chains()[layer];
  return stack.bottom().joined_within(layer) ? chains.state : chains.mean;
}

}  // namespace

void SamplesFigure::State::visit(Visitor& visitor) {
  visitor("done", done);
  visitor("chains", chains);
  visitor("picture", picture);
  visitor("ends", ends);
  visitor("key", stream.key);
}

void SamplesFigure::describe(NodeType<SamplesFigure>& type) {
  type.says(
          "What a model dreams: independent chains run in it, each drawn at its end as the means of the visible units, "
          "or, where they are joined to each other, as their states. Of a stack the chains run in the highest model "
          "and their ends pass down by means.")
      .random()
      .version(3)
      .list_input<Network>("model", "A model, or the models of a stack, the lowest first.")
      .optional_input<Dataset>("data",
                               "Chains start from random rows of it; without it, from a draw of every visible "
                               "unit by itself, at its bias.")
      .output<File>("figure", "NODE.png")
      .output<Dataset>("data", "The ends of the chains, a row each: the means of the visible units, or their states.");
  type.parameter("sampler", &SamplesFigure::sampler).says("How chains move.");
  type.parameter("sweeps", &SamplesFigure::sweeps).at_least(1).extends().unit("sweeps").says("Sweeps of every chain.");
  type.parameter("rows", &SamplesFigure::rows).at_least(1).at_most(40).says("Rows of the figure.");
  type.parameter("columns", &SamplesFigure::columns)
      .at_least(1)
      .at_most(40)
      .says("Columns of the figure; rows times columns chains are run.");
  type.parameter("clamped", &SamplesFigure::clamped)
      .says(
          "The part whose one-of-K layer is held throughout, every row of the figure at a class of its own, beginning "
          "again after the last: samples of each class.");
  type.parameter("title", &SamplesFigure::title).says("The figure's title.");
}

void SamplesFigure::outputs(const Specs& inputs, Specs& outputs) const {
  check_stack(inputs, "model", outputs);
  if (inputs.has("data")) check_shown(inputs.get<Network>("model", 0), inputs.get<Dataset>("data"), "in.data", outputs);
  if (const Law law = sampler->law(); law == Law::descent || law == Law::moments)
    outputs.problem("with.sampler", fmt::format("{} {}, so it gives no samples", sampler.type(),
                                                law == Law::descent ? "goes down in energy" : "returns means"));
  const Index models = inputs.count("model");
  if (models == 0) return;
  outputs.set<Dataset>(
      "data", ends_of(inputs.get<Network>("model", 0), inputs.has("data") ? &inputs.get<Dataset>("data") : nullptr));
  const ModelSpec& top = inputs.get<Network>("model", models - 1);
  check_sampler(sampler, top, "with.sampler", outputs);
  if (clamped.empty()) return;
  Index showing = 0, others = 0;
  for (const LayerSpec& layer : top.layers)
    if (layer.visible) ++(layer.part == clamped ? showing : others);
  if (showing != 1 || others == 0)
    outputs.problem("with.clamped",
                    fmt::format("{} of the model's {} visible layers show '{}'; one must, beside others to be drawn",
                                showing, showing + others, clamped));
}

Index SamplesFigure::held_layer(const Network& top) const {
  if (clamped.empty()) return -1;
  for (const Index l : top.visible())
    if (top.layer(l).part == clamped) return l;
  throw BadData(fmt::format("no layer of the model shows '{}'", clamped));
}

DataSpec SamplesFigure::ends_of(const ModelSpec& lowest, const DataSpec* data) const {
  DataSpec spec{rows * columns, {}};
  for (const LayerSpec& layer : lowest.layers) {
    if (!layer.visible) continue;
    spec.parts.push_back({layer.part, layer.size, layer.shape, PartSpec::Kind::real, {}});
    const PartSpec* shown = data ? data->find(layer.part) : nullptr;
    // What is held is known to be one of the classes, whose names only data know.
    if (layer.part == clamped && shown && shown->kind == PartSpec::Kind::category) spec.parts.back() = *shown;
  }
  return spec;
}

SamplesFigure::State SamplesFigure::start(const Inputs& inputs, Context& context) const {
  State state;
  state.stream = context.stream("chains");
  state.live = std::make_shared<Stack>(inputs, "model", rows * columns, Stack::Top::is_sampled);
  Stack& stack = *state.live;
  const Network& top = stack.top();
  Chains& chains = stack.top_chains();
  const Stream begin = state.stream.purpose("start");
  if (inputs.has("data")) {
    const auto& data = inputs.get<Dataset>("data");
    if (data.rows() == 0) throw BadData("chains cannot start from data without rows");
    stack.show(data, random_rows(begin, rows * columns, data.rows()));
    stack.up();
  } else {
    // Hidden states are zero now, so that nothing but their biases moves the visible units.
    for (const Index l : top.visible()) update_layer(top, l, chains, begin.purpose(top.layer(l).name), Draw::sample);
  }
  if (const Index held = held_layer(top); held >= 0) {
    const View<float> classes = chains[held].state;
    for (Index i = 0; i < classes.rows; ++i)
      for (Index c = 0; c < classes.columns; ++c) classes(i, c) = i / columns % classes.columns == c ? 1.0F : 0.0F;
  }
  // The sampler begins with the visible layers: they must be driven by a draw of the hidden ones, not by means.
  if (top.hidden_independent()) {
    for (const Index l : top.hidden()) update_layer(top, l, chains, begin.purpose(top.layer(l).name), Draw::sample);
  } else {
    std::vector<std::uint8_t> shown;
    for (const Layer& layer : top.layers()) shown.push_back(layer.visible ? 1 : 0);
    bottom_up(top, chains, shown, begin, Draw::sample);
  }
  state.moving = chains_for(top);
  for (Index l = 0; l < top.size(); ++l) {
    const View<float> all = (*state.moving)[l].state;
    copy(chains[l].state, all.row_range(0, rows * columns));
  }
  state.moving->replicate(sampler->replicas());
  keep_states(*state.moving, state.chains);
  return state;
}

bool SamplesFigure::advance(State& state, const Inputs& inputs, Context& context) const {
  if (state.done >= sweeps) return false;
  if (!state.live) {
    state.live = std::make_shared<Stack>(inputs, "model", rows * columns, Stack::Top::is_sampled);
    state.moving = chains_for(state.live->top());
    take_states(state.chains, *state.moving);
  }
  Stack& stack = *state.live;
  const Index held = held_layer(stack.top());
  std::vector<std::uint8_t> flags(static_cast<std::size_t>(stack.top().size()), 0);
  if (held >= 0) flags[static_cast<std::size_t>(held)] = 1;
  // As many sweeps as fit into a fifth of a second; how they are cut does not change what they draw.
  const auto begin = std::chrono::steady_clock::now();
  while (state.done < sweeps && std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(200)) {
    Request request;
    request.stream = state.stream.at(static_cast<std::uint64_t>(state.done));
    if (held >= 0) request.held = flags;
    sampler->sweep(stack.top(), *state.moving, request);
    ++state.done;
  }
  keep_states(*state.moving, state.chains);
  context.progress(static_cast<double>(state.done), static_cast<double>(sweeps), "sweeps");
  for (Index l = 0; l < stack.top().size(); ++l)
    copy((*state.moving)[l].state.row_range(0, rows * columns), stack.top_chains()[l].state);
  if (state.done == sweeps) {
    state.picture = draw(stack, inputs.has("data"));
    state.ends.clear();
    for (const Index l : stack.bottom().visible()) {
      const bool is_held = !clamped.empty() && stack.bottom().layer(l).part == clamped;
      const View<const float> end = is_held ? View<const float>(stack.bottom_chains()[l].state) : end_of(stack, l);
      state.ends.push_back(Tensor::matrix(end.rows, end.columns));
      copy(end, state.ends.back().view());
    }
  }
  return state.done < sweeps;
}

std::shared_ptr<Chains> SamplesFigure::chains_for(const Network& top) const {
  auto chains = std::make_shared<Chains>(top, rows * columns * sampler->replicas());
  chains->prepare(top);
  return chains;
}

Tensor SamplesFigure::draw(Stack& stack, bool from_data) const {
  stack.down();
  const Index pictured = pictured_layer(stack.bottom());
  const bool states = stack.bottom().joined_within(pictured);
  const View<const float> shown = end_of(stack, pictured);
  std::vector<Tile> tiles;
  for (Index i = 0; i < rows * columns; ++i)
    tiles.push_back(make_tile(shown.row(i), stack.bottom().layer(pictured).shape));
  Sheet sheet;
  sheet.title = title.empty() ? "Samples" : title;
  sheet.notes.push_back(fmt::format("{} chains after {} sweeps of {}, begun from {}", rows * columns, sweeps,
                                    sampler.type(), from_data ? "data" : "independent units"));
  if (!clamped.empty()) sheet.notes.push_back(fmt::format("'{}' is held, in every row at a class of its own", clamped));
  if (stack.size() > 1) sheet.notes.push_back(fmt::format("in layer {}, then down by means", stack.size()));
  add_certificate(sheet, stack.top());
  sheet.panels.push_back({"", bands_of(std::move(tiles), columns)});
  sheet.scale = picture_scale(sheet.panels);
  sheet.scale_says = states ? "state of the visible units" : "mean of the visible units";
  return sheet.draw().bytes;
}

void SamplesFigure::finish(State& state, const Inputs& inputs, Outputs& outputs) const {
  outputs.set("figure", File{"png", state.picture});
  std::vector<std::shared_ptr<const Tensor>> parts;
  const DataSpec spec = ends_of(inputs.get<Network>("model", 0).spec(),
                                inputs.has("data") ? &inputs.get<Dataset>("data").spec() : nullptr);
  for (std::size_t p = 0; p < spec.parts.size() && p < state.ends.size(); ++p) {
    auto part = std::make_shared<Tensor>(state.ends[p]);
    if (spec.parts[p].kind == PartSpec::Kind::category) {
      // A category is stored by the number of its class.
      *part = Tensor::of<std::int64_t>({state.ends[p].rows()});
      for (Index i = 0; i < state.ends[p].rows(); ++i) {
        const Span<const float> row = std::as_const(state.ends[p]).view().row(i);
        part->data<std::int64_t>()[i] = std::max_element(row.begin(), row.end()) - row.begin();
      }
    }
    parts.push_back(std::move(part));
  }
  outputs.set("data", stored_rows(spec, std::move(parts)));
}

}  // namespace harmonium::figures
