#pragma once

#include "harmonium/export.hpp"
#include "harmonium/network.hpp"

namespace harmonium {

/// Writes the same machine in other states of one layer: its states x become y, x = scale y + shift, and `units` are
/// those whose states are y. Probabilities stay as they are, energies but for a constant: with W the weights to a
/// neighbour and M those within the layer,
///   W -> scale W,   M -> scale^2 M,   own bias b -> scale (b + M shift),   neighbour's bias c -> c + W' shift.
/// Spins are 2 y - 1 of binary units y: scale 2, shift -1; binary units are (y + 1) / 2 of spins y.
///
/// Sums are in double. Throws RunFailed, leaving the network as it was, where the layer or a neighbour learns more than
/// a bias, since a shift moves biases alone.
HARMONIUM_API void restate(Network& network, Index layer, const Handle<Units>& units, double scale, double shift);

}  // namespace harmonium
