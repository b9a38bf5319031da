#include "read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/registry.hpp"
#include "npz.hpp"

namespace harmonium {
namespace {

using nlohmann::json;

Described describe_in(const NpzFile& file, const ReadModel& node) {
  demand_kind(file, network_kind);
  const bool several = !file.has("model");
  if (several && node.number == 0)
    throw BadPipeline("the file has several models: which of them, by its number from 1?", "with.number");
  const std::string prefix = several ? fmt::format("{}.", node.number) : "";
  if (!file.has(prefix + "model")) throw BadPipeline("the file has not so many models", "with.number");
  if (!several && node.number > 1) throw BadPipeline("the file has one model", "with.number");
  return {file, node.path.path, prefix + "model", prefix};
}

/// What the file says of log Z. Numbers that are not finite are written as null.
Certificate certificate_in(const Described& described) {
  const auto known = described.get<json>(described.model, "certificate");
  if (!known.is_object()) described.damaged("'certificate' is no map");
  Certificate certificate;
  bool all_known = true;
  Certificate::for_each_number(certificate, [&](const char* name, double& number) {
    const bool none = known.contains(name) && known.at(name).is_null();
    number = none ? std::numeric_limits<double>::quiet_NaN() : described.get<double>(known, name);
    all_known = all_known && !none;
  });
  certificate.verdict = described.get<std::string>(known, "verdict");
  certificate.data = described.get<std::string>(known, "data");
  if (certificate.verdict.empty() || (!all_known && trusted(certificate.verdict)))
    described.damaged("the certificate has no verdict that fits its numbers");
  return certificate;
}

}  // namespace

Network network_in(const NpzFile& file, const Described& described, bool with_values) {
  Network network;
  constexpr Index most_units = 10'000'000;
  for (const json& each : described.get<std::vector<json>>(described.model, "layers")) {
    Layer layer;
    layer.name = described.get<std::string>(each, "name");
    layer.units = make_value<Units>(described.recipe(each, "units"));
    layer.size = described.get<Index>(each, "size");
    layer.visible = described.get<bool>(each, "visible");
    layer.part = described.get<std::string>(each, "part");
    layer.by_channel = described.get<bool>(each, "by_channel");
    if (layer.size < 1 || layer.size > most_units)
      described.damaged(fmt::format("a layer cannot have {} units", layer.size));
    layer.shape = described.shape(each, "shape", layer.size);
    const Span<const UnitParameter> kinds = layer.units->parameters();
    layer.parameters = Tensor::matrix(kinds.size, layer.size);
    for (Index k = 0; k < kinds.size; ++k) {
      const std::string array = described.prefix + layer.name + "." + kinds[k].name.str();
      demand_shape(file, array, {layer.size});
      if (with_values) std::copy_n(file.read(array).data<float>(), layer.size, layer.parameters.view().row(k).data);
    }
    network.add(std::move(layer));
  }
  for (const json& each : described.get<std::vector<json>>(described.model, "links")) {
    const auto connection = make_value<Connection>(described.recipe(each, "connection"));
    const auto a = described.get<Index>(each, "a"), b = described.get<Index>(each, "b");
    if (std::min(a, b) < 0 || std::max(a, b) >= network.size())
      described.damaged("a connection joins layers that the model does not have");
    const std::string array = described.prefix + described.get<std::string>(each, "weights");
    const Layer &from = network.layer(a), &to = network.layer(b);
    Index rows = 0, columns = 0;
    connection->shape(
        {from.size, to.size, from.shape, to.shape, a == b, from.units->block(from.size), to.units->block(to.size)},
        rows, columns);
    demand_shape(file, array, {rows, columns});
    const Index link = network.connect(connection, a, b);
    if (with_values) network.link(link).weights = file.read(array);
    if (each.contains("tied")) network.tie(link, described.get<std::string>(each, "tied"));
  }
  if (network.visible().empty()) described.damaged("the model has no visible layer");
  if (described.model.contains("certificate")) network.certify(certificate_in(described));
  return network;
}

void ReadModel::describe(NodeType<ReadModel>& type) {
  type.says("A network as export.npz wrote it, whatever its layers, units and connections are.")
      .output<Network>("model", "The model.");
  type.parameter("path", &ReadModel::path).required().says("The .npz file.");
  type.parameter("number", &ReadModel::number)
      .at_least(0)
      .says("Which one, from 1, where the file holds several; 0: the only one.");
}

void ReadModel::outputs(const Specs&, Specs& outputs) const {
  const NpzFile file(path.path);
  outputs.set<Network>("model", network_in(file, describe_in(file, *this), false).spec());
}

Outputs ReadModel::run(const Inputs&, Context&) const {
  const NpzFile file(path.path);
  Outputs outputs;
  outputs.set("model", network_in(file, describe_in(file, *this), true));
  return outputs;
}

}  // namespace harmonium
