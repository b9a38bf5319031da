#pragma once

#include <string>

#include "harmonium/export.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// What is known of the log Z of a network, in nats, and whether it can be trusted.
struct Certificate {
  double log_z = 0;
  double error = 0;  ///< standard error; 0 where the states were added up
  /// An interval that holds log Z in 99 of 100 cases.
  double low = 0, high = 0;
  /// Runs of an estimate, how many of them count, and how many distributions each went through; 0 where added up.
  double runs = 0, effective = 0, temperatures = 0;
  /// log Z by the way back less that by the way there.
  double gap = 0;
  /// "exact", "converged", or "not converged: " and why.
  std::string verdict;

  HARMONIUM_API static Certificate exact(double log_z);
  /// In a line: "log Z = 451.2 +- 0.1, converged".
  HARMONIUM_API std::string text() const;
  HARMONIUM_API void visit(Visitor& visitor);
};

/// Whether a verdict lets a number be compared with others; an empty one does.
HARMONIUM_API bool trusted(const std::string& verdict);

}  // namespace harmonium
