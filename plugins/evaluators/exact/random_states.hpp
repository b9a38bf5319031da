#pragma once

#include "harmonium/chains.hpp"
#include "harmonium/random.hpp"

namespace harmonium {

/// Puts every unit of every chain of a machine of two-state units into one of its two states, uniformly.
inline void begin_at_random(const Network& network, Chains& chains, const Stream& stream) {
  for (Index l = 0; l < network.size(); ++l) {
    const View<float> state = chains[l].state;
    uniform(stream.purpose(network.layer(l).name), state);
    const Span<const double> two = network.layer(l).units->states();
    const auto low = static_cast<float>(two[0]), high = static_cast<float>(two[1]);
    for (Index i = 0; i < state.rows; ++i)
      for (float& value : state.row(i)) value = value < 0.5F ? low : high;
  }
}

}  // namespace harmonium
