#include "complete.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "harmonium/errors.hpp"
#include "harmonium/missing.hpp"
#include "harmonium/stored_rows.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {
namespace {

/// Proposals of all chains that are held in memory at once.
constexpr Index proposals_at_once = 2500;

/// A part that a model shows, and how many of its columns are one unit, of which all or none are known.
struct Part {
  std::string name;
  Index size, block;
};

std::vector<Part> parts_of(const HelmholtzMachine& machine) { return {{machine.part, machine.layer(0).size(), 1}}; }

std::vector<Part> parts_of(const DeepBeliefNet& net) {
  std::vector<Part> parts = parts_of(net.below);
  for (const Index l : Directed(net).classes()) {
    const Layer& layer = net.top.layer(l);
    parts.push_back({layer.part, layer.size, layer.units->block(layer.size)});
  }
  return parts;
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

/// Reads `count` rows from `first` on. Throws BadData where a known value is none that binary units show.
std::vector<Given> read_given(const std::vector<Part>& parts, const Dataset& data, Index first, Index count) {
  std::vector<Given> given;
  for (const Part& part : parts) {
    given.push_back({Tensor::matrix(count, part.size), Tensor::of<std::uint8_t>({count, part.size})});
    if (!data.spec().find(part.name)) continue;
    const View<float> values = given.back().values.view();
    const View<std::uint8_t> known = given.back().known.view<std::uint8_t>();
    read_with_missing(data, data.part(part.name), first, count, values);
    for (Index i = 0; i < count; ++i)
      for (Index j = 0; j < part.size; ++j) {
        float& value = values(i, j);
        known(i, j) = value == value ? 1 : 0;
        if (known(i, j) == 0) value = 0;
        if (!(value >= 0 && value <= 1))
          throw BadData(
              fmt::format("row {}, column {} of '{}' is {}, but binary units show values from 0 to 1: put "
                          "the data through data.scale first",
                          first + i + 1, j + 1, part.name, value));
        if (known(i, j) != known(i, j - j % part.block))
          throw BadData(
              fmt::format("row {}: of the columns of '{}', which are one unit of {} states, some are missing; "
                          "all or none may be",
                          first + i + 1, part.name, part.block));
      }
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

template <class Model>
bool Complete<Model>::advance(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const auto& model = in.get<Model>("model");
  const Index first = state.done, chains_at_once = std::max<Index>(1, proposals_at_once / proposals);
  const Index count = std::min(std::max<Index>(1, chains_at_once / chains), data.rows() - first);
  if (count == 0) return false;
  const std::vector<Given> given = read_given(parts_of(model), data, first, count);
  const View<const float> values = std::as_const(given.front().values).view();
  const View<const std::uint8_t> known = given.front().known.view<std::uint8_t>();
  const Stream stream = context.stream("chains").purpose("rows from " + std::to_string(first));
  Tensor sums = Tensor::of<double>({count, values.columns}), drawn = Tensor::matrix(count, values.columns);
  // Chains of a row that are too many are run one lot after the other.
  for (Index lot = 0; lot < chains; lot += chains_at_once) {
    const Index copies = std::min(chains_at_once, chains - lot);
    PosteriorChains moving(Directed(model), given, copies, proposals,
                           stream.purpose("chains from " + std::to_string(lot)));
    for (Index s = 0; s < burn_in; ++s) moving.sweep();
    for (Index s = 0; s < sweeps; ++s) {
      moving.sweep();
      const View<const float> mean = moving.mean();
      for (Index i = 0; i < mean.rows; ++i) {
        double* __restrict sum = sums.view<double>().row(i / copies).data;
        const float* __restrict from = mean.row(i).data;
        for (Index j = 0; j < mean.columns; ++j) sum[j] += static_cast<double>(from[j]);
      }
    }
    for (Index i = 0; i < count && lot == 0; ++i)
      std::copy_n(moving.state().row(i * copies).data, values.columns, drawn.view().row(i).data);
    state.moved += moving.moved() * static_cast<double>(count * copies);
  }
  const double all = static_cast<double>(chains) * static_cast<double>(sweeps);
  const View<float> answer = state.answer->view().row_range(first, count);
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < values.columns; ++j) {
      const float unknown = give == "mean" ? static_cast<float>(sums.view<double>()(i, j) / all) : drawn.view()(i, j);
      answer(i, j) = known(i, j) != 0 ? values(i, j) : unknown;
    }
  state.done += count;
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
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
void Complete<Model>::finish(State& state, const Inputs& in, Outputs& out) const {
  DataSpec spec = answer_spec(layers_of(in.get<Model>("model").spec()), in.get<Dataset>("data").spec());
  spec.rows = state.done;
  out.set("data", stored_rows(std::move(spec), {state.answer}));
}

template struct Complete<HelmholtzMachine>;
template struct Complete<DeepBeliefNet>;

}  // namespace harmonium::helmholtz
