#pragma once

#include "harmonium/input_file.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// What the header of an IDX file says: two zero bytes, the type of the values, the number of dimensions, and their
/// sizes as 32-bit numbers, highest byte first (LeCun, Cortes, Burges, "The MNIST database").
struct IdxHeader {
  enum class Type : std::uint8_t {
    uint8 = 0x08,
    int8 = 0x09,
    int16 = 0x0b,
    int32 = 0x0c,
    float32 = 0x0d,
    float64 = 0x0e
  };
  Type type = Type::uint8;
  Tensor::Shape shape;

  /// Bytes of one value.
  Index value_bytes() const;
  /// Bytes before the first value.
  Index offset() const { return 4 + 4 * static_cast<Index>(shape.size()); }
  Index rows() const { return shape[0]; }
  /// Values in a row.
  Index width() const;
  Index bytes() const { return rows() * width() * value_bytes(); }
};

/// Reads the header and leaves the file behind it. Throws BadData for what is none, and for counts that do not fit the
/// file.
IdxHeader read_idx_header(InputFile& file);

/// Reads the values that follow the header as uint8 or, for all other types, float32 into `to` (rows x width). `tell`
/// is called with the rows done. Throws BadData where the file ends early or goes on, and for values that are not
/// finite.
void read_idx_values(InputFile& file, const IdxHeader& header, Tensor& to, void (*tell)(void* closure, Index rows),
                     void* closure);

}  // namespace harmonium
