#include "read_directed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "described.hpp"
#include "harmonium/belief_net.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/helmholtz.hpp"
#include "harmonium/registry.hpp"
#include "read.hpp"

namespace harmonium {
namespace {

using nlohmann::json;

Described describe_in(const NpzFile& file, const FilePath& path, const StoredKind& kind, const std::string& prefix) {
  demand_kind(file, kind);
  return {file, path.path, std::string(kind.array), prefix};
}

std::string part_in(const Described& described) {
  auto part = described.get<std::string>(described.model, "part");
  if (part.empty()) described.damaged("'part' is empty");
  return part;
}

/// A list as one row of a matrix.
void read_row(const NpzFile& file, const std::string& array, Tensor& matrix, Index row) {
  std::copy_n(file.read(array).data<float>(), matrix.columns(), matrix.view().row(row).data);
}

Feedforward feedforward_in(const FilePath& path, bool with_values) {
  const NpzFile file(path.path);
  const Described described = describe_in(file, path, feedforward_kind, "");
  Feedforward network;
  for (const json& each : described.get<std::vector<json>>(described.model, "layers")) {
    const std::string prefix = fmt::format("layer{}.", network.stages.size() + 1), weights = prefix + "weights";
    const Tensor::Shape shape = file.shape(weights);
    if (shape.size() != 2 || std::min(shape[0], shape[1]) < 1)
      throw BadData(fmt::format("'{}', array '{}' has the shape ({}), but weights are inputs x outputs", path.path,
                                weights, fmt::join(shape, ", ")));
    if (!network.stages.empty()) demand_shape(file, weights, {network.stages.back().outputs(), shape[1]});
    Feedforward::Stage stage;
    stage.units = make_value<Units>(described.recipe(each, "units"));
    if (const Index block = stage.units->block(shape[1]); block < 1 || shape[1] % block != 0)
      described.damaged(fmt::format("{} units of layer {} cannot be cut into blocks of {}, as {} needs", shape[1],
                                    network.stages.size() + 1, block, stage.units.type()));
    const Span<const UnitParameter> kinds = stage.units->parameters();
    for (const UnitParameter& kind : kinds) demand_shape(file, prefix + kind.name.str(), {shape[1]});
    stage.weights = with_values ? file.read(weights) : Tensor::matrix(shape[0], shape[1]);
    stage.parameters = Tensor::matrix(kinds.size, shape[1]);
    for (Index k = 0; with_values && k < kinds.size; ++k)
      read_row(file, prefix + kinds[k].name.str(), stage.parameters, k);
    network.stages.push_back(std::move(stage));
  }
  if (network.stages.empty()) described.damaged("the network has no layers");
  network.classes = described.get<std::vector<std::string>>(described.model, "classes");
  if (!network.classes.empty() && static_cast<Index>(network.classes.size()) != network.spec().outputs)
    described.damaged(
        fmt::format("there are {} classes, but {} outputs", network.classes.size(), network.spec().outputs));
  network.part = part_in(described);
  network.input_shape = described.shape(described.model, "input_shape", network.spec().inputs);
  network.output_shape = described.shape(described.model, "output_shape", network.spec().outputs);
  return network;
}

/// The directed layers that `described` tells of, whose arrays begin with its name.
HelmholtzMachine machine_in(const NpzFile& file, const Described& described, bool with_values) {
  HelmholtzSpec spec;
  spec.sizes = described.get<std::vector<Index>>(described.model, "sizes");
  if (spec.sizes.empty() || *std::min_element(spec.sizes.begin(), spec.sizes.end()) < 1)
    described.damaged("the machine has no layers, or one without units");
  spec.shape = described.shape(described.model, "shape", spec.sizes.front());
  spec.part = part_in(described);
  const auto layer = [&](std::size_t l) { return fmt::format("{}.layer{}", described.array, l); };
  const auto weights = [&](std::size_t from, std::size_t to) {
    return fmt::format("{}-layer{}.weights", layer(from), to);
  };
  for (std::size_t l = 0; l < spec.sizes.size(); ++l) {
    demand_shape(file, layer(l) + ".bias", {spec.sizes[l]});
    if (l == 0) continue;
    demand_shape(file, layer(l) + ".recognition_bias", {spec.sizes[l]});
    demand_shape(file, weights(l, l - 1), {spec.sizes[l], spec.sizes[l - 1]});
    demand_shape(file, weights(l - 1, l), {spec.sizes[l - 1], spec.sizes[l]});
  }
  HelmholtzMachine machine(spec);
  for (std::size_t l = 0; with_values && l < spec.sizes.size(); ++l) {
    read_row(file, layer(l) + ".bias", machine.layers[l].bias, 0);
    if (l == 0) continue;
    read_row(file, layer(l) + ".recognition_bias", machine.layers[l].recognition_bias, 0);
    machine.links[l - 1] = {file.read(weights(l, l - 1)), file.read(weights(l - 1, l))};
  }
  return machine;
}

HelmholtzMachine helmholtz_in(const FilePath& path, bool with_values) {
  const NpzFile file(path.path);
  return machine_in(file, describe_in(file, path, helmholtz_kind, ""), with_values);
}

DeepBeliefNet belief_net_in(const FilePath& path, bool with_values) {
  const NpzFile file(path.path);
  const Described described = describe_in(file, path, belief_net_kind, "");
  const std::string prefix = described.array + ".top.";
  DeepBeliefNet net;
  net.below = machine_in(file, described, with_values);
  net.top = network_in(file, {file, path.path, prefix + "model", prefix}, with_values);
  // A layer that could be changed would void the certificate.
  const Network& top = net.top;
  const auto shown = [&](Index layer) { return top.layer(layer).part == DeepBeliefNet::joint_part; };
  const std::vector<Index> visible = top.visible();
  if (top.hidden().empty() || std::none_of(visible.begin(), visible.end(), shown))
    described.damaged(fmt::format("its top is no RBM that shows '{}'", DeepBeliefNet::joint_part));
  const Layer& joint = top.layer(net.joint());
  if (joint.size != net.below.layers.back().size() || joint.units.type() != "units.bernoulli")
    described.damaged(fmt::format("the top RBM has {} of {} over directed layers of {} binary units", joint.size,
                                  joint.units.type(), net.below.layers.back().size()));
  return net;
}

/// What the node types do each in its own way.
template <class Model>
struct Reader;
template <>
struct Reader<Feedforward> {
  static constexpr const char* port = "readout";
  static constexpr const char* says =
      "A read-out, an encoder, an autoencoder or any other feed-forward network as export.npz wrote it.";
  static constexpr auto read = feedforward_in;
};
template <>
struct Reader<HelmholtzMachine> {
  static constexpr const char* port = "model";
  static constexpr const char* says = "A Helmholtz machine as export.npz wrote it.";
  static constexpr auto read = helmholtz_in;
};
template <>
struct Reader<DeepBeliefNet> {
  static constexpr const char* port = "model";
  static constexpr const char* says = "A deep belief network of directed layers under an RBM as export.npz wrote it.";
  static constexpr auto read = belief_net_in;
};

}  // namespace

template <class Model>
void ReadDirected<Model>::describe(NodeType<ReadDirected>& type) {
  type.says(Reader<Model>::says).template output<Model>(Reader<Model>::port, "The model.");
  type.parameter("path", &ReadDirected::path).required().says("The .npz file.");
}

template <class Model>
void ReadDirected<Model>::outputs(const Specs&, Specs& outputs) const {
  outputs.set<Model>(Reader<Model>::port, Reader<Model>::read(path, false).spec());
}

template <class Model>
Outputs ReadDirected<Model>::run(const Inputs&, Context&) const {
  Outputs outputs;
  outputs.set(Reader<Model>::port, Reader<Model>::read(path, true));
  return outputs;
}

template class ReadDirected<Feedforward>;
template class ReadDirected<HelmholtzMachine>;
template class ReadDirected<DeepBeliefNet>;

}  // namespace harmonium
