#pragma once

#include <string>
#include <vector>

#include "harmonium/units.hpp"

namespace harmonium::conformance {

/// A block of units given its input: sums over all its states, or integrals, from the energies alone that the unit
/// gives them.
struct Sums {
  double log_partition = 0;
  std::vector<double> mean;
  std::vector<double> covariance;  ///< block x block
  std::vector<double> statistics;  ///< statistics() x block: E[t | input]
  double highest = 0;              ///< the largest of h(x) exp(input . x + theta . t(x)), its logarithm
  /// The states summed over, states x block, in their order where the block is one unit, and the share of each.
  std::vector<double> states, share;
};

/// The states that a block of units takes. They are found from what the units draw, or said on the command line.
class States {
 public:
  enum class Kind : std::uint8_t {
    listed,     ///< these and no others
    counts,     ///< whole numbers from the least on
    half_line,  ///< real numbers from the least on
    real_line
  };

  /// Looks at draws over a sweep of inputs, so far out that units take their extreme states. `theta` is a layer's, and
  /// of moderate size. `said`: empty, "binary", "spins", "counts", "half-line", "real", "0..5" or "-1,0,1". Throws
  /// Error where it is none of these, or where the states of a bounded unit are no whole numbers and nothing was said.
  static States find(const Units& units, Index size, View<const float> theta, const std::string& said);

  Kind kind() const { return kind_; }
  bool finite() const { return kind_ == Kind::listed; }
  bool continuous() const { return kind_ == Kind::half_line || kind_ == Kind::real_line; }
  Index block() const { return block_; }
  /// Of listed states: states x block.
  const std::vector<double>& listed() const { return listed_; }
  double least() const { return least_; }
  /// For a person: "0, 1", "whole numbers from 0 on", "3 states of blocks of 3 units".
  std::string text() const;

  /// `theta` is statistics() x block, `input` has a value for each unit of the block.
  Sums sum(const Units& units, View<const double> theta, const std::vector<double>& input) const;
  /// The logarithm of h(x) exp(input . x + theta . t(x)) for every state (states x block).
  static std::vector<double> scores(const Units& units, View<const double> theta, const std::vector<double>& input,
                                    const std::vector<double>& states);

 private:
  std::vector<double> points(const Units& units, View<const double> theta, const std::vector<double>& input,
                             std::vector<double>& log_width) const;

  Kind kind_ = Kind::listed;
  Index block_ = 1;
  double least_ = 0;
  std::vector<double> listed_;
};

}  // namespace harmonium::conformance
