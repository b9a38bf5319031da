#pragma once

#include <array>

#include "harmonium/export.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// Random numbers as a function of where they are used, without any state: Philox4x32-10 (Salmon et al. 2011).
/// Key = hash(seed, node, purpose); counter = (step low, step high, row, column block of four), word j % 4 of its four
/// being that of column j. The draw for unit j of chain r at step s is the same whatever else is drawn, on any number
/// of threads, before and after a resume. Bits of the row beyond the 32 of its word enter the key.
struct Stream {
  std::uint64_t key = 0;
  std::uint64_t step = 0;
  /// Added to the row of a matrix: the global number of its first chain or data row.
  std::uint64_t first_row = 0;
  /// Added to the column of a matrix; a multiple of four below 2^34, else drawing throws std::logic_error.
  std::uint64_t first_column = 0;

  Stream at(std::uint64_t step_) const { return {key, step_, first_row, first_column}; }
  Stream rows_from(std::uint64_t row) const { return {key, step, first_row + row, first_column}; }
  Stream columns_from(std::uint64_t column) const { return {key, step, first_row, first_column + column}; }
  /// An independent stream, for another use at the same place: "visible", "attempt 2", ...
  HARMONIUM_API Stream purpose(Text name) const;
};

/// The block cipher itself: counter and key to four words.
HARMONIUM_API std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                      std::array<std::uint32_t, 2> key);

/// Fills `out` with draws in (0, 1): (word >> 9 + 1/2) / 2^23, which a float holds exactly.
HARMONIUM_API void uniform(const Stream& stream, View<float> out);
/// Fills `out` with draws of the standard normal distribution (Box and Muller 1958), in pairs of columns.
HARMONIUM_API void normal(const Stream& stream, View<float> out);
/// A permutation of 0 .. size-1 (Fisher and Yates; Durstenfeld 1964), unbiased. One for each (step, first row, first
/// column) of the stream.
HARMONIUM_API void permutation(const Stream& stream, Span<Index> out);
/// One draw, uniform on 0 .. bound-1, at (step, first row, first column) of the stream, where any column will do;
/// unbiased (Lemire 2019).
HARMONIUM_API std::uint64_t uniform_integer(const Stream& stream, std::uint64_t bound);

}  // namespace harmonium
