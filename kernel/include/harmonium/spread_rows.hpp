#pragma once

#include "harmonium/dataset.hpp"
#include "harmonium/export.hpp"

namespace harmonium {

/// At most so many rows of a data set, spread evenly over it, since it may be sorted: what trainers watch.
HARMONIUM_API Dataset spread_rows(const Dataset& data, Index most);

}  // namespace harmonium
