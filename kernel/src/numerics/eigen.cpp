#include "harmonium/eigen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <xtensor-blas/xlinalg.hpp>

#include "harmonium/errors.hpp"
#include "harmonium/xtensor.hpp"
#include "numerics/openblas.hpp"

/// xtensor-blas calls LAPACK by its Fortran name. Linked to a library it would bring in whichever the system prefers,
/// before our door has chosen its build and its kernels; so the name is ours, and leads through the door.
extern "C" void dsyevd_(const char* job, const char* triangle, const int* n, double* a, const int* lda, double* w,
                        double* work, const int* lwork, int* iwork, const int* liwork, int* info) {
  harmonium::openblas::library().dsyevd(job, triangle, n, a, lda, w, work, lwork, iwork, liwork, info, 1, 1);
}

namespace harmonium {

SymmetricEigen eigen_of_symmetric(View<const double> matrix) {
  const Index n = matrix.rows;
  if (matrix.columns != n)
    throw std::logic_error(fmt::format("eigenvalues of a matrix of {} x {} were asked for", n, matrix.columns));
  SymmetricEigen result;
  result.vectors = Tensor::of<double>({n, n});
  // LAPACK does not say what it does with these.
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j)
      if (!std::isfinite(matrix(i, j))) throw RunFailed("a matrix whose eigenvalues were asked for is not finite");
  if (n == 0) return result;
  try {
    const auto [values, vectors] = xt::linalg::eigh(as_xtensor(matrix), 'L');
    for (Index k = 0; k < n; ++k) {
      const auto column = static_cast<std::size_t>(n - 1 - k);
      result.values.push_back(values(column));
      const Span<double> row = result.vectors.view<double>().row(k);
      for (Index j = 0; j < n; ++j) row[j] = vectors(static_cast<std::size_t>(j), column);
      const auto size = [](double a, double b) { return std::abs(a) < std::abs(b); };
      if (*std::max_element(row.begin(), row.end(), size) < 0)
        for (double& value : row) value = -value;
    }
  } catch (const std::runtime_error& error) {
    throw RunFailed(fmt::format("eigenvalues cannot be found: {}", error.what()));
  }
  return result;
}

}  // namespace harmonium
