#include <fmt/format.h>

#include "autoencoder.hpp"
#include "fitting.hpp"
#include "harmonium/network.hpp"
#include "harmonium/plugin.hpp"
#include "layers.hpp"

namespace harmonium {

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
    describe_steps(type);
    describe_target(type);
  }
  void outputs(const Specs& in, Specs& out) const {
    out.set<Feedforward>("readout", check_data(in, out, 0, features, target));
    check_units(in, out);
    out.set<Table>("course", {});
  }
  State start(const Inputs& in, Context&) const {
    const Dataset& data = in.get<Dataset>("data");
    Feedforward network;
    network.stages.push_back(stage(units, data.spec().part(features).width, data.spec().part(target).width));
    network.part = features;
    return begin(std::move(network), data);
  }
};

/// A whole stack under a read-out, trained by backpropagation. Hinton, Salakhutdinov 2006. Started at random instead it
/// is the comparison.
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
    describe_steps(type);
    describe_target(type);
    describe_frozen(type);
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
    const StackSizes sizes = check_layers(in, out);
    const Index width = sizes.hidden;
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
    out.set<Feedforward>("readout", check_data(in, out, sizes.visible, features, target));
    check_frozen(in.count("stack") + 1, in.has("readout"), out);
    check_units(in, out);
    out.set<Table>("course", {});
  }

  State start(const Inputs& in, Context& context) const {
    const Dataset& data = in.get<Dataset>("data");
    Feedforward network;
    for (const StackLayer& at : layers_of(in))
      network.stages.push_back({at.hidden->units, at.link->weights, at.hidden->parameters});
    if (in.has("readout"))
      for (const Feedforward::Stage& at : in.get<Feedforward>("readout").stages) network.stages.push_back(at);
    else
      network.stages.push_back(stage(units, network.stages.back().outputs(), data.spec().part(target).width));
    if (initial == "random") randomise(network, context);
    network.part = features;
    return begin(std::move(network), data);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::SoftmaxReadout>("trainer.softmax");
  registrar.node<harmonium::Backpropagation>("trainer.backprop");
  registrar.node<harmonium::Autoencoder>("trainer.autoencoder");
}
