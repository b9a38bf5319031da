#pragma once

#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/table.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// Eigenvalues take time with the cube of the number of columns.
constexpr Index most_columns = 5000;

/// Of the columns of one part about `mean`, divided by the number of rows: float64, width x width.
Tensor covariance_of(const Dataset& data, Index part, const std::vector<double>& mean);

/// The variance of every principal component, the largest first, and the share of the whole that they have so far.
Table table_of_components(const std::vector<double>& variances);

}  // namespace harmonium
