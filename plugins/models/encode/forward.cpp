#include "forward.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "encoded.hpp"

namespace harmonium {
namespace {

/// What comes out bears the name of what went in and, where the network says none and it is as wide, its shape.
PartSpec part_of(const PartSpec& read, const FeedforwardSpec& network) {
  Tensor::Shape shape = network.output_shape;
  if (shape.empty() && network.outputs == read.width) shape = read.shape;
  return {read.name, network.outputs, std::move(shape), PartSpec::Kind::real, {}};
}

}  // namespace

void Forward::State::visit(Visitor& visitor) {
  visitor("means", *means);
  visitor("done", done);
}

void Forward::describe(NodeType<Forward>& type) {
  type.says(
          "Pushes a data set through a feed-forward network: its codes by an encoder, rows from codes by a decoder, "
          "its "
          "reconstructions by an autoencoder.")
      .input<Dataset>("data", "What goes in; parts that the network does not read are carried along.")
      .input<Feedforward>("network", "The network.")
      .output<Dataset>("data", "The same rows, with what the network reads replaced by what it gives.");
  type.parameter("autoencoder", &Forward::autoencoder)
      .says("Whether the network must be one that gives back what it reads.");
}

void Forward::outputs(const Specs& in, Specs& out) const {
  const DataSpec& data = in.get<Dataset>("data");
  const FeedforwardSpec& network = in.get<Feedforward>("network");
  if (autoencoder && network.inputs != network.outputs)
    out.problem("in.network", network.classes.empty() ? fmt::format("it reads {} values and gives {}: no autoencoder",
                                                                    network.inputs, network.outputs)
                                                      : "it was trained to classify, not to give back what it reads");
  PartSpec read{network.part, network.inputs, {}, PartSpec::Kind::real, {}};
  if (const PartSpec* part = data.find(network.part)) {
    read = *part;
    if (part->width != network.inputs)
      out.problem("in.data", fmt::format("the data's part '{}' has {} columns, but the network reads {}", network.part,
                                         part->width, network.inputs));
  } else {
    out.problem("in.data", fmt::format("the network reads the part '{}', which the data do not have", network.part));
  }
  out.set<Dataset>("data", encoded(data, part_of(read, network), {network.part}));
}

Forward::State Forward::start(const Inputs& in, Context& context) const {
  const Index shape[] = {in.get<Dataset>("data").rows(), in.get<Feedforward>("network").spec().outputs};
  State state;
  *state.means = context.on_disk("means", Element::float32, {shape, 2});
  return state;
}

bool Forward::advance(State& state, const Inputs& in, Context& context) const {
  constexpr Index block = 4096;
  const Dataset& data = in.get<Dataset>("data");
  const Feedforward& network = in.get<Feedforward>("network");
  const Index count = std::min(block, data.rows() - state.done);
  if (count == 0) return false;
  Tensor read = Tensor::matrix(count, network.spec().inputs);
  data.read(data.part(network.part), state.done, count, read.view());
  network.forward(read.view(), state.means->view().row_range(state.done, count));
  state.done += count;
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
  return state.done < data.rows();
}

void Forward::finish(State& state, const Inputs& in, Outputs& out) const {
  const Dataset& data = in.get<Dataset>("data");
  const FeedforwardSpec network = in.get<Feedforward>("network").spec();
  out.set("data", encoded(data, part_of(data.spec().part(network.part), network), state.means, {network.part}));
}

}  // namespace harmonium
