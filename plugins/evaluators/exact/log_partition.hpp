#pragma once

#include <vector>

#include "harmonium/network.hpp"

namespace harmonium {

/// The largest number of units of two states whose states are added up, the other units being summed out.
inline constexpr Index most_added_up = 22;

/// log Z by adding up the states of some layers, the others, which are not joined to each other, being summed out: the
/// free energy of the machine that shows those layers.
double log_partition_by(const Network& network, const std::vector<Index>& side);
/// The layers with the fewest units, of two states and at most 22 of them, by whose states log Z can be added
/// up; none where there are none.
std::vector<Index> fewest_to_add_up(const ModelSpec& model);
/// Notes, as problems of "in.model", layers of units that are approximate, which have no energy.
/// Returns whether there are none.
bool check_exact(const ModelSpec& model, Specs& out);
/// The certificate that the network has, or else its log Z added up by those layers, which must be there. Throws
/// BadData where they are not: where a network has lost the certificate that its spec promised.
Certificate certificate_of(const Network& network);

}  // namespace harmonium
