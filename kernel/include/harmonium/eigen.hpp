#pragma once

#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// S = sum_k values[k] u_k u_k', the u_k being orthonormal.
struct SymmetricEigen {
  std::vector<double> values;  ///< largest first
  Tensor vectors;              ///< float64, n x n: row k is u_k, its largest component positive
};

/// The eigenvalues and eigenvectors of a symmetric matrix, of which the lower triangle is read: LAPACK's dsyevd on one
/// thread, so that bits do not depend on the number of threads. Throws std::logic_error where the matrix is not square,
/// RunFailed where the iteration does not converge (a nan, an infinity).
HARMONIUM_API SymmetricEigen eigen_of_symmetric(View<const double> matrix);

}  // namespace harmonium
