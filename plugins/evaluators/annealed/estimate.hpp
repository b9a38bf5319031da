#pragma once

#include <vector>

#include "harmonium/views.hpp"

namespace harmonium {

/// The logarithm of a mean of weights that are known by their logarithms.
struct LogMean {
  double value = 0;
  double error = 0;      ///< standard error of the logarithm, by the delta method
  double effective = 0;  ///< (sum w)^2 / sum w^2: of so many equal weights the mean would be as good
};

/// Of at least one weight. In double.
LogMean log_mean(Span<const double> log_weights);

/// log Z_1 / Z_0 from the log weights of runs from 0 to 1 and of runs from 1 to 0, where these are each other's
/// reversal: the acceptance ratio of Bennett 1976, whose error is the least there is. `effective` is not set.
LogMean bridge(Span<const double> forward, Span<const double> backward);

}  // namespace harmonium
