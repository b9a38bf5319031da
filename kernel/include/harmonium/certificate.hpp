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
  /// Sweeps of the chains from which the runs of the way back began.
  double burn_in = 0;
  /// log Z by the way back less that by the way there.
  double gap = 0;
  /// How the rows were made whose rates the estimate began with: "drawn" or "thresholded" (PartSpec::made), "grey"
  /// where they lie between the states of their units, "as they came"; empty where there were none.
  std::string data;
  /// "exact", "converged", or "not converged: " and why.
  std::string verdict;

  HARMONIUM_API static Certificate exact(double log_z);
  /// In a line: "log Z = 451.23 (+-0.10) nats, converged".
  HARMONIUM_API std::string text() const;
  /// In a line, how it was found: "100 runs of 20000 temperatures there and back, from chains of 5000 sweeps, rates of
  /// drawn rows"; empty where the states were added up.
  HARMONIUM_API std::string details() const;
  /// Calls each(name, number) by the names that manifests and exported models have for them; of a constant certificate
  /// numbers are constant.
  template <class Self, class Each>
  static void for_each_number(Self& self, Each&& each) {
    each("log_z", self.log_z);
    each("standard_error", self.error);
    each("low", self.low);
    each("high", self.high);
    each("runs", self.runs);
    each("effective_runs", self.effective);
    each("temperatures", self.temperatures);
    each("burn_in", self.burn_in);
    each("gap", self.gap);
  }
  HARMONIUM_API void visit(Visitor& visitor);
};

/// Whether a verdict lets a number be compared with others; an empty one does.
HARMONIUM_API bool trusted(const std::string& verdict);

}  // namespace harmonium
