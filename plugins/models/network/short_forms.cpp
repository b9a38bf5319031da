#include <fmt/format.h>

#include "convolutional.hpp"
#include "declared.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/plugin.hpp"
#include "mixed.hpp"
#include "snapshot.hpp"
#include "transpose.hpp"

namespace harmonium {
namespace {

/// What model.network and its short forms have in common; each says what it declares.
template <class Form>
struct FormOfNetwork {
  std::string visible_bias = "data";

  static void describe_common(NodeType<Form>& type) {
    type.template optional_input<Dataset>("data",
                                          "What it will show: gives sizes, shapes and biases of visible layers.")
        .template output<Network>("model", "The untrained model.")
        .random();
    type.parameter("visible_bias", &Form::visible_bias)
        .one_of({"data", "zero"})
        .says("Whether initial visible biases give the means of the data, or are left as they are declared.");
  }
  void outputs(const Specs& in, Specs& out) const { form().declared().outputs(in, out); }
  Outputs run(const Inputs& in, Context& context) const {
    return form().declared().run(in, context, visible_bias == "data");
  }

 private:
  const Form& form() const { return static_cast<const Form&>(*this); }
};

LayerDeclaration layer_of(const std::string& name, const Handle<Units>& units, Index size, bool visible,
                          const std::string& part = "features") {
  LayerDeclaration layer;
  layer.name = name;
  layer.units = units;
  layer.size = size;
  layer.visible = visible;
  layer.part = part;
  return layer;
}

Declared declared_by(const std::vector<Handle<LayerDeclaration>>& layers,
                     const std::vector<Handle<Join>>& connections) {
  Declared all;
  for (const auto& layer : layers) all.layers.push_back(*layer);
  for (const auto& join : connections) all.joins.push_back(*join);
  return all;
}

struct GeneralNetwork : FormOfNetwork<GeneralNetwork> {
  std::vector<Handle<LayerDeclaration>> layers;
  std::vector<Handle<Join>> connections;

  static void describe(NodeType<GeneralNetwork>& type) {
    type.says("A network of layers, untrained; its topology decides how it is sampled and what is exact in it.");
    type.parameter("layers", &GeneralNetwork::layers)
        .required()
        .example("[{name: visible, visible: true}, {name: hidden, size: 500}]")
        .says("The layers.");
    type.parameter("connections", &GeneralNetwork::connections)
        .example("[{between: [visible, hidden]}]")
        .says("What joins them.");
    describe_common(type);
  }
  Declared declared() const { return declared_by(layers, connections); }
};

/// Further layers and connections of a model that is there: how a deep Boltzmann machine grows from an RBM whose
/// distribution it has as long as the weights above are small.
struct ExtendedNetwork : FormOfNetwork<ExtendedNetwork> {
  std::vector<Handle<LayerDeclaration>> layers;
  std::vector<Handle<Join>> connections;

  static void describe(NodeType<ExtendedNetwork>& type) {
    type.says(
            "A model with further layers and connections, untrained; those that it has stay as they are. While the "
            "new weights are small its distribution over what it shows stays nearly the same.")
        .input<Network>("model", "The model.");
    type.parameter("layers", &ExtendedNetwork::layers)
        .example("[{name: hidden2, size: 1000}]")
        .says("The layers that are added.");
    type.parameter("connections", &ExtendedNetwork::connections)
        .required()
        .example("[{between: [hidden, hidden2]}]")
        .says("What joins them to each other and to the model's layers.");
    describe_common(type);
  }
  Declared declared() const { return declared_by(layers, connections); }
};

/// One visible layer whose units are all joined; weights of zero, as a memory before anything is stored. Hopfield 1982.
struct Hopfield : FormOfNetwork<Hopfield> {
  Handle<Units> units{"units.spin"};
  Index size = 0;
  double weights_deviation = 0;

  static void describe(NodeType<Hopfield>& type) {
    type.says("A Hopfield network: one visible layer whose units are all joined to each other.").cites("Hopfield 1982");
    type.parameter("units", &Hopfield::units).says("The type of the units.");
    type.parameter("size", &Hopfield::size)
        .at_least(0)
        .at_most(1e5)
        .unit("units")
        .says("How many; 0 takes the number from the data.");
    type.parameter("weights_deviation", &Hopfield::weights_deviation)
        .at_least(0)
        .says("Standard deviation of the initial weights.");
    describe_common(type);
  }
  Declared declared() const {
    Join all;
    all.between = {"units"};
    all.weights_deviation = weights_deviation;
    return {{layer_of("units", units, size, true)}, {all}};
  }
};

/// Visible and hidden units, all joined to all. Ackley, Hinton, Sejnowski 1985.
struct Boltzmann : FormOfNetwork<Boltzmann> {
  Handle<Units> units{"units.bernoulli"};
  Index visible = 0, hidden = 0;
  double weights_deviation = 0.01, weights_width = 0;

  static void describe(NodeType<Boltzmann>& type) {
    type.says("A Boltzmann machine: all units joined to all, some of them hidden.")
        .cites("Ackley, Hinton, Sejnowski 1985");
    type.parameter("hidden", &Boltzmann::hidden)
        .at_least(0)
        .at_most(1e5)
        .unit("units")
        .says("Hidden units; with none it learns pairs of visible units alone.");
    type.parameter("visible", &Boltzmann::visible)
        .at_least(0)
        .at_most(1e5)
        .unit("units")
        .says("Visible units; 0 takes their number from the data.");
    type.parameter("units", &Boltzmann::units).says("The type of the units.");
    type.parameter("weights_deviation", &Boltzmann::weights_deviation)
        .at_least(0)
        .says("Standard deviation of the initial weights.");
    type.parameter("weights_width", &Boltzmann::weights_width)
        .at_least(0)
        .says("Where above 0, initial weights are uniform from minus to plus this instead.");
    describe_common(type);
  }
  Declared declared() const {
    Declared all{{layer_of("visible", units, visible, true)}, {}};
    const auto join = [&](std::vector<std::string> between) {
      Join one;
      one.between = std::move(between);
      one.weights_deviation = weights_deviation;
      one.weights_width = weights_width;
      all.joins.push_back(std::move(one));
    };
    join({"visible"});
    if (hidden > 0) {
      all.layers.push_back(layer_of("hidden", units, hidden, false));
      join({"visible", "hidden"});
      join({"hidden"});
    }
    return all;
  }
};

/// An RBM whose visible units are joined to each other as well: p(h|v) and the free energy stay exact. Osindero, Hinton
/// 2008.
struct SemiRestricted : FormOfNetwork<SemiRestricted> {
  Handle<Units> visible_units{"units.bernoulli"}, hidden_units{"units.bernoulli"};
  Index visible = 0, hidden = 0;
  double weights_deviation = 0.01;

  static void describe(NodeType<SemiRestricted>& type) {
    type.says("A semi-restricted Boltzmann machine: an RBM whose visible units are joined to each other.")
        .cites("Osindero, Hinton 2008");
    type.parameter("hidden", &SemiRestricted::hidden)
        .required()
        .example("100")
        .at_least(1)
        .at_most(1e6)
        .unit("units")
        .says("Hidden units.");
    type.parameter("visible", &SemiRestricted::visible)
        .at_least(0)
        .at_most(1e5)
        .unit("units")
        .says("Visible units; 0 takes their number from the data.");
    type.parameter("visible_units", &SemiRestricted::visible_units).says("The type of the visible units.");
    type.parameter("hidden_units", &SemiRestricted::hidden_units).says("The type of the hidden units.");
    type.parameter("weights_deviation", &SemiRestricted::weights_deviation)
        .at_least(0)
        .says("Standard deviation of the initial weights.");
    describe_common(type);
  }
  Declared declared() const {
    Join across, within;
    across.between = {"visible", "hidden"};
    within.between = {"visible"};
    across.weights_deviation = within.weights_deviation = weights_deviation;
    return {{layer_of("visible", visible_units, visible, true), layer_of("hidden", hidden_units, hidden, false)},
            {across, within}};
  }
};

/// Hidden layers one above the other, each joined to the next. Salakhutdinov, Hinton 2009.
struct DeepBoltzmann : FormOfNetwork<DeepBoltzmann> {
  Handle<Units> visible_units{"units.bernoulli"}, hidden_units{"units.bernoulli"};
  Index visible = 0;
  std::vector<Index> hidden;
  double weights_deviation = 0.01;

  static void describe(NodeType<DeepBoltzmann>& type) {
    type.says("A deep Boltzmann machine: hidden layers one above the other, each joined to the next.")
        .cites("Salakhutdinov, Hinton 2009");
    type.parameter("hidden", &DeepBoltzmann::hidden)
        .required()
        .example("[500, 1000]")
        .at_least(1)
        .at_most(1e6)
        .unit("units")
        .says("Units of each hidden layer, from the data upwards.");
    type.parameter("visible", &DeepBoltzmann::visible)
        .at_least(0)
        .at_most(1e6)
        .unit("units")
        .says("Visible units; 0 takes their number from the data.");
    type.parameter("visible_units", &DeepBoltzmann::visible_units).says("The type of the visible units.");
    type.parameter("hidden_units", &DeepBoltzmann::hidden_units).says("The type of the hidden units.");
    type.parameter("weights_deviation", &DeepBoltzmann::weights_deviation)
        .at_least(0)
        .says("Standard deviation of the initial weights.");
    describe_common(type);
  }
  Declared declared() const {
    Declared all{{layer_of("visible", visible_units, visible, true)}, {}};
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      all.layers.push_back(layer_of(fmt::format("hidden{}", i + 1), hidden_units, hidden[i], false));
      Join join;
      join.between = {all.layers[i].name, all.layers[i + 1].name};
      join.weights_deviation = weights_deviation;
      all.joins.push_back(std::move(join));
    }
    return all;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::LayerDeclaration>("network.layer");
  registrar.value<harmonium::Join>("network.join");
  registrar.node<harmonium::GeneralNetwork>("model.network");
  registrar.node<harmonium::ExtendedNetwork>("model.extend");
  registrar.node<harmonium::Hopfield>("model.hopfield");
  registrar.node<harmonium::Boltzmann>("model.boltzmann");
  registrar.node<harmonium::SemiRestricted>("model.semi-restricted");
  registrar.node<harmonium::DeepBoltzmann>("model.dbm");
  registrar.node<harmonium::ConvolutionalRbm>("model.conv-rbm");
  registrar.node<harmonium::MixedRbm>("model.mixed-rbm");
  registrar.node<harmonium::Transpose>("model.transpose");
  registrar.node<harmonium::Snapshot>("model.snapshot");
}
