#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// What the header of a NumPy array file says (numpy.lib.format, versions 1.0 to 3.0).
struct NpyHeader {
  /// Byte order, kind and bytes of a value as NumPy writes them: "<f4", "|u1", ...
  std::string type;
  Tensor::Shape shape;
  /// Bytes before the first value.
  Index offset = 0;

  /// Bytes of one value.
  Index value_bytes = 0;
  /// Values in all.
  Index size = 0;
};

/// The most bytes that a header may have here.
inline constexpr Index npy_header_limit = 65536 + 12;

/// Reads the header at the beginning of `bytes` (npy_header_limit of them are enough, whatever the array's size);
/// `name` is what messages call the file. Throws BadData, with the remedy, for what is no array of plain little-endian
/// numbers, row by row.
HARMONIUM_API NpyHeader read_npy_header(Span<const std::uint8_t> bytes, Text name);

/// The header of a file of that element and shape, version 1.0; its length is a multiple of 64.
HARMONIUM_API std::string write_npy_header(Element element, const Tensor::Shape& shape);

}  // namespace harmonium
