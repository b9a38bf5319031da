#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "harmonium/tensor.hpp"
#include "npz.hpp"

namespace harmonium {

/// What the arrays of a file do not tell of a model: JSON text in the bytes of one more array.
struct Described {
  std::string path;    ///< the file
  std::string array;   ///< which of its arrays is the text
  std::string prefix;  ///< what the names of the model's arrays begin with
  nlohmann::json model;

  /// Reads the text. Throws BadData where it is none of a known format.
  Described(const NpzFile& file, std::string file_path, std::string json_array, std::string array_prefix);

  [[noreturn]] void damaged(const std::string& why) const;
  /// Throws BadData where it is not there or of another kind. Whole numbers are not converted from others.
  template <class T>
  T get(const nlohmann::json& from, const char* name) const {
    constexpr bool whole = std::is_same_v<T, Index> || std::is_same_v<T, std::vector<Index>>;
    try {
      if (const nlohmann::json& value = from.at(name); !whole || is_whole(value)) return value.get<T>();
    } catch (const nlohmann::json::exception&) {
      // As where it is no whole number.
    }
    missing(name);
  }
  /// A value as a pipeline file would say it.
  std::string recipe(const nlohmann::json& from, const char* name) const;
  /// The shape of `units` units, or none.
  Tensor::Shape shape(const nlohmann::json& from, const char* name, Index units) const;

 private:
  static bool is_whole(const nlohmann::json& value);
  [[noreturn]] void missing(const char* name) const;
};

/// Arrays are looked at before room is made for them: what a file claims may be false. Throws BadData where `array` has
/// another shape.
void demand_shape(const NpzFile& file, const std::string& array, const Tensor::Shape& expected);

/// The kinds of models that a file of export.npz may hold, and the array that describes each.
struct StoredKind {
  std::string_view array, name, reader;
};
inline constexpr StoredKind network_kind{"model", "a network", "model.read"};
inline constexpr StoredKind feedforward_kind{"readout", "a feed-forward network", "model.read.feedforward"};
inline constexpr StoredKind helmholtz_kind{"helmholtz", "a Helmholtz machine", "model.read.helmholtz"};
inline constexpr StoredKind belief_net_kind{"belief_net", "a deep belief network", "model.read.belief_net"};

/// Throws BadPipeline, for "with.path" and naming what the file does hold, unless it has a model of the kind.
void demand_kind(const NpzFile& file, const StoredKind& kind);

}  // namespace harmonium
