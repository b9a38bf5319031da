#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::run {

/// One thing that a state consists of, as Visitor names them. Bulk data lie elsewhere.
struct Item {
  enum class Kind : std::uint8_t { group, integer, real, tensor };
  std::string name;
  Kind kind = Kind::group;
  std::int64_t integer = 0;
  double real = 0;
  // Of a tensor:
  Element element = Element::float32;
  Tensor::Shape shape;
  std::uint64_t file = 0;      ///< the number of its data file
  std::uint64_t offset = 0;    ///< in that file; a multiple of 64
  std::uint64_t bytes = 0;     ///< as the shape and element say
  std::uint64_t checksum = 0;  ///< XXH3 of the bytes
  std::vector<Item> items;     ///< of a group
};

/// What the file `entry` of a stored state says: everything but the bulk data.
struct Structure {
  std::string key;
  /// What it was made with: "blas", "simd", "seconds", ...
  std::vector<std::pair<std::string, std::string>> properties;
  /// Bytes of each data file.
  std::vector<std::uint64_t> files;
  Item root;

  /// A property, or empty.
  HARMONIUM_API std::string property(const std::string& name) const;
};

/// The largest text of a structure that is written or read.
inline constexpr std::uint64_t structure_limit = std::uint64_t{64} << 20;
/// Raised when the meaning of an archived structure changes; other versions are not read.
inline constexpr unsigned structure_version = 1;

/// As a Boost.Serialization archive. Throws RunFailed when it would be larger than structure_limit.
HARMONIUM_API std::string encode(const Structure& structure);
/// Checks every count before anything is allocated. Throws BadData for anything but what encode() writes, archives of
/// newer versions of Boost.Serialization and of other structure versions included.
HARMONIUM_API Structure decode(std::string_view archive);

/// The envelope around an archive: magic, format version, length and checksum.
HARMONIUM_API std::string seal(std::string_view archive);
/// The archive in an envelope. Throws BadData where the envelope was cut or changed.
HARMONIUM_API std::string_view unseal(std::string_view sealed);

}  // namespace harmonium::run
