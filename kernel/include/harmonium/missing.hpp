#pragma once

#include "harmonium/dataset.hpp"
#include "harmonium/export.hpp"

namespace harmonium {

/// A value of a row that nobody knows is nan; of a category all values of the row are. Whoever can do without it reads
/// rows by this function. Dataset::read throws BadData, with row and column, where one is missing.
HARMONIUM_API void read_with_missing(const Dataset& data, Index part, Index first, Index count, View<float> out);

}  // namespace harmonium
