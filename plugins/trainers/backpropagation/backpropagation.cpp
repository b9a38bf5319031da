#include <fmt/format.h>

#include <cmath>

#include "fitting.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/plugin.hpp"

namespace harmonium {

template <class T>
void Fitting::describe_common(NodeType<T>& type) {
  type.parameter("epochs", &Fitting::epochs).at_least(0).extends().unit("epochs").says("Passes over the data.");
  type.parameter("batch", &Fitting::batch)
      .at_least(1)
      .unit("rows")
      .says("Rows in a batch. The gradient is their mean; a short last batch weighs by its size.");
  type.parameter("update", &Fitting::update).says("How a gradient becomes a step.");
  type.parameter("penalties", &Fitting::penalties).says("What is to be kept small besides; weights, never biases.");
  type.parameter("units", &Fitting::units)
      .says(
          "The type of the units that give the target: their negative log-probability is the loss. A read-out that is "
          "connected brings its own.");
  type.parameter("features", &Fitting::features).says("The part of the data that goes in.");
  type.parameter("target", &Fitting::target).says("The part of the data that is to come out.");
  type.parameter("input_dropout", &Fitting::input_dropout)
      .at_least(0)
      .below(1)
      .cites("Srivastava et al. 2014")
      .says("Share of inputs set to zero at every presentation.");
  type.parameter("patience", &Fitting::patience)
      .at_least(0)
      .unit("epochs")
      .says(
          "Stop when the validation loss has not fallen for so long, and keep the best network; 0 never stops early.");
}

namespace {

/// A softmax read-out: p(class | x) = softmax(x W + b), W starting at zero. Its loss is convex.
struct SoftmaxReadout : Fitting {
  static void describe(NodeType<SoftmaxReadout>& type) {
    type.says("A softmax read-out: classifies rows of features by one layer, trained by gradient.")
        .cites("Hinton, Osindero, Teh 2006")
        .input<Dataset>("data", "Features and labels to learn from.")
        .optional_input<Dataset>("validation", "Held-out data, watched and used for early stopping.")
        .output<Feedforward>("readout", "The classifier.")
        .output<Table>("course", "Loss and error, epoch by epoch.")
        .random();
    describe_common(type);
  }
  void outputs(const Specs& in, Specs& out) const { check_data(in, out, 0); }
  State start(const Inputs& in, Context&) const {
    const Dataset& data = in.get<Dataset>("data");
    Feedforward network;
    network.stages.push_back(stage(units, data.spec().part(features).width, data.spec().part(target).width));
    return begin(std::move(network), data);
  }
};

/// A whole stack under a read-out, trained by backpropagation. Hinton, Salakhutdinov 2006. Started at random instead it
/// is the comparison: biases zero, W uniform in +-sqrt(6 / (inputs + outputs)) divided by the slope of the units' mean
/// at zero input, which is 1/4 for binary units (Glorot, Bengio 2010).
struct Backpropagation : Fitting {
  std::string initial = "stack";

  static void describe(NodeType<Backpropagation>& type) {
    type.says("Fine-tunes a stack of models with a read-out on top by backpropagation.")
        .cites("Rumelhart, Hinton, Williams 1986; Hinton, Salakhutdinov 2006")
        .input<Dataset>("data", "Features and labels to learn from.")
        .list_input<Network>("stack", "The models from the data upwards: one layer of the network each.")
        .optional_input<Feedforward>(
            "readout", "A read-out trained on the features, to start from; else its weights start at zero.")
        .optional_input<Dataset>("validation", "Held-out data, watched and used for early stopping.")
        .output<Feedforward>("readout", "The network.")
        .output<Table>("course", "Loss and error, epoch by epoch.")
        .random();
    describe_common(type);
    type.parameter("dropout", &Fitting::dropout)
        .at_least(0)
        .below(1)
        .cites("Srivastava et al. 2014")
        .says("Share of hidden units set to zero at every presentation.");
    type.parameter("initial", &Backpropagation::initial)
        .one_of({"stack", "random"})
        .says("Whether weights start as the stack's and the read-out's, or at random in a network of the same size.");
  }

  void outputs(const Specs& in, Specs& out) const {
    Index width = 0, inputs = 0;
    for (Index m = 0; m < in.count("stack"); ++m) {
      const ModelSpec& model = in.get<Network>("stack", m);
      Index layers[2] = {0, 0};
      for (const LayerSpec& layer : model.layers) ++layers[layer.visible ? 0 : 1];
      if (layers[0] != 1 || layers[1] != 1)
        out.problem("in.stack", fmt::format("model {} must have one visible and one hidden layer", m + 1));
      if (m == 0) inputs = model.visible_units();
      if (m > 0 && model.visible_units() != width)
        out.problem("in.stack", fmt::format("model {} shows {} units, but the one below has {} hidden units", m + 1,
                                            model.visible_units(), width));
      width = model.hidden_units();
    }
    if (in.has("readout") && in.get<Feedforward>("readout").inputs != width)
      out.problem("in.readout", fmt::format("it reads {} features, but the stack gives {}",
                                            in.get<Feedforward>("readout").inputs, width));
    if (in.has("readout")) {
      const FeedforwardSpec& readout = in.get<Feedforward>("readout");
      const PartSpec* wanted = in.get<Dataset>("data").find(target);
      if (wanted && wanted->width != readout.outputs)
        out.problem("in.readout",
                    fmt::format("it has {} outputs, but '{}' is {} wide", readout.outputs, target, wanted->width));
      else if (wanted && !readout.classes.empty() && wanted->classes != readout.classes)
        out.problem("in.readout", fmt::format("its classes are not those of '{}'", target));
    }
    check_data(in, out, inputs);
  }

  /// dmean/dinput of a stage's units at zero input: the variance of the first.
  static double slope(const Feedforward::Stage& at) {
    Tensor theta = Tensor::matrix(at.units->statistics(), at.outputs());
    Tensor input = Tensor::matrix(1, at.outputs()), variance = Tensor::matrix(1, at.outputs());
    at.units->natural(at.parameters.view(), theta.view());
    at.units->variance(theta.view(), input.view(), variance.view());
    return static_cast<double>(variance.view()(0, 0));
  }

  State start(const Inputs& in, Context& context) const {
    const Dataset& data = in.get<Dataset>("data");
    Feedforward network;
    for (Index m = 0; m < in.count("stack"); ++m) {
      const Network& model = in.get<Network>("stack", m);
      if (model.links().size() != 1) throw RunFailed(fmt::format("model {} of the stack is not an RBM", m + 1));
      const Link& link = model.link(0);
      const Layer& hidden = model.layer(model.hidden().front());
      const Layer& visible = model.layer(model.visible().front());
      if (link.weights.rows() != visible.size || link.weights.columns() != hidden.size ||
          model.layer(link.a).visible == false)
        throw RunFailed(
            fmt::format("model {} of the stack is not joined densely from its visible to its hidden layer", m + 1));
      network.stages.push_back({hidden.units, link.weights, hidden.parameters});
    }
    if (in.has("readout"))
      for (const Feedforward::Stage& at : in.get<Feedforward>("readout").stages) network.stages.push_back(at);
    else
      network.stages.push_back(stage(units, network.stages.back().outputs(), data.spec().part(target).width));
    if (initial == "random")
      for (std::size_t s = 0; s < network.stages.size(); ++s) {
        Feedforward::Stage& at = network.stages[s];
        at = stage(at.units, at.inputs(), at.outputs());
        const bool last = s + 1 == network.stages.size();
        const auto width = static_cast<float>(std::sqrt(6.0 / static_cast<double>(at.inputs() + at.outputs())) /
                                              (last ? 1 : slope(at)));
        uniform(context.stream("weights").purpose(std::to_string(s)), at.weights.view());
        for (float& weight : at.weights.values<float>()) weight = width * (2 * weight - 1);
      }
    return begin(std::move(network), data);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::SoftmaxReadout>("trainer.softmax");
  registrar.node<harmonium::Backpropagation>("trainer.backprop");
}
