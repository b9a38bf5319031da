#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "encoded.hpp"
#include "forward.hpp"
#include "harmonium/bottom_up.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {
namespace {

/// Pushes a data set up through a model, or through a stack of models from the data upwards: the features are the means
/// of the topmost model's hidden units, E[h | v], each model being driven by the means of the one below. Of hidden
/// units that are joined to each other they are those of a mean field (Salakhutdinov, Hinton 2009).
struct Encode {
  std::string doubled = "none";
  Handle<Sampler> settler{"sampler.mean_field"};
  Index settling = 100;

  static void describe(NodeType<Encode>& type) {
    type.says(
            "Pushes a data set up through a model or a stack: the features are the means of the topmost model's hidden "
            "units, those of several hidden layers side by side. Where hidden units are joined to each other, as in a "
            "deep Boltzmann machine, they are the means of a mean field.")
        .cites("Hinton, Osindero, Teh 2006; Salakhutdinov, Hinton 2009")
        .input<Dataset>("data", "What is encoded; parts that the model does not show are carried along.")
        .list_input<Network>("model", "The model, or the models of a stack from the data upwards.")
        .output<Dataset>("data", "The data set with its features replaced.");
    type.parameter("doubled", &Encode::doubled)
        .one_of({"none", "up", "down"})
        .says(
            "As the models were trained for a deep Boltzmann machine: with up, the input to hidden units counts twice; "
            "with down, that to visible ones did, which features do not depend on.")
        .cites("Salakhutdinov, Hinton 2009, section 3.3");
    type.parameter("settler", &Encode::settler)
        .says("What settles the means of hidden units that are joined to each other.");
    type.parameter("settling", &Encode::settling)
        .at_least(1)
        .unit("sweeps")
        .says("Sweeps of it, after a pass upwards.");
  }

  struct State {
    std::shared_ptr<Tensor> features = std::make_shared<Tensor>();
    Index done = 0;
    void visit(Visitor& visitor) {
      visitor("features", *features);
      visitor("done", done);
    }
  };

  void outputs(const Specs& in, Specs& out) const {
    const DataSpec& data = in.get<Dataset>("data");
    std::vector<std::string> shown;
    Index width = 0;
    Tensor::Shape shape;
    for (Index m = 0; m < in.count("model"); ++m) {
      const ModelSpec& model = in.get<Network>("model", m);
      if (!model.hidden_independent() && doubled != "none")
        out.problem("with.doubled", fmt::format("model {} has hidden units that are joined to each other: no input of "
                                                "theirs stands in for another",
                                                m + 1));
      if (!model.hidden_independent() && settler->law() != Law::moments)
        out.problem("with.settler", fmt::format("{} gives no means, which features are", settler.type()));
      else if (!model.hidden_independent())
        check_sampler(settler, model, "with.settler", out);
      if (m > 0 && model.visible_units() != width)
        out.problem("in.model", fmt::format("model {} shows {} units, but the one below has {} hidden units", m + 1,
                                            model.visible_units(), width));
      for (const LayerSpec& layer : model.layers) {
        if (m == 0 && layer.visible) {
          shown.push_back(layer.part);
          if (const PartSpec& part = data.part(layer.part); part.width != layer.size)
            out.problem("in.model", fmt::format("layer '{}' shows {} units, but '{}' of the data is {} wide",
                                                layer.name, layer.size, layer.part, part.width));
        }
      }
      width = model.hidden_units();
      shape = shape_of(model);
    }
    out.set<Dataset>("data", encoded(data, {"features", width, shape, PartSpec::Kind::real, {}}, shown));
  }

  State start(const Inputs& in, Context& context) const {
    const auto& top = in.get<Network>("model", in.count("model") - 1);
    check_data(in.get<Network>("model", 0), in.get<Dataset>("data"));
    const Index shape[] = {in.get<Dataset>("data").rows(), top.spec().hidden_units()};
    State state;
    *state.features = context.on_disk("features", Element::float32, {shape, 2});
    return state;
  }

  bool advance(State& state, const Inputs& in, Context& context) const {
    constexpr Index block = 4096;
    const Dataset& data = in.get<Dataset>("data");
    const Index count = std::min(block, data.rows() - state.done);
    std::vector<Tensor> below;
    const Index models = in.count("model");
    for (Index m = 0; m < models; ++m) {
      const Network& network = in.get<Network>("model", m);
      std::vector<View<const float>> visible;
      if (m == 0)
        for (Index layer : network.visible()) {
          below.push_back(Tensor::matrix(count, network.layer(layer).size));
          data.read(data.part(network.layer(layer).part), state.done, count, below.back().view());
        }
      if (doubled == "up")
        // Visible states reach hidden units through their input alone.
        for (Tensor& tensor : below) elementwise::combine(2, tensor.view(), 0, tensor.view(), tensor.view());
      for (const Tensor& tensor : below) visible.push_back(tensor.view());
      Tensor above = Tensor::matrix(count, network.spec().hidden_units());
      if (network.spec().hidden_independent())
        each_hidden(network, above.view(),
                    [&](Index layer, View<float> out) { hidden_mean(network, layer, visible, out); });
      else
        settle(network, visible, above.view());
      below.clear();
      below.push_back(std::move(above));
    }
    const View<const float> features = below.front().view();
    for (Index i = 0; i < count; ++i)
      std::copy_n(features.row(i).data, features.columns, state.features->view().row(state.done + i).data);
    state.done += count;
    context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
    return state.done < data.rows();
  }

  void finish(State& state, const Inputs& in, Outputs& out) const {
    const Dataset& data = in.get<Dataset>("data");
    const Network& first = in.get<Network>("model", 0);
    const Network& top = in.get<Network>("model", in.count("model") - 1);
    std::vector<std::string> shown;
    for (Index layer : first.visible()) shown.push_back(first.layer(layer).part);
    out.set("data",
            encoded(data, {"features", state.features->columns(), shape_of(top.spec()), PartSpec::Kind::real, {}},
                    state.features, shown));
  }

 private:
  /// Of the features of a model; several hidden layers side by side have none.
  static Tensor::Shape shape_of(const ModelSpec& model) {
    Tensor::Shape shape;
    Index layers = 0;
    for (const LayerSpec& layer : model.layers)
      if (!layer.visible && ++layers == 1) shape = layer.shape;
    return layers == 1 ? shape : Tensor::Shape{};
  }

  /// Calls each(layer, columns of `features` that are its) for every hidden layer.
  template <class Each>
  static void each_hidden(const Network& network, View<float> features, Each&& each) {
    Index column = 0;
    for (const Index layer : network.hidden()) {
      const Index size = network.layer(layer).size;
      each(layer, features.column_range(column, size));
      column += size;
    }
  }

  void settle(const Network& network, const std::vector<View<const float>>& visible, View<float> features) const {
    Chains chains(network, features.rows);
    chains.prepare(network);
    std::vector<std::uint8_t> held;
    for (const Layer& layer : network.layers()) held.push_back(layer.visible ? 1 : 0);
    const std::vector<Index> layers = network.visible();
    for (std::size_t v = 0; v < layers.size(); ++v) copy(visible[v], chains[layers[v]].state);
    bottom_up(network, chains, held, {}, Draw::mean);
    settler->sweep(network, chains, {settling, Stream{}, held});
    each_hidden(network, features, [&](Index layer, View<float> out) { copy(chains[layer].state, out); });
  }

  static void copy(View<const float> from, View<float> to) {
    for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Encode>("model.encode");
  registrar.node<harmonium::Forward>("model.forward");
}
