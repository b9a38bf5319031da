#pragma once

#include <vector>

#include "harmonium/chains.hpp"

namespace harmonium {

/// The states of chains, layer by layer, for a node's state that has no network to make chains of when it is loaded.
HARMONIUM_API void keep_states(const Chains& chains, std::vector<Tensor>& kept);
/// Gives chains the states that were kept. Throws BadData where those are of chains of another number or size.
HARMONIUM_API void take_states(const std::vector<Tensor>& kept, Chains& chains);

}  // namespace harmonium
