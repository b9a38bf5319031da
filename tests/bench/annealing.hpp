#pragma once

#include "harmonium/views.hpp"

namespace harmonium::bench {

/// Annealed importance sampling of an RBM beside the bare products of as many temperatures, interleaved; a line of JSON
/// for every 1,000.
void annealing_beside_products(Index visible, Index hidden, Index runs, Index rounds);

}  // namespace harmonium::bench
