#pragma once

#include "harmonium/random.hpp"
#include "numerics/kernels.hpp"

namespace harmonium {

/// Where the numbers of a matrix's row begin. Throws std::logic_error when the stream's first column is not a multiple
/// of four or lies beyond 2^34.
Place place_of(const Stream& stream, Index row);

}  // namespace harmonium
