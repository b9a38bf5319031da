#pragma once

#include <algorithm>

#include "harmonium/parallel.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// Elements in one block of work: about ten microseconds, several times what starting the team costs.
inline constexpr Index transcendental = Index{1} << 13;
inline constexpr Index arithmetic = Index{1} << 16;

/// Rows of a matrix cut into blocks of about `elements`: fixed by its shape alone.
struct RowBlocks {
  Index rows;
  Index length;
  Index count;

  RowBlocks(Index rows_, Index columns, Index elements)
      : rows(rows_),
        length(std::max<Index>(1, elements / std::max<Index>(1, columns))),
        count((rows_ + length - 1) / length) {}
  Index first(Index block) const { return block * length; }
  Index size(Index block) const { return std::min(length, rows - block * length); }
};

/// Calls body(row) for every row of a matrix of this shape.
template <class T, class Body>
void for_rows(View<T> shape, Index elements, Body&& body) {
  if (shape.empty()) return;
  const RowBlocks blocks(shape.rows, shape.columns, elements);
  parallel(blocks.count, [&](Index block) {
    const Index end = blocks.first(block) + blocks.size(block);
    for (Index i = blocks.first(block); i < end; ++i) body(i);
  });
}

}  // namespace harmonium
