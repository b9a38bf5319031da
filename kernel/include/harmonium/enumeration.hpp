#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/network.hpp"

namespace harmonium {

/// A network of units with two states each, as one machine over all of them in double:
///   E(s) = constant - sum_i bias_i s_i - sum_{i<j} coupling_ij s_i s_j,   s_i being 0 or 1.
/// Whatever the units and connections are, it is found from energies alone: of no unit, single units and pairs.
class HARMONIUM_API TwoStateMachine {
 public:
  static constexpr Index most_units = 25;

  /// Throws RunFailed where units have other than two states, or are too many.
  explicit TwoStateMachine(const Network& network);

  Index units() const { return static_cast<Index>(bias.size()); }
  /// Visits every state once, in the order of a Gray code within each of a fixed number of blocks, on several threads:
  /// visit(block, energy, state, changed), `state` having a bit for each unit and `changed` being the unit that changed
  /// last, -1 at the beginning of a block. Calls of different blocks come at once: `visit` may write only to what is
  /// the state's or the block's own.
  static constexpr Index most_blocks = 64;
  Index blocks() const;
  void enumerate(
      const std::function<void(Index block, double energy, std::uint32_t state, Index changed)>& visit) const;

  double constant = 0;
  std::vector<double> bias;
  std::vector<double> coupling;    ///< units x units, symmetric, zero on the diagonal
  std::vector<double> low, high;   ///< what the two states of a unit are
  std::vector<std::string> names;  ///< "visible 1", ...
};

}  // namespace harmonium
