#pragma once

#include <vector>

#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// The tables at a list port, each of one row and all of the same columns. Throws BadData naming the one that differs.
std::vector<const Table*> one_row_tables(const Inputs& inputs, Text port);

/// Throws BadData naming table i, whose columns or units are not those of the first.
[[noreturn]] void throw_other_columns(const Inputs& inputs, Text port, Index i);

}  // namespace harmonium
