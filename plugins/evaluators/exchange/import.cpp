#include "import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "npz.hpp"

namespace harmonium {
namespace {

/// What moves the mean of units by itself.
bool is_bias(const UnitParameter& parameter) {
  return parameter.name.view() == "bias" || parameter.name.view() == "mean";
}

/// Which arrays make up the machine, and how large it is.
struct Found {
  std::string weights, visible_bias, hidden_bias;
  bool hidden_first = false;  ///< the weights' rows are hidden units
  Index visible = 0, hidden = 0;
};

/// The array that `given` names, or the first of `usual` that the file has.
std::string choose(const NpzFile& file, const std::string& parameter, const std::string& given,
                   const std::vector<std::string>& usual) {
  const std::vector<std::string> wanted = given.empty() ? usual : std::vector<std::string>{given};
  for (const std::string& name : wanted)
    if (file.has(name)) return name;
  const std::vector<std::string> names = file.names();
  throw BadPipeline(fmt::format("the file has no array '{}'; it has {}", fmt::join(wanted, "' or '"),
                                names.empty() ? "none" : fmt::format("'{}'", fmt::join(names, "', '"))),
                    "with." + parameter);
}

Index length_of(const NpzFile& file, const std::string& parameter, const std::string& array) {
  const Tensor::Shape shape = file.shape(array);
  // A single row or column is as good as a list.
  const auto wide = std::count_if(shape.begin(), shape.end(), [](Index extent) { return extent != 1; });
  if (shape.empty() || wide > 1)
    throw BadPipeline(
        fmt::format("array '{}' should hold one value a unit, but its shape is ({})", array, fmt::join(shape, ", ")),
        "with." + parameter);
  return std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
}

void demand_bias(const Handle<Units>& units, const std::string& parameter) {
  const Span<const UnitParameter> kinds = units->parameters();
  if (std::none_of(kinds.begin(), kinds.end(), is_bias))
    throw BadPipeline(fmt::format("{} have no biases to import", units.type()), "with." + parameter);
}

Found find_arrays(const ImportNpz& node, const NpzFile& file) {
  Found found;
  found.weights = choose(file, "weights", node.weights, {"components_", "visible-hidden.weights"});
  found.visible_bias = choose(file, "visible_bias", node.visible_bias, {"intercept_visible_", "visible.bias"});
  found.hidden_bias = choose(file, "hidden_bias", node.hidden_bias, {"intercept_hidden_", "hidden.bias"});
  found.visible = length_of(file, "visible_bias", found.visible_bias);
  found.hidden = length_of(file, "hidden_bias", found.hidden_bias);
  const Tensor::Shape shape = file.shape(found.weights);
  const bool hidden_first = shape == Tensor::Shape{found.hidden, found.visible};
  const bool visible_first = shape == Tensor::Shape{found.visible, found.hidden};
  if (!hidden_first && !visible_first)
    throw BadPipeline(
        fmt::format("array '{}' has the shape ({}), but {} visible and {} hidden biases need ({}, {}) or "
                    "its transpose",
                    found.weights, fmt::join(shape, ", "), found.visible, found.hidden, found.hidden, found.visible),
        "with.weights");
  if (node.orientation == "auto") {
    const bool known = found.weights == "components_" || found.weights == "visible-hidden.weights";
    if (hidden_first && visible_first && !known)
      throw BadPipeline(fmt::format("array '{}' is square, so its orientation must be given", found.weights),
                        "with.orientation");
    found.hidden_first = hidden_first && (!visible_first || found.weights == "components_");
  } else {
    found.hidden_first = node.orientation == "hidden x visible";
    if (found.hidden_first ? !hidden_first : !visible_first)
      throw BadPipeline(fmt::format("array '{}' has the shape ({}), which is not {}", found.weights,
                                    fmt::join(shape, ", "), node.orientation),
                        "with.orientation");
  }
  return found;
}

void set_bias(const NpzFile& file, const std::string& array, Layer& layer) {
  const Tensor values = file.read(array);
  const Span<const UnitParameter> kinds = layer.units->parameters();
  for (Index k = 0; k < kinds.size; ++k)
    if (is_bias(kinds[k])) std::copy_n(values.data<float>(), values.size(), layer.parameters.view().row(k).data);
}

/// The machine with its parameters at their beginning.
Network make_network(const ImportNpz& node, const Found& found) {
  const Index pixels = std::accumulate(node.shape.begin(), node.shape.end(), Index{1}, std::multiplies<>());
  if (!node.shape.empty() && (pixels != found.visible || node.shape.size() < 2 || node.shape.size() > 3))
    throw BadPipeline(
        fmt::format("[{}] is not an image shape of {} visible units", fmt::join(node.shape, ", "), found.visible),
        "with.shape");
  demand_bias(node.visible_units, "visible_units");
  demand_bias(node.hidden_units, "hidden_units");
  Network network;
  Layer visible, hidden;
  visible.name = "visible";
  visible.units = node.visible_units;
  visible.size = found.visible;
  visible.shape = node.shape;
  visible.visible = true;
  visible.part = "features";
  hidden.name = "hidden";
  hidden.units = node.hidden_units;
  hidden.size = found.hidden;
  const Index a = network.add(std::move(visible)), b = network.add(std::move(hidden));
  const Index link = network.connect(node.connection, a, b);
  const Tensor& weights = network.link(link).weights;
  if (weights.rows() != found.visible || weights.columns() != found.hidden)
    throw BadPipeline(
        fmt::format("{} has {} x {} weights between {} visible and {} hidden units; the file's are for "
                    "a dense connection",
                    node.connection.type(), weights.rows(), weights.columns(), found.visible, found.hidden),
        "with.connection");
  return network;
}

}  // namespace

void ImportNpz::describe(NodeType<ImportNpz>& type) {
  type.says(
          "A restricted Boltzmann machine whose weights were trained elsewhere, from an .npz file: as saved from "
          "scikit-learn's BernoulliRBM by numpy.savez(path, components_=rbm.components_, "
          "intercept_visible_=rbm.intercept_visible_, intercept_hidden_=rbm.intercept_hidden_), as export.npz writes "
          "it, or with array names of your own. Weights multiply states as they are: of models that couple through "
          "x / sigma^2, divide them first.")
      .output<Network>("model", "Layers 'visible', showing the part 'features', and 'hidden'.");
  type.parameter("path", &ImportNpz::path).required().says("The .npz file.");
  type.parameter("weights", &ImportNpz::weights)
      .says("The array of the weights; unless given, 'components_' or 'visible-hidden.weights'.");
  type.parameter("visible_bias", &ImportNpz::visible_bias)
      .says("The array of the visible biases; unless given, 'intercept_visible_' or 'visible.bias'.");
  type.parameter("hidden_bias", &ImportNpz::hidden_bias)
      .says("The array of the hidden biases; unless given, 'intercept_hidden_' or 'hidden.bias'.");
  type.parameter("orientation", &ImportNpz::orientation)
      .one_of({"auto", "hidden x visible", "visible x hidden"})
      .says("What the rows and columns of the weights are; auto finds it from the biases.");
  type.parameter("visible_units", &ImportNpz::visible_units).says("What the visible units are.");
  type.parameter("hidden_units", &ImportNpz::hidden_units).says("What the hidden units are.");
  type.parameter("connection", &ImportNpz::connection).says("How the layers are joined.");
  type.parameter("shape", &ImportNpz::shape)
      .unit("units")
      .says("The visible layer's image shape, [rows, columns] or [channels, rows, columns].");
}

void ImportNpz::outputs(const Specs&, Specs& outputs) const {
  const NpzFile file(path.path);
  outputs.set<Network>("model", make_network(*this, find_arrays(*this, file)).spec());
}

Outputs ImportNpz::run(const Inputs&, Context&) const {
  const NpzFile file(path.path);
  const Found found = find_arrays(*this, file);
  Network network = make_network(*this, found);
  set_bias(file, found.visible_bias, network.layer(0));
  set_bias(file, found.hidden_bias, network.layer(1));
  const Tensor values = file.read(found.weights);
  const View<const float> from = values.view();
  const View<float> to = network.link(0).weights.view();
  for (Index i = 0; i < to.rows; ++i)
    for (Index j = 0; j < to.columns; ++j) to(i, j) = found.hidden_first ? from(j, i) : from(i, j);
  Outputs outputs;
  outputs.set("model", std::move(network));
  return outputs;
}

}  // namespace harmonium
