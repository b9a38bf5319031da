#include "described.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

using nlohmann::json;

/// {rows, columns} or {channels, rows, columns}, whose product is the number of units.
bool is_shape_of(const std::vector<Index>& shape, Index units) {
  if (shape.size() < 2 || shape.size() > 3) return false;
  for (const Index extent : shape) {
    if (extent < 1 || units % extent != 0) return false;
    units /= extent;
  }
  return units == 1;
}

}  // namespace

Described::Described(const NpzFile& file, std::string file_path, std::string json_array, std::string array_prefix)
    : path(std::move(file_path)),
      array(std::move(json_array)),
      prefix(std::move(array_prefix)),
      model(json::parse(file.text(array), nullptr, false)) {
  if (!model.is_object()) damaged("the text is no JSON map");
  if (const auto format = get<std::int64_t>(model, "format"); format != 1)
    damaged(fmt::format("its format is {}, 1 is known", format));
}

void Described::damaged(const std::string& why) const {
  throw BadData(fmt::format("'{}', array '{}': {}", path, array, why));
}

void Described::missing(const char* name) const {
  damaged(fmt::format("'{}' is missing, or of another kind than is written", name));
}

bool Described::is_whole(const json& value) {
  return value.is_array() ? std::all_of(value.begin(), value.end(), is_whole) : value.is_number_integer();
}

std::string Described::recipe(const json& from, const char* name) const {
  const json value = get<json>(from, name);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Tensor::Shape Described::shape(const json& from, const char* name, Index units) const {
  const auto shape = get<std::vector<Index>>(from, name);
  if (!shape.empty() && !is_shape_of(shape, units))
    damaged(fmt::format("[{}] is not the shape of {} units", fmt::join(shape, ", "), units));
  return shape;
}

void demand_shape(const NpzFile& file, const std::string& array, const Tensor::Shape& expected) {
  if (file.shape(array) != expected)
    throw BadData(fmt::format("array '{}' has the shape ({}), but ({}) fits its layers", array,
                              fmt::join(file.shape(array), ", "), fmt::join(expected, ", ")));
}

void demand_kind(const NpzFile& file, const StoredKind& wanted) {
  std::string there;
  for (const StoredKind& kind : {network_kind, feedforward_kind, helmholtz_kind, belief_net_kind}) {
    const bool several = kind.array == network_kind.array && file.has("1.model");
    if (!several && !file.has(std::string(kind.array))) continue;
    if (kind.array == wanted.array) return;
    there += fmt::format("{}{}, which {} reads", there.empty() ? "" : ", and ", kind.name, kind.reader);
  }
  throw BadPipeline(there.empty() ? "the file does not say what model it holds, as those of export.npz do; model.npz "
                                    "reads machines of other programs"
                                  : fmt::format("the file holds {}, but not {}", there, wanted.name),
                    "with.path");
}

}  // namespace harmonium
