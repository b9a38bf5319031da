#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "encoded.hpp"
#include "forward.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/plugin.hpp"

namespace harmonium {
namespace {

/// Pushes a data set up through a model, or through a stack of models from the data upwards: the features are the means
/// of the topmost hidden layer, E[h | v], each layer being driven by the means of the one below.
struct Encode {
  std::string doubled = "none";

  static void describe(NodeType<Encode>& type) {
    type.says(
            "Pushes a data set up through a model or a stack: the features are the means of the topmost hidden layer.")
        .cites("Hinton, Osindero, Teh 2006")
        .input<Dataset>("data", "What is encoded; parts that the model does not show are carried along.")
        .list_input<Network>("model", "The model, or the models of a stack from the data upwards.")
        .output<Dataset>("data", "The data set with its features replaced.");
    type.parameter("doubled", &Encode::doubled)
        .one_of({"none", "up", "down"})
        .says(
            "As the models were trained for a deep Boltzmann machine: with up, the input to hidden units counts twice; "
            "with down, that to visible ones did, which features do not depend on.")
        .cites("Salakhutdinov, Hinton 2009, section 3.3");
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
      if (!model.hidden_independent())
        out.problem("in.model", fmt::format("model {} has hidden units that are joined to each other: the means of its "
                                            "features are not exact",
                                            m + 1));
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
        if (!layer.visible) shape = layer.shape;
      }
      width = model.hidden_units();
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
      Index column = 0;
      for (Index layer : network.hidden()) {
        const Index size = network.layer(layer).size;
        hidden_mean(network, layer, visible, above.view().column_range(column, size));
        column += size;
      }
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
    Tensor::Shape shape;
    for (Index layer : top.hidden()) shape = top.layer(layer).shape;
    out.set("data", encoded(data, {"features", state.features->columns(), shape, PartSpec::Kind::real, {}},
                            state.features, shown));
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Encode>("model.encode");
  registrar.node<harmonium::Forward>("model.forward");
}
