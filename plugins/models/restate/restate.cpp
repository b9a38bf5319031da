#include "harmonium/restate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/registry.hpp"

namespace harmonium {
namespace {

const std::string binary = "units.bernoulli", spin = "units.spin";

/// The same machine with spins for binary units, or the other way.
struct Restate {
  std::string as = "spins";
  std::vector<std::string> layers;

  static void describe(NodeType<Restate>& type) {
    type.says(
            "The same machine with spins, -1 or 1, instead of binary units, 0 or 1, or the other way: probabilities "
            "are the same, energies but for a constant. Data follow by data.scale, with from: [0, 1] and to: [-1, 1], "
            "or the other way.")
        .input<Network>("model", "The machine.")
        .output<Network>("model", "The machine in the other states.");
    type.parameter("as", &Restate::as).one_of({"spins", "binary"}).says("What its units become.");
    type.parameter("layers", &Restate::layers)
        .says("The names of the layers that are restated; unless given, all that have units of the other kind.");
  }

  void outputs(const Specs& in, Specs& out) const {
    ModelSpec model = in.get<Network>("model");
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const LayerSpec* layer = model.find(layers[i]);
      const std::string where = fmt::format("with.layers.{}", i + 1);
      if (!layer)
        out.problem(where, fmt::format("the model has no layer '{}'", layers[i]));
      else if (layer->units != from())
        out.problem(where,
                    fmt::format("layer '{}' has {}; what becomes {} is {}", layers[i], layer->units, as, from()));
    }
    bool any = false;
    for (std::size_t l = 0; l < model.layers.size(); ++l) {
      if (!chosen(model.layers[l].name, model.layers[l].units)) continue;
      any = true;
      for (const LinkSpec& link : model.links)
        for (const auto& [one, other] : {std::pair(link.a, link.b), std::pair(link.b, link.a)})
          if (one == static_cast<Index>(l)) demand_bias_alone(model.layers[static_cast<std::size_t>(other)], out);
    }
    if (std::any_of(model.links.begin(), model.links.end(), [](const LinkSpec& link) { return !link.tied.empty(); }))
      out.problem("in.model", "connections that share their weights would each need other ones in other states");
    if (!any && layers.empty()) out.problem("in.model", fmt::format("no layer of the model has {}", from()));
    for (LayerSpec& layer : model.layers)
      if (chosen(layer.name, layer.units)) layer.units = to();
    out.set<Network>("model", model.retrained());
  }

  Outputs run(const Inputs& in, Context&) const {
    Network model = in.get<Network>("model");
    for (Index l = 0; l < model.size(); ++l) {
      if (!chosen(model.layer(l).name, model.layer(l).units.type())) continue;
      if (as == "spins")
        restate(model, l, make_value<Units>(spin), 0.5, 0.5);
      else
        restate(model, l, make_value<Units>(binary), 2, -1);
    }
    Outputs out;
    out.set("model", std::move(model));
    return out;
  }

 private:
  const std::string& from() const { return as == "spins" ? binary : spin; }
  const std::string& to() const { return as == "spins" ? spin : binary; }
  bool chosen(const std::string& name, const std::string& units) const {
    return units == from() && (layers.empty() || std::find(layers.begin(), layers.end(), name) != layers.end());
  }
  static void demand_bias_alone(const LayerSpec& neighbour, Specs& out) {
    const Handle<Units> units = make_value<Units>(neighbour.units);
    if (units->parameters().size != 1 || units->statistics() != 1)
      out.problem("in.model", fmt::format("layer '{}' is joined to what would be restated, but {} learn more than the "
                                          "bias that takes up the difference",
                                          neighbour.name, neighbour.units));
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Restate>("model.restate"); }
