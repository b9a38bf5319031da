#pragma once

#include "harmonium/views.hpp"

namespace harmonium::bench {

/// A sequential sweep of a fully connected machine beside one product of chains x units x units, so many rounds of each
/// in turn; a line of JSON a round.
void sweep_beside_product(Index units, Index chains, Index rounds);

/// Parallel tempering of an RBM beside the sweeps of as many chains at as many temperatures without swaps, in turn; a
/// line of JSON a round.
void tempering_beside_sweeps(Index visible, Index hidden, Index chains, Index temperatures, Index rounds);

}  // namespace harmonium::bench
