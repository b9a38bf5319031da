#include "class_samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "activity.hpp"
#include "harmonium/class_posterior.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/kept_states.hpp"
#include "harmonium/stored_rows.hpp"

namespace harmonium::helmholtz {
namespace {

Index classes_of(const ModelSpec& top, const std::string& label) {
  for (const LayerSpec& layer : top.layers)
    if (layer.visible && layer.part == label) return layer.size;
  return 0;
}

}  // namespace

void ClassSamples::State::visit(Visitor& visitor) {
  visitor("done", done);
  visitor("chains", chains);
  visitor("drawn", drawn);
}

void ClassSamples::describe(NodeType<ClassSamples>& type) {
  type.says(
          "What a deep belief network dreams of each class: chains run in its top RBM with the class held, from what "
          "is recognised of any rows of the data, and one pass of draws goes down from where they end.")
      .cites("Hinton, Osindero, Teh 2006")
      .input<DeepBeliefNet>("model", "The network.")
      .input<Dataset>("data",
                      "Data that it was trained on: the names of the classes, and rows of any of them at which "
                      "chains begin.")
      .output<Dataset>("data", "The samples, class after class, with the class that was held.")
      .version(2)
      .random();
  type.parameter("each", &ClassSamples::each).at_least(1).at_most(1e6).unit("rows").says("Samples of each class.");
  type.parameter("sweeps", &ClassSamples::sweeps).at_least(1).extends().unit("sweeps").says("Sweeps of every chain.");
  type.parameter("label", &ClassSamples::label).says("The part that holds the classes.");
  type.parameter("values", &ClassSamples::values)
      .one_of({"means", "states"})
      .says("Of the lowest layer: its means given the layer above, which make smoother pictures, or its states.");
  type.parameter("sampler", &ClassSamples::sampler)
      .says("How chains move; it must leave the top's distribution unchanged.");
}

DataSpec ClassSamples::data_of(const DeepBeliefSpec& net, const DataSpec& named) const {
  const Index classes = classes_of(net.top, label);
  DataSpec spec{each * classes, {{net.below.part, net.below.sizes.at(0), net.below.shape, PartSpec::Kind::real, {}}}};
  if (const PartSpec* part = named.find(label)) spec.parts.push_back(*part);
  return spec;
}

void ClassSamples::outputs(const Specs& in, Specs& out) const {
  const DeepBeliefSpec& net = in.get<DeepBeliefNet>("model");
  const DataSpec& data = in.get<Dataset>("data");
  check_classes(net.top, data, label, "data", out);
  const PartSpec* named = data.find(label);
  if (!named)
    out.problem("in.data", fmt::format("the data have no part '{}' of classes", label));
  else if (const Index classes = classes_of(net.top, label); classes > 0 && named->width != classes)
    out.problem("in.data", fmt::format("'{}' has {} classes, but the model {}", label, named->width, classes));
  if (sampler->law() != Law::invariant)
    out.problem("with.sampler", fmt::format("{} does not leave the top's distribution unchanged", sampler.type()));
  else
    check_sampler(sampler, net.top, "with.sampler", out);
  if (!net.below.sizes.empty()) out.set<Dataset>("data", data_of(net, data));
}

ClassSamples::State ClassSamples::start(const Inputs& in, Context& context) const {
  const auto& net = in.get<DeepBeliefNet>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows");
  const Network& top = net.top;
  const Index classes = class_layer(top, label), rows = each * top.layer(classes).size;
  State state;
  state.moving = Chains(top, rows * sampler->replicas());
  state.moving.prepare(top);
  const Stream stream = context.stream("chains").purpose("start");
  for (Index l = 0; l < top.size(); ++l) draw_alone(top, l, state.moving, stream.purpose(top.layer(l).name));
  // Anywhere else chains of the top would stay long where no data are.
  Activity activity(net.below, rows);
  activity.rows(rows);
  std::vector<Index> chosen(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < chosen.size(); ++i)
    chosen[i] = static_cast<Index>(
        uniform_integer(stream.purpose("rows").rows_from(i), static_cast<std::uint64_t>(data.rows())));
  data.read(data.part(net.below.part), chosen, activity.state(0));
  activity.recognise(net.below, stream.purpose("recognised"));
  copy(activity.state(net.below.size() - 1), state.moving[net.joint()].state.row_range(0, rows));
  const View<float> held = state.moving[classes].state;
  for (Index i = 0; i < rows; ++i)
    for (Index c = 0; c < held.columns; ++c) held(i, c) = i / each == c ? 1.0F : 0.0F;
  state.moving.replicate(sampler->replicas());
  keep_states(state.moving, state.chains);
  return state;
}

bool ClassSamples::advance(State& state, const Inputs& in, Context& context) const {
  const auto& net = in.get<DeepBeliefNet>("model");
  if (state.done >= sweeps) return false;
  const Stream stream = context.stream("chains");
  const Index classes = class_layer(net.top, label), rows = each * net.top.layer(classes).size;
  if (state.moving.rows() == 0) {
    state.moving = Chains(net.top, rows * sampler->replicas());
    state.moving.prepare(net.top);
    take_states(state.chains, state.moving);
  }
  std::vector<std::uint8_t> held(static_cast<std::size_t>(net.top.size()), 0);
  held[static_cast<std::size_t>(classes)] = 1;
  // As many sweeps as fit into a fifth of a second; how they are cut does not change what they draw.
  const auto begin = std::chrono::steady_clock::now();
  while (state.done < sweeps && std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(200)) {
    sampler->sweep(net.top, state.moving, {1, stream.at(static_cast<std::uint64_t>(state.done)), held});
    ++state.done;
  }
  keep_states(state.moving, state.chains);
  context.progress(static_cast<double>(state.done), static_cast<double>(sweeps), "sweeps");
  if (state.done == sweeps) {
    Activity activity(net.below, rows);
    copy(state.moving[net.joint()].state.row_range(0, rows), activity.state(net.below.size() - 1));
    activity.descend(net.below, context.stream("pass down"));
    state.drawn = Tensor::matrix(rows, net.below.layer(0).size());
    copy(values == "means" ? activity.mean(0) : activity.state(0), state.drawn.view());
  }
  return state.done < sweeps;
}

void ClassSamples::finish(State& state, const Inputs& in, Outputs& out) const {
  const DataSpec spec = data_of(in.get<DeepBeliefNet>("model").spec(), in.get<Dataset>("data").spec());
  // A category is stored by the number of its class.
  Tensor numbers = Tensor::of<std::int64_t>({state.drawn.rows()});
  for (Index i = 0; i < numbers.size(); ++i) numbers.data<std::int64_t>()[i] = i / each;
  out.set("data", stored_rows(spec, {std::make_shared<const Tensor>(state.drawn),
                                     std::make_shared<const Tensor>(std::move(numbers))}));
}

}  // namespace harmonium::helmholtz
