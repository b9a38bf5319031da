#pragma once

#include <string>

#include "harmonium/export.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// The door to BLAS. Every product is cut into panels that depend on its shape alone, each computed on one thread, so
/// that bits do not depend on the number of threads. Shapes are checked: std::logic_error where they do not fit.

enum class Transpose : bool { no, yes };

/// out = alpha op(a) op(b) + beta out. With beta 0 what was in `out` is not read.
HARMONIUM_API void product(Transpose ta, View<const float> a, Transpose tb, View<const float> b, View<float> out,
                           float alpha = 1, float beta = 0);
HARMONIUM_API void product(Transpose ta, View<const double> a, Transpose tb, View<const double> b, View<double> out,
                           double alpha = 1, double beta = 0);

/// out = a b.
template <class T>
void product(View<const T> a, View<const T> b, View<T> out) {
  product(Transpose::no, a, Transpose::no, b, out);
}

namespace detail {
HARMONIUM_API void product_by_panels(
    Transpose ta, View<const float> a, Transpose tb, View<const float> b, View<float> out, float alpha, float beta,
    void (*then)(void* closure, View<float> panel, Index first_row, Index first_column), void* closure);
}

/// The same, calling then(panel of out, its first row, its first column) on the thread that has just computed the
/// panel, while it lies in that processor's cache. Panels cover `out` once.
template <class Then>
void product_by_panels(Transpose ta, View<const float> a, Transpose tb, View<const float> b, View<float> out,
                       float alpha, float beta, Then&& then) {
  detail::product_by_panels(
      ta, a, tb, b, out, alpha, beta,
      [](void* closure, View<float> panel, Index row, Index column) {
        (*static_cast<std::remove_reference_t<Then>*>(closure))(panel, row, column);
      },
      &then);
}

/// Whether a symmetric matrix is positive definite, by Cholesky's factorisation; the matrix is spoiled.
HARMONIUM_API bool positive_definite(View<double> matrix);

/// What computes the products: "OpenBLAS 0.3.21, SkylakeX kernels, OpenMP".
HARMONIUM_API std::string blas_description();
/// The kernels' name alone, "SkylakeX": bits are comparable only where it is the same.
HARMONIUM_API std::string blas_kernel();

}  // namespace harmonium
