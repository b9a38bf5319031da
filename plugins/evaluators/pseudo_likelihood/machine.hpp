#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "support.hpp"

namespace harmonium {

/// Visible units whose states are given together: one unit, or one block of units (Units::block).
struct Coordinate {
  std::size_t layer = 0;  ///< its place in Machine::visible
  Index first = 0;        ///< its first unit within the layer
  Index width = 1;
  Support support;
};

/// A network whose hidden layers are independent given the visible ones, as conditionals of single coordinates need
/// it. The visible layers lie side by side, and so do the hidden ones. Everything in double.
struct Machine {
  struct Side {
    const Layer* layer = nullptr;
    Index first = 0;  ///< the column of its first unit
    Tensor theta;
  };

  /// Throws RunFailed where hidden layers are joined, units are approximate, the weights leave no distribution, or the
  /// states of visible units are none that can be added up.
  explicit Machine(const Network& network);

  /// Inputs to the visible units from each other and to the hidden units, both rows x units, from states (rows x
  /// visible units).
  void inputs(View<const double> states, View<double> to_visible, View<double> to_hidden) const;

  const Network& network;
  std::vector<Side> visible, hidden;
  Index visible_units = 0, hidden_units = 0;
  /// visible units x hidden units: how inputs to hidden units change with each visible one.
  Tensor response;
  std::vector<Coordinate> coordinates;
};

}  // namespace harmonium
