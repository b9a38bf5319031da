#include "read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/registry.hpp"
#include "npz.hpp"

namespace harmonium {
namespace {

using nlohmann::json;

/// Other numbers would be converted to whole ones, those out of range to anything.
bool is_whole(const json& value) {
  return value.is_array() ? std::all_of(value.begin(), value.end(), is_whole) : value.is_number_integer();
}

/// A network's description in a file, and where its arrays are.
struct Described {
  std::string path, prefix;
  json model;

  [[noreturn]] void damaged(const std::string& why) const {
    throw BadData(fmt::format("'{}', array '{}model': {}", path, prefix, why));
  }
  template <class T>
  T get(const json& from, const char* name) const {
    constexpr bool whole = std::is_same_v<T, Index> || std::is_same_v<T, std::vector<Index>>;
    try {
      if (const json& value = from.at(name); !whole || is_whole(value)) return value.get<T>();
    } catch (const json::exception&) {
      // As where it is no whole number.
    }
    damaged(fmt::format("'{}' is missing, or of another kind than is written", name));
  }
  /// A value as a pipeline file would say it.
  std::string recipe(const json& from, const char* name) const {
    const json value = get<json>(from, name);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
};

Described describe_in(const NpzFile& file, const ReadModel& node) {
  Described found{node.path.path, "", {}};
  const bool several = !file.has("model") && file.has("1.model");
  if (several && node.number == 0)
    throw BadPipeline("the file has several models: which of them, by its number from 1?", "with.number");
  if (!file.has("model")) found.prefix = fmt::format("{}.", node.number);
  if (!file.has(found.prefix + "model")) {
    if (several) throw BadPipeline("the file has not so many models", "with.number");
    throw BadPipeline(
        "the file does not say what model it holds, as those of export.npz do; model.npz reads machines of other "
        "programs",
        "with.path");
  }
  if (found.prefix.empty() && node.number > 1) throw BadPipeline("the file has one model", "with.number");
  found.model = json::parse(file.text(found.prefix + "model"), nullptr, false);
  if (!found.model.is_object()) found.damaged("the text is no JSON map");
  if (const auto format = found.get<std::int64_t>(found.model, "format"); format != 1)
    found.damaged(fmt::format("its format is {}, 1 is known", format));
  return found;
}

/// {rows, columns} or {channels, rows, columns}, whose product is the number of units.
bool is_shape_of(const std::vector<Index>& shape, Index units) {
  if (shape.size() < 2 || shape.size() > 3) return false;
  for (const Index extent : shape) {
    if (extent < 1 || units % extent != 0) return false;
    units /= extent;
  }
  return units == 1;
}

/// Arrays are looked at before room is made for them: what a file claims may be false.
void demand_shape(const NpzFile& file, const std::string& array, const Tensor::Shape& expected) {
  if (file.shape(array) != expected)
    throw BadData(fmt::format("array '{}' has the shape ({}), but ({}) fits its layers", array,
                              fmt::join(file.shape(array), ", "), fmt::join(expected, ", ")));
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

/// With the values of the arrays, or zeros.
Network make_network(const NpzFile& file, const Described& described, bool with_values) {
  Network network;
  constexpr Index most_units = 10'000'000;
  for (const json& each : described.get<std::vector<json>>(described.model, "layers")) {
    Layer layer;
    layer.name = described.get<std::string>(each, "name");
    layer.units = make_value<Units>(described.recipe(each, "units"));
    layer.size = described.get<Index>(each, "size");
    layer.shape = described.get<std::vector<Index>>(each, "shape");
    layer.visible = described.get<bool>(each, "visible");
    layer.part = described.get<std::string>(each, "part");
    layer.by_channel = described.get<bool>(each, "by_channel");
    if (layer.size < 1 || layer.size > most_units)
      described.damaged(fmt::format("a layer cannot have {} units", layer.size));
    if (!layer.shape.empty() && !is_shape_of(layer.shape, layer.size))
      described.damaged(fmt::format("[{}] is not the shape of {} units", fmt::join(layer.shape, ", "), layer.size));
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

}  // namespace

void ReadModel::describe(NodeType<ReadModel>& type) {
  type.says("A model as export.npz wrote it, whatever its layers, units and connections are.")
      .output<Network>("model", "The model.");
  type.parameter("path", &ReadModel::path).required().says("The .npz file.");
  type.parameter("number", &ReadModel::number)
      .at_least(0)
      .says("Which one, from 1, where the file holds several; 0: the only one.");
}

void ReadModel::outputs(const Specs&, Specs& outputs) const {
  const NpzFile file(path.path);
  outputs.set<Network>("model", make_network(file, describe_in(file, *this), false).spec());
}

Outputs ReadModel::run(const Inputs&, Context&) const {
  const NpzFile file(path.path);
  Outputs outputs;
  outputs.set("model", make_network(file, describe_in(file, *this), true));
  return outputs;
}

}  // namespace harmonium
