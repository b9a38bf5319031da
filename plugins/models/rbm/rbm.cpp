#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/plugin.hpp"

namespace harmonium {
namespace {

/// A restricted Boltzmann machine: one visible and one hidden layer, joined by one connection,
///   E(v, h) = E_v(v) + E_h(h) - v' W h.   Smolensky 1986.
/// Weights from N(0, 0.01^2): zeros leave all hidden units alike for ever, large ones leave dead units. Visible biases
/// that reproduce the data's means save the weights from learning them (Hinton 2012, section 8).
struct Rbm {
  Index hidden = 0;
  Index visible = 0;
  Handle<Units> visible_units{"units.bernoulli"};
  Handle<Units> hidden_units{"units.bernoulli"};
  Handle<Connection> connection{"connection.dense"};
  double weights_deviation = 0.01;
  std::string visible_bias = "data";
  double hidden_bias = 0;
  std::string part = "features";

  static void describe(NodeType<Rbm>& type) {
    type.says("A restricted Boltzmann machine, untrained: one visible layer, one hidden layer, joined.")
        .cites("Smolensky 1986; Hinton 2012")
        .optional_input<Dataset>("data",
                                 "What it will show: gives the size and shape of the visible layer, and its biases.")
        .output<Network>("model", "The untrained model.")
        .random();
    type.parameter("hidden", &Rbm::hidden)
        .required()
        .example("500")
        .at_least(1)
        .at_most(1e7)
        .unit("units")
        .says("Hidden units.");
    type.parameter("visible", &Rbm::visible)
        .at_least(0)
        .at_most(1e7)
        .unit("units")
        .says("Visible units, where no data are connected; 0 takes their number from the data.");
    type.parameter("visible_units", &Rbm::visible_units).says("The type of the visible units.");
    type.parameter("hidden_units", &Rbm::hidden_units).says("The type of the hidden units.");
    type.parameter("connection", &Rbm::connection).says("How the two layers are joined.");
    type.parameter("weights_deviation", &Rbm::weights_deviation)
        .at_least(0)
        .says("Standard deviation of the initial weights.");
    type.parameter("visible_bias", &Rbm::visible_bias)
        .one_of({"data", "zero"})
        .says(
            "Whether initial visible biases give the means of the data, (n_on + 1) / (N + 2) for binary units, or are "
            "left at zero.");
    type.parameter("hidden_bias", &Rbm::hidden_bias).says("Initial hidden biases.");
    type.parameter("part", &Rbm::part).says("The part of the data that the visible layer shows.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const auto states = [](const Handle<Units>& units) {
      return std::vector<double>(units->states().begin(), units->states().end());
    };
    LayerSpec shown{"visible",
                    visible,
                    {},
                    visible_units.type(),
                    true,
                    part,
                    states(visible_units),
                    visible_units->quadratic() != nullptr,
                    visible_units->exact(),
                    false,
                    visible_units->parameters().size};
    if (in.has("data")) {
      const PartSpec& from = in.get<Dataset>("data").part(part);
      if (visible > 0 && visible != from.width)
        out.problem("with.visible",
                    fmt::format("{} visible units, but '{}' of the data is {} wide", visible, part, from.width));
      shown.size = from.width;
      shown.shape = from.shape;
    } else if (visible == 0) {
      out.problem("with.visible", "the number of visible units is needed where no data are connected");
    }
    const auto check_blocks = [&](const char* where, const Handle<Units>& units, Index size) {
      const Index block = size > 0 ? units->block(size) : 1;
      if (size > 0 && (block <= 0 || size % block != 0))
        out.problem(where,
                    fmt::format("{} units cannot be cut into blocks of {}, as {} needs", size, block, units.type()));
    };
    constexpr double most_weights = 4e9;
    if (static_cast<double>(shown.size) * static_cast<double>(hidden) > most_weights)
      out.problem("with.hidden", fmt::format("{} visible and {} hidden units would have more than {:g} weights",
                                             shown.size, hidden, most_weights));
    LinkSpec link{0, 1, connection.type()};
    try {
      // Whether units of these kinds can be joined at all shows in one block of each.
      Network pair;
      pair.add({"visible", visible_units, visible_units->block(1), {}, true, part, {}});
      pair.add({"hidden", hidden_units, hidden_units->block(1), {}, false, "", {}});
      pair.connect(connection, 0, 1);
      Index rows = 0, columns = 0;
      const Ends ends{
          shown.size, hidden, shown.shape, {}, false, visible_units->block(shown.size), hidden_units->block(hidden)};
      connection->shape(ends, rows, columns);
      link.weights = {rows, columns};
      link.learned = rows * columns;
    } catch (const BadPipeline& error) {
      out.problem("with.visible_units", error.what());
    }
    check_blocks("with.visible_units", visible_units, shown.size);
    check_blocks("with.hidden_units", hidden_units, hidden);
    out.set<Network>("model", {{shown,
                                {"hidden",
                                 hidden,
                                 {},
                                 hidden_units.type(),
                                 false,
                                 "",
                                 states(hidden_units),
                                 hidden_units->quadratic() != nullptr,
                                 hidden_units->exact(),
                                 false,
                                 hidden_units->parameters().size}},
                               {link}});
  }

  Outputs run(const Inputs& in, Context& context) const {
    Layer shown{"visible", visible_units, visible, {}, true, part, {}};
    if (in.has("data")) {
      const Dataset& data = in.get<Dataset>("data");
      const PartSpec& from = data.spec().part(part);
      shown.size = from.width;
      shown.shape = from.shape;
    }
    Network network;
    const Index v = network.add(std::move(shown));
    const Index h = network.add({"hidden", hidden_units, hidden, {}, false, "", {}});
    network.connect(connection, v, h);
    if (in.has("data") && visible_bias == "data") {
      const Dataset& data = in.get<Dataset>("data");
      const ColumnSummary summary = summarise(data, data.part(part), &context);
      visible_units->check(summary.view());
      visible_units->initialise(summary.view(), network.layer(v).parameters.view());
    }
    if (network.layer(h).parameters.rows() > 0)
      std::fill_n(network.layer(h).parameters.view().row(0).data, hidden, static_cast<float>(hidden_bias));
    Tensor& weights = network.link(0).weights;
    normal(context.stream("weights"), weights.view());
    for (float& weight : weights.values<float>()) weight *= static_cast<float>(weights_deviation);
    Outputs outputs;
    outputs.set("model", std::move(network));
    return outputs;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Rbm>("model.rbm"); }
