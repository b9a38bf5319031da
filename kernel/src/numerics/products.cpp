#include "harmonium/products.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "harmonium/parallel.hpp"
#include "numerics/openblas.hpp"

namespace harmonium {
namespace {

/// How a product is cut: along the longer side of `out`, since every panel packs the whole factor of the other side
/// anew. Depends on the shape alone.
struct Panels {
  bool of_rows = true;
  Index length = 0;
  Index unit = 1;
  Index count = 1;

  Panels(Index m, Index n, Index k) : of_rows(m >= n) {
    // Whole units keep to the tiles of OpenBLAS's kernels and to blocks of four random numbers; a row unit is shorter
    // because rows of `out` share no cache lines worth mentioning.
    length = of_rows ? m : n;
    unit = of_rows ? 8 : 16;
    // A panel of a million operations takes several times as long as starting the team, and eight panels leave enough
    // to balance. More serve only a larger team, and must be thick: thin ones spend their time on packing. Even, for
    // two.
    const double operations = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
    const auto wanted = static_cast<Index>(std::min(operations / 1e6, 256.0));
    const Index thickness = of_rows ? 96 : 48;
    const Index possible = std::max(std::min<Index>(8, length / thickness), length / 192);
    count = std::max<Index>(1, std::min(wanted, possible));
    if (count > 2) count -= count % 2;
  }
  Index begin(Index panel) const {
    const Index units = (length + unit - 1) / unit;
    return std::min(length, units * panel / count * unit);
  }
};

void gemm(const openblas::Library& blas, int ta, int tb, int m, int n, int k, float alpha, View<const float> a,
          View<const float> b, float beta, View<float> out) {
  blas.sgemm(openblas::row_major, ta, tb, m, n, k, alpha, a.data, static_cast<int>(a.stride), b.data,
             static_cast<int>(b.stride), beta, out.data, static_cast<int>(out.stride));
}

void gemm(const openblas::Library& blas, int ta, int tb, int m, int n, int k, double alpha, View<const double> a,
          View<const double> b, double beta, View<double> out) {
  blas.dgemm(openblas::row_major, ta, tb, m, n, k, alpha, a.data, static_cast<int>(a.stride), b.data,
             static_cast<int>(b.stride), beta, out.data, static_cast<int>(out.stride));
}

std::string shape(Index rows, Index columns) { return std::to_string(rows) + " x " + std::to_string(columns); }

template <class T>
void check_storage(View<T> matrix) {
  constexpr Index largest = std::numeric_limits<int>::max();
  if (matrix.rows < 0 || matrix.columns < 0 || (matrix.rows > 1 && matrix.stride < matrix.columns))
    throw std::logic_error("product: a view of " + shape(matrix.rows, matrix.columns) + " with stride " +
                           std::to_string(matrix.stride));
  if (matrix.rows > largest || matrix.columns > largest || matrix.stride > largest)
    throw std::logic_error("product: " + shape(matrix.rows, matrix.columns) + " is more than BLAS can count");
}

/// BLAS demands a stride of at least the columns even where there is no second row to step to.
template <class T>
View<T> with_legal_stride(View<T> matrix) {
  matrix.stride = std::max({matrix.stride, matrix.columns, Index{1}});
  return matrix;
}

template <class T>
void scale(View<T> out, T beta) {
  for (Index i = 0; i < out.rows; ++i)
    for (T& value : out.row(i)) value = beta == 0 ? 0 : beta * value;
}

template <class T, class Then>
void by_panels(Transpose ta, View<const T> a, Transpose tb, View<const T> b, View<T> out, T alpha, T beta,
               Then&& then) {
  check_storage(a);
  check_storage(b);
  check_storage(out);
  const bool a_turned = ta == Transpose::yes;
  const bool b_turned = tb == Transpose::yes;
  const Index m = a_turned ? a.columns : a.rows;
  const Index k = a_turned ? a.rows : a.columns;
  const Index k_of_b = b_turned ? b.columns : b.rows;
  const Index n = b_turned ? b.rows : b.columns;
  if (k != k_of_b || out.rows != m || out.columns != n)
    throw std::logic_error("product: " + shape(m, k) + " times " + shape(k_of_b, n) + " into " +
                           shape(out.rows, out.columns));
  if (out.empty()) return;

  const openblas::Library& blas = openblas::library();
  const Panels panels(m, n, k);
  parallel(panels.count, [&](Index number) {
    const Index first = panels.begin(number);
    const Index size = panels.begin(number + 1) - first;
    const Index row = panels.of_rows ? first : 0;
    const Index column = panels.of_rows ? 0 : first;
    View<const T> left = a;
    View<const T> right = b;
    View<T> panel = out;
    if (panels.of_rows) {
      left = a_turned ? a.column_range(first, size) : a.row_range(first, size);
      panel = out.row_range(first, size);
    } else {
      right = b_turned ? b.row_range(first, size) : b.column_range(first, size);
      panel = out.column_range(first, size);
    }
    if (k == 0) {
      scale(panel, beta);
    } else {
      gemm(blas, a_turned ? openblas::transposed : openblas::not_transposed,
           b_turned ? openblas::transposed : openblas::not_transposed, static_cast<int>(panel.rows),
           static_cast<int>(panel.columns), static_cast<int>(k), alpha, with_legal_stride(left),
           with_legal_stride(right), beta, with_legal_stride(panel));
    }
    then(panel, row, column);
  });
}

}  // namespace

void product(Transpose ta, View<const float> a, Transpose tb, View<const float> b, View<float> out, float alpha,
             float beta) {
  by_panels(ta, a, tb, b, out, alpha, beta, [](View<float>, Index, Index) {});
}

void product(Transpose ta, View<const double> a, Transpose tb, View<const double> b, View<double> out, double alpha,
             double beta) {
  by_panels(ta, a, tb, b, out, alpha, beta, [](View<double>, Index, Index) {});
}

void detail::product_by_panels(Transpose ta, View<const float> a, Transpose tb, View<const float> b, View<float> out,
                               float alpha, float beta,
                               void (*then)(void* closure, View<float> panel, Index first_row, Index first_column),
                               void* closure) {
  by_panels(ta, a, tb, b, out, alpha, beta,
            [&](View<float> panel, Index row, Index column) { then(closure, panel, row, column); });
}

bool positive_definite(View<double> matrix) {
  if (matrix.rows != matrix.columns)
    throw std::logic_error("positive_definite: " + shape(matrix.rows, matrix.columns) + " is not square");
  for (Index i = 0; i < matrix.rows; ++i)
    for (const double value : matrix.row(i))
      if (!std::isfinite(value)) return false;
  const int n = static_cast<int>(matrix.rows), stride = static_cast<int>(with_legal_stride(matrix).stride);
  int info = 0;
  if (n > 0) openblas::library().dpotrf("L", &n, matrix.data, &stride, &info);
  return info == 0;
}

std::string blas_description() {
  const openblas::Library& blas = openblas::library();
  return "OpenBLAS " + blas.version + ", " + blas.kernel + " kernels, OpenMP";
}

std::string blas_kernel() { return openblas::library().kernel; }

}  // namespace harmonium
