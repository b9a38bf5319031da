#include "autoencoder.hpp"

#include <utility>

#include "harmonium/network.hpp"
#include "layers.hpp"

namespace harmonium {
namespace {

Tensor transposed(const Tensor& matrix) {
  Tensor out = Tensor::matrix(matrix.columns(), matrix.rows());
  for (Index i = 0; i < matrix.rows(); ++i)
    for (Index j = 0; j < matrix.columns(); ++j) out.view()(j, i) = matrix.view()(i, j);
  return out;
}

}  // namespace

void Autoencoder::describe(NodeType<Autoencoder>& type) {
  type.says(
          "Unrolls a stack of RBMs into an encoder and a decoder, and trains both by backpropagation to give back what "
          "is put in. The code is linear where the topmost RBM has Gaussian hidden units.")
      .cites("Hinton, Salakhutdinov 2006")
      .input<Dataset>("data", "What is to be given back.")
      .list_input<Network>("stack", "The RBMs from the data upwards: one layer of the encoder and of the decoder each.")
      .optional_input<Dataset>("validation", "Held-out data, watched and used for early stopping.")
      .output<Feedforward>("autoencoder", "The whole network, from rows to their reconstructions.")
      .output<Feedforward>("encoder", "Its lower half, from rows to codes.")
      .output<Feedforward>("decoder", "Its upper half, from codes to reconstructions.")
      .output<Table>("course", "The loss, epoch by epoch.")
      .random();
  describe_steps(type);
  describe_frozen(type);
  type.parameter("loss", &Fitting::loss)
      .one_of({"likelihood", "squared_error"})
      .says(
          "What is made small: minus the log-probability that the visible units give the row, which for binary units "
          "is the cross-entropy, or half the squared error summed over units.");
  type.parameter("corruption", &Fitting::corruption)
      .at_least(0)
      .below(1)
      .cites("Vincent, Larochelle, Bengio, Manzagol 2008")
      .says("Share of inputs set to zero at every presentation; what is to come out stays clean.");
  type.parameter("initial", &Autoencoder::initial)
      .one_of({"stack", "random"})
      .says("Whether weights start as the stack's, or at random in a network of the same size.");
}

void Autoencoder::outputs(const Specs& in, Specs& out) const {
  const StackSizes sizes = check_layers(in, out);
  std::string part = "features";
  for (const LayerSpec& layer : in.get<Network>("stack", 0).layers)
    if (layer.visible) part = layer.part;
  FeedforwardSpec spec = check_data(in, out, sizes.visible, part, part);
  spec.outputs = sizes.visible;
  out.set<Feedforward>("encoder", {spec.inputs, sizes.hidden, {}, part, spec.input_shape});
  out.set<Feedforward>("decoder", {sizes.hidden, spec.outputs, spec.classes, part, {}, spec.output_shape});
  out.set<Feedforward>("autoencoder", std::move(spec));
  check_frozen(2 * in.count("stack"), false, out);
  out.set<Table>("course", {});
}

Autoencoder::State Autoencoder::start(const Inputs& in, Context& context) const {
  const std::vector<StackLayer> layers = layers_of(in);
  Feedforward network;
  network.part = layers.front().visible->part;
  for (const StackLayer& at : layers)
    network.stages.push_back({at.hidden->units, at.link->weights, at.hidden->parameters});
  for (std::size_t l = layers.size(); l-- > 0;)
    network.stages.push_back(
        {layers[l].visible->units, transposed(layers[l].link->weights), layers[l].visible->parameters});
  if (initial == "random") randomise(network, context);
  return begin(std::move(network), in.get<Dataset>("data"));
}

void Autoencoder::finish(State& state, const Inputs&, Outputs& out) const {
  const Feedforward& whole = fitted(state);
  const auto middle = whole.stages.begin() + static_cast<std::ptrdiff_t>(whole.stages.size() / 2);
  Feedforward encoder, decoder;
  encoder.part = decoder.part = whole.part;
  encoder.stages.assign(whole.stages.begin(), middle);
  decoder.stages.assign(middle, whole.stages.end());
  encoder.input_shape = whole.input_shape;
  decoder.output_shape = whole.output_shape;
  decoder.classes = whole.classes;
  out.set("encoder", std::move(encoder));
  out.set("decoder", std::move(decoder));
  out.set("autoencoder", whole);
  out.set("course", course(state));
}

}  // namespace harmonium
