#pragma once

#include "harmonium/export.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// The mean of independent values, and its standard error: 0 of one value.
struct Mean {
  double value = 0;
  double error = 0;
};

/// Of at least one value, in their order.
HARMONIUM_API Mean mean_of(Span<const double> values);

}  // namespace harmonium
