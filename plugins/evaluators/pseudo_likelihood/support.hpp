#pragma once

#include <functional>
#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// What log p says of states of one coordinate, up to a constant: the sum of its own part, log h(x) + (theta, input) .
/// t(x), and of what the hidden units add, which is convex in x since log-partitions are.
struct Exponents {
  /// logs[i] = that of row i of `states` (states x the coordinate's width).
  std::function<void(View<const double> states, Span<double> logs)> own, hidden;
};

/// The states that a coordinate may take: some that are listed, all counts, or an interval without an end.
struct Support {
  enum class Kind : std::uint8_t { listed, counts, half_line, line };
  Kind kind = Kind::listed;
  /// Listed states, states x width.
  Tensor states;
  /// Of counts: the largest that has a weight; `no_end` where every one has.
  Index last = no_end;
  /// Of real units: the precision of p(x | all others, hidden ones too).
  double precision = 1;

  /// Beyond it floats do not count.
  static constexpr Index no_end = Index{1} << 24;
};

/// The support of the coordinate of `width` units of a layer (theta: statistics x size, in double) that begins at
/// `first`, as the units declare it; whether none of a block may be on is found. Throws RunFailed where they do not add
/// up over it to their own log-partition A.
Support support_of(const Layer& layer, View<const double> theta, Index first, Index width);

/// log of the sum, or the integral, over the support, of exp(own + hidden). `near` is a state to begin from.
///
/// Counts are added up until what is left is below 1e-17 of the sum. Reals: given all other units x is normal with the
/// support's precision k, so the integrand is a mixture of such normal curves, whatever the hidden units are; on panels
/// of 2 / sqrt(k) the ten-point rule of Gauss and Legendre is right to 1e-15 of each. What lies outside of the panels
/// is bounded through the convexity of the hidden part: below 1e-20 of the integral, within 2^20 / sqrt(k) of `near`.
/// Throws RunFailed where counts do not end.
double log_sum(const Support& support, const Exponents& exponents, double near);

}  // namespace harmonium
