#include <fmt/format.h>

#include <string>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/plugin.hpp"

namespace harmonium {
namespace {

/// Joins RBMs, each trained on the features of the one below, into a deep Boltzmann machine. A layer that two of them
/// share gets the mean of what both learned of its biases. The lowest and the topmost were trained with inputs that
/// count twice where a neighbour was missing; one in the middle, which would be doubled both ways, is an ordinary RBM
/// with twice the weights. Salakhutdinov, Hinton 2009, section 3.3.
struct Assemble {
  static void describe(NodeType<Assemble>& type) {
    type.says(
            "Joins RBMs that were trained one on the other's features into a deep Boltzmann machine: weights of those "
            "in the middle are halved, biases of a layer that two share averaged.")
        .cites("Salakhutdinov, Hinton 2009, section 3.3")
        .list_input<Network>("model",
                             "The RBMs, from the data upwards; the lowest trained with doubled: up, the topmost with "
                             "doubled: down.")
        .output<Network>("model", "The deep Boltzmann machine.");
  }

  static std::string hidden_name(Index number) { return fmt::format("hidden{}", number); }

  /// What is wrong with a model, or nothing.
  static std::string not_an_rbm(const ModelSpec& model) {
    if (model.layers.size() == 2 && model.links.size() == 1 &&
        model.layers[static_cast<std::size_t>(model.links[0].a)].visible &&
        !model.layers[static_cast<std::size_t>(model.links[0].b)].visible)
      return "";
    return fmt::format(
        "has {} layers and {} connections; one visible layer joined to one hidden one, in this order, is needed",
        model.layers.size(), model.links.size());
  }
  static const LayerSpec& side(const ModelSpec& model, bool visible) {
    return model.layers[model.layers[0].visible == visible ? 0 : 1];
  }

  void outputs(const Specs& in, Specs& out) const {
    ModelSpec deep;
    for (Index m = 0; m < in.count("model"); ++m) {
      const ModelSpec& model = in.get<Network>("model", m);
      if (const std::string wrong = not_an_rbm(model); !wrong.empty()) {
        out.problem("in.model", fmt::format("model {} {}", m + 1, wrong));
        deep.layers.clear();
        break;
      }
      const LayerSpec &visible = side(model, true), &hidden = side(model, false);
      if (m == 0) {
        deep.layers.push_back(visible);
      } else {
        const LayerSpec& below = deep.layers.back();
        if (visible.size != below.size || visible.units != below.units)
          out.problem("in.model", fmt::format("model {} shows {} {}, but the one below has {} hidden {}", m + 1,
                                              visible.size, visible.units, below.size, below.units));
      }
      deep.layers.push_back(hidden);
      deep.layers.back().name = hidden_name(m + 1);
      deep.links.push_back({m, m + 1, model.links[0].connection, model.links[0].weights, model.links[0].learned});
    }
    if (!deep.layers.empty()) out.set<Network>("model", deep);
  }

  Outputs run(const Inputs& in, Context&) const {
    const Index count = in.count("model");
    Network deep;
    for (Index m = 0; m < count; ++m) {
      const Network& model = in.get<Network>("model", m);
      const Layer& visible = model.layer(model.visible().at(0));
      Layer hidden = model.layer(model.hidden().at(0));
      hidden.name = hidden_name(m + 1);
      if (m == 0) {
        deep.add(visible);
      } else {
        Layer& shared = deep.layer(m);
        if (shared.units.recipe() != visible.units.recipe() || shared.by_channel != visible.by_channel)
          throw BadData(fmt::format("model {} shows {}, but the hidden units of the one below are {}", m + 1,
                                    visible.units.recipe(), shared.units.recipe()));
        elementwise::combine(0.5F, shared.parameters.view(), 0.5F, visible.parameters.view(), shared.parameters.view());
      }
      deep.add(std::move(hidden));
      const Link& link = model.link(0);
      Tensor& weights = deep.link(deep.connect(link.connection, m, m + 1)).weights;
      const bool middle = m > 0 && m + 1 < count;
      elementwise::combine(middle ? 0.5F : 1, link.weights.view(), 0, link.weights.view(), weights.view());
    }
    Outputs outputs;
    outputs.set("model", std::move(deep));
    return outputs;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Assemble>("model.assemble"); }
