#pragma once

#include "harmonium/chains.hpp"

namespace harmonium {

/// Sets all layers without a flag in `held`, layer by layer away from those that have one: each by `draw` (sample or
/// mean) given the nearer ones alone, whose input counts twice where further layers are joined to it and are not set
/// yet. It is where the settling of a deep Boltzmann machine begins. Salakhutdinov, Larochelle 2010, section 2.2.
/// Layers that are not joined to a held one, however far, are set as if nothing were joined to them.
HARMONIUM_API void bottom_up(const Network& network, Chains& chains, Span<const std::uint8_t> held,
                             const Stream& stream, Draw draw);

}  // namespace harmonium
