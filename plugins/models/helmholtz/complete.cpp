#include "complete.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/missing.hpp"
#include "harmonium/stored_rows.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {
namespace {

/// Proposals of all chains that are held in memory at once.
constexpr Index proposals_at_once = 2500;

/// A part that a model shows, and the layer of a top RBM that shows it; null for the lowest directed layer.
struct Part {
  std::string name;
  Index size;
  const Layer* layer;
};

std::vector<Part> parts_of(const HelmholtzMachine& machine) {
  return {{machine.part, machine.layer(0).size(), nullptr}};
}

std::vector<Part> parts_of(const DeepBeliefNet& net) {
  std::vector<Part> parts = parts_of(net.below);
  for (const Index l : Directed(net).classes())
    parts.push_back({net.top.layer(l).part, net.top.layer(l).size, &net.top.layer(l)});
  return parts;
}

/// Marks what is known of a row of the lowest layer. Throws BadData where binary units cannot show it.
void mark_known(Span<float> values, Span<std::uint8_t> known, Index row, const std::string& part) {
  for (Index j = 0; j < values.size; ++j) {
    known[j] = values[j] == values[j] ? 1 : 0;
    if (known[j] == 0) values[j] = 0;
    if (!(values[j] >= 0 && values[j] <= 1))
      throw BadData(
          fmt::format("row {}, column {} of '{}' is {}, but binary units show values from 0 to 1: put the "
                      "data through data.scale first",
                      row + 1, j + 1, part, values[j]));
  }
}

/// The same for a class, of which all or nothing is known.
void mark_known_class(const Layer& layer, Span<float> values, Span<std::uint8_t> known, Index row) {
  ColumnSummary alone;
  alone.rows = 1;
  Index count = 0;
  for (Index j = 0; j < values.size; ++j) {
    known[j] = values[j] == values[j] ? 1 : 0;
    count += known[j];
    alone.mean.push_back(static_cast<double>(values[j]));
    alone.minimum.push_back(static_cast<double>(values[j]));
    alone.maximum.push_back(static_cast<double>(values[j]));
    alone.deviation.push_back(0);
  }
  if (count == 0) {
    std::fill(values.begin(), values.end(), 0.0F);
  } else if (count < values.size) {
    throw BadData(
        fmt::format("row {}: of the columns of '{}', which are one class, some are missing; all or none may be",
                    row + 1, layer.part));
  } else {
    try {
      layer.units->check(alone.view());
    } catch (const BadData& refused) {
      throw BadData(fmt::format("row {} of '{}': {}", row + 1, layer.part, refused.what()));
    }
  }
}

const HelmholtzSpec& layers_of(const HelmholtzSpec& machine) { return machine; }
const HelmholtzSpec& layers_of(const DeepBeliefSpec& net) { return net.below; }

/// Notes what of the data does not fit the classes of the top RBM, or keeps its hidden units from being summed out.
void check_top(const HelmholtzSpec&, const DataSpec&, Specs&) {}
void check_top(const DeepBeliefSpec& net, const DataSpec& data, Specs& out) {
  check_hidden(net, out);
  for (const LayerSpec& layer : net.top.layers) {
    const PartSpec* part = layer.visible && layer.part != DeepBeliefNet::joint_part ? data.find(layer.part) : nullptr;
    if (part && part->width != layer.size)
      out.problem("in.data", fmt::format("the data's part '{}' has {} columns, but layer '{}' of the top RBM has {} "
                                         "units",
                                         part->name, part->width, layer.name, layer.size));
  }
}

/// Reads `count` rows from `first` on. Throws BadData where the model cannot show a known value.
std::vector<Given> read_given(const std::vector<Part>& parts, const Dataset& data, Index first, Index count) {
  std::vector<Given> given;
  for (const Part& part : parts) {
    given.push_back({Tensor::matrix(count, part.size), Tensor::of<std::uint8_t>({count, part.size})});
    if (!data.spec().find(part.name)) continue;
    const View<float> values = given.back().values.view();
    const View<std::uint8_t> known = given.back().known.view<std::uint8_t>();
    read_with_missing(data, data.part(part.name), first, count, values);
    for (Index i = 0; i < count; ++i)
      if (part.layer)
        mark_known_class(*part.layer, values.row(i), known.row(i), first + i);
      else
        mark_known(values.row(i), known.row(i), first + i, part.name);
  }
  return given;
}

DataSpec answer_spec(const HelmholtzSpec& machine, const DataSpec& data) {
  const PartSpec& asked = data.part(machine.part);
  return {data.rows,
          {{machine.part,
            asked.width,
            asked.shape.empty() ? machine.shape : asked.shape,
            PartSpec::Kind::real,
            {},
            asked.columns}}};
}

}  // namespace

template <class Model>
void Complete<Model>::State::visit(Visitor& visitor) {
  visitor("done", done);
  visitor("moved", moved);
  visitor("answer", *answer);
}

template <class Model>
void Complete<Model>::describe(NodeType<Complete>& type) {
  constexpr bool of_net = std::is_same_v<Model, DeepBeliefNet>;
  type.says(
          "Fills in what is missing of each row (nan), given what is known of it: with the expectation, which of a "
          "binary unit is its conditional probability, or with a draw. By chains in which known units are held and "
          "recognition proposes hidden layers, which are weighed, so that bad recognition costs time and not truth.")
      .cites("Andrieu, Doucet, Holenstein 2010; Andrieu, Lee, Vihola 2018")
      .random()
      .template input<Model>("model", of_net ? "The network." : "The machine.")
      .template input<Dataset>(
          "data", of_net ? "Rows with missing values; a class that they have is held." : "Rows with missing values.")
      .template output<Dataset>("data", "What the model shows of the same rows, whole.");
  type.parameter("give", &Complete::give)
      .one_of({"mean", "state"})
      .says("What stands in place of a missing value: its expectation or one draw.");
  type.parameter("chains", &Complete::chains)
      .at_least(1)
      .at_most(10'000)
      .unit("chains")
      .says("Chains of each row, averaged.");
  type.parameter("burn_in", &Complete::burn_in)
      .at_least(0)
      .unit("sweeps")
      .says("Sweeps of each chain before anything is averaged.");
  type.parameter("sweeps", &Complete::sweeps)
      .at_least(1)
      .unit("sweeps")
      .says("Sweeps of each chain that are averaged: of every one the expectations given the layer above.");
  type.parameter("proposals", &Complete::proposals)
      .at_least(1)
      .at_most(1000)
      .unit("draws")
      .says("Draws of the hidden layers by recognition in every sweep, of which one may be taken.");
}

template <class Model>
void Complete<Model>::outputs(const Specs& in, Specs& out) const {
  const typename Model::Spec& model = in.get<Model>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_part(layers_of(model), data, "in.data", out);
  check_top(model, data, out);
  if (data.find(layers_of(model).part)) out.set<Dataset>("data", answer_spec(layers_of(model), data));
}

template <class Model>
typename Complete<Model>::State Complete<Model>::start(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("the data have no rows");
  const HelmholtzMachine& machine = *Directed(in.get<Model>("model")).below;
  const Index shape[] = {data.rows(), machine.layer(0).size()};
  State state;
  *state.answer = context.on_disk("answer", Element::float32, {shape, 2});
  return state;
}

/// Some rows at work, and some of their chains.
template <class Model>
struct Complete<Model>::Work {
  std::vector<Given> given;
  Tensor sums;              ///< rows x size, of the means of all sweeps so far, in double
  Tensor drawn;             ///< rows x size: the states of the first chain of each row at the end
  Index lot = 0, done = 0;  ///< chains of each row that are done, and sweeps of those at work
  double moved = 0;
  std::unique_ptr<PosteriorChains> chains;
  Stream stream;
};

template <class Model>
bool Complete<Model>::advance(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const auto& model = in.get<Model>("model");
  const Index first = state.done, chains_at_once = std::max<Index>(1, proposals_at_once / proposals);
  const Index count = std::min(std::max<Index>(1, chains_at_once / chains), data.rows() - first);
  if (count == 0) return false;
  if (!state.work) {
    state.work = std::make_shared<Work>();
    state.work->given = read_given(parts_of(model), data, first, count);
    state.work->sums = Tensor::of<double>({count, state.answer->columns()});
    state.work->drawn = Tensor::matrix(count, state.answer->columns());
    state.work->stream = context.stream("chains").purpose("rows from " + std::to_string(first));
  }
  // As many sweeps as fit into a fifth of a second; how they are cut does not change what they draw.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
  while (state.work->lot < chains && std::chrono::steady_clock::now() < until)
    sweep(*state.work, model, std::min(chains_at_once, chains - state.work->lot));
  const double part = static_cast<double>(state.work->lot) / static_cast<double>(chains);
  context.progress(static_cast<double>(first) + part * static_cast<double>(count), static_cast<double>(data.rows()),
                   "rows");
  if (state.work->lot < chains) return true;
  const View<const float> values = std::as_const(state.work->given.front().values).view();
  const View<const std::uint8_t> known = state.work->given.front().known.template view<std::uint8_t>();
  const double all = static_cast<double>(chains) * static_cast<double>(sweeps);
  const View<float> answer = state.answer->view().row_range(first, count);
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < values.columns; ++j) {
      const float unknown = give == "mean" ? static_cast<float>(state.work->sums.template view<double>()(i, j) / all)
                                           : state.work->drawn.view()(i, j);
      answer(i, j) = known(i, j) != 0 ? values(i, j) : unknown;
    }
  state.moved += state.work->moved;
  state.work.reset();
  state.done += count;
  if (state.done < data.rows()) return true;
  // Where one state outweighs whatever is proposed, only heavier ones are taken: of 150 sweeps about ln 150.
  constexpr double few = 0.1;
  const double moved = state.moved / static_cast<double>(data.rows() * chains);
  if (Directed(model).below->size() > 1 && moved < few)
    context.warn(
        fmt::format("hidden layers moved in {:.2g} % of the sweeps, so that chains of a row may not have "
                    "forgotten where they began: more proposals or more chains may help",
                    100 * moved));
  return false;
}

template <class Model>
void Complete<Model>::sweep(Work& work, const Model& model, Index copies) const {
  // Chains of a row that are too many are run one lot after the other.
  if (!work.chains) {
    work.chains = std::make_unique<PosteriorChains>(Directed(model), work.given, copies, proposals,
                                                    work.stream.purpose("chains from " + std::to_string(work.lot)));
    work.done = 0;
  }
  work.chains->sweep();
  if (++work.done > burn_in) {
    const View<const float> mean = work.chains->mean();
    for (Index i = 0; i < mean.rows; ++i) {
      double* __restrict sum = work.sums.template view<double>().row(i / copies).data;
      const float* __restrict from = mean.row(i).data;
      for (Index j = 0; j < mean.columns; ++j) sum[j] += static_cast<double>(from[j]);
    }
  }
  if (work.done < burn_in + sweeps) return;
  const View<const float> states = work.chains->state();
  for (Index i = 0; i < work.drawn.rows() && work.lot == 0; ++i)
    std::copy_n(states.row(i * copies).data, states.columns, work.drawn.view().row(i).data);
  work.moved += work.chains->moved() * static_cast<double>(states.rows);
  work.lot += copies;
  work.chains.reset();
}

template <class Model>
void Complete<Model>::finish(State& state, const Inputs& in, Outputs& out) const {
  DataSpec spec = answer_spec(layers_of(in.get<Model>("model").spec()), in.get<Dataset>("data").spec());
  spec.rows = state.done;
  out.set("data", stored_rows(std::move(spec), {state.answer}));
}

template struct Complete<HelmholtzMachine>;
template struct Complete<DeepBeliefNet>;

}  // namespace harmonium::helmholtz
