#include "harmonium/products.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <random>
#include <stdexcept>
#include <vector>

#include "kernel/numerics/thread_count.hpp"

namespace harmonium {
namespace {

/// A matrix with values beyond its columns, which no product may read or change.
template <class T>
class Padded {
 public:
  Padded(Index rows, Index columns, Index padding, std::mt19937_64& engine)
      : values_(static_cast<std::size_t>(rows * (columns + padding)), std::numeric_limits<T>::quiet_NaN()),
        view_(values_.data(), rows, columns, columns + padding) {
    std::normal_distribution<T> normal;
    for (Index i = 0; i < rows; ++i)
      for (T& value : view_.row(i)) value = normal(engine);
  }
  Padded(const Padded& other) : values_(other.values_), view_(other.view_) { view_.data = values_.data(); }
  Padded& operator=(const Padded&) = delete;
  View<T> view() { return view_; }
  bool padding_is_untouched() const {
    for (Index i = 0; i < view_.rows; ++i)
      for (Index j = view_.columns; j < view_.stride; ++j)
        if (!std::isnan(view_.data[i * view_.stride + j])) return false;
    return true;
  }

 private:
  std::vector<T> values_;
  View<T> view_;
};

template <class T>
class Products : public testing::Test {};
using Elements = testing::Types<float, double>;
TYPED_TEST_SUITE(Products, Elements);

TYPED_TEST(Products, AgreeWithSumsInDoubleForEveryTranspositionStrideAndScale) {
  using T = TypeParam;
  std::mt19937_64 engine(1);
  const auto size = [&] {
    return static_cast<Index>(std::uniform_int_distribution<int>(0, 3)(engine) == 0
                                  ? std::uniform_int_distribution<int>(0, 3)(engine)
                                  : std::uniform_int_distribution<int>(1, 150)(engine));
  };
  std::vector<std::array<Index, 3>> shapes{{300, 200, 170}, {100, 500, 200}, {1, 1, 1},
                                           {0, 5, 5},       {5, 0, 5},       {5, 5, 0}};
  for (int i = 0; i < 60; ++i) shapes.push_back({size(), size(), size()});
  int number = 0;
  for (const auto& [m, n, k] : shapes) {
    const auto ta = number % 2 == 0 ? Transpose::no : Transpose::yes;
    const auto tb = number / 2 % 2 == 0 ? Transpose::no : Transpose::yes;
    const T alpha = number % 3 == 0 ? T(1) : T(-0.5);
    const T beta = number % 5 < 2 ? T(0) : T(0.25);
    const Index padding = number % 4 * 3;
    ++number;
    Padded<T> a(ta == Transpose::no ? m : k, ta == Transpose::no ? k : m, padding, engine);
    Padded<T> b(tb == Transpose::no ? k : n, tb == Transpose::no ? n : k, padding + 1, engine);
    Padded<T> out(m, n, padding + 2, engine);
    Padded<T> before = out;
    if (beta == 0)  // must not be read
      for (Index i = 0; i < m; ++i)
        for (T& value : out.view().row(i)) value = std::numeric_limits<T>::quiet_NaN();
    product(ta, View<const T>(a.view()), tb, View<const T>(b.view()), out.view(), alpha, beta);
    for (Index i = 0; i < m; ++i) {
      for (Index j = 0; j < n; ++j) {
        double sum = 0, magnitude = 0;
        for (Index l = 0; l < k; ++l) {
          const double term = static_cast<double>(ta == Transpose::no ? a.view()(i, l) : a.view()(l, i)) *
                              static_cast<double>(tb == Transpose::no ? b.view()(l, j) : b.view()(j, l));
          sum += term;
          magnitude += std::abs(term);
        }
        const double old = beta == 0 ? 0 : static_cast<double>(beta * before.view()(i, j));
        const double bound = 8 * std::numeric_limits<T>::epsilon() * (magnitude + std::abs(old) + 1e-30);
        ASSERT_NEAR(static_cast<double>(out.view()(i, j)), static_cast<double>(alpha) * sum + old, bound)
            << m << " x " << n << " x " << k;
      }
    }
    EXPECT_TRUE(out.padding_is_untouched());
  }
}

TYPED_TEST(Products, HaveTheSameBitsOnAnyNumberOfThreads) {
  // OpenBLAS's own threads change most elements of these products.
  using T = TypeParam;
  std::mt19937_64 engine(2);
  for (const auto& [m, n, k] : std::vector<std::array<Index, 3>>{{100, 500, 784}, {784, 500, 200}, {77, 1003, 400}}) {
    Padded<T> a(m, k, 0, engine), b(k, n, 0, engine), one(m, n, 0, engine);
    Padded<T> more = one;
    const auto multiply = [&](int count, View<T> out) {
      const ThreadCount team(count);
      product(Transpose::no, View<const T>(a.view()), Transpose::no, View<const T>(b.view()), out);
    };
    multiply(1, one.view());
    for (const int count : {2, 3}) {
      multiply(count, more.view());
      EXPECT_TRUE(std::equal(one.view().data, one.view().data + m * n, more.view().data)) << m << " x " << n;
    }
  }
}

TEST(ProductByPanels, ShowsEveryElementOnceWhenItIsComputed) {
  std::mt19937_64 engine(3);
  const ThreadCount team(2);
  for (const auto& [m, n, k] : std::vector<std::array<Index, 3>>{
           {784, 500, 200}, {100, 500, 784}, {100, 784, 500}, {3, 4, 5}, {2000, 30, 500}, {7, 0, 3}, {64, 64, 0}}) {
    Padded<float> a(m, k, 0, engine), b(k, n, 3, engine), out(m, n, 5, engine), expected(m, n, 0, engine);
    product(View<const float>(a.view()), View<const float>(b.view()), expected.view());
    std::mutex mutex;
    std::vector<int> seen(static_cast<std::size_t>(m * n));
    Index largest = 0;
    product_by_panels(Transpose::no, View<const float>(a.view()), Transpose::no, View<const float>(b.view()),
                      out.view(), 1, 0, [&, m = m, n = n](View<float> panel, Index row, Index column) {
                        const std::lock_guard lock(mutex);
                        EXPECT_EQ(panel.data, out.view().row(row).data + column);
                        EXPECT_EQ(column % 16, 0);
                        EXPECT_TRUE(m < n || panel.columns == n);
                        largest = std::max(largest, panel.size());
                        for (Index i = 0; i < panel.rows; ++i)
                          for (Index j = 0; j < panel.columns; ++j) {
                            ++seen[static_cast<std::size_t>((row + i) * n + column + j)];
                            EXPECT_EQ(panel(i, j), expected.view()(row + i, column + j));
                            panel(i, j) = -1;
                          }
                      });
    for (const int times : seen) ASSERT_EQ(times, 1);
    // Bytes: it fits a second-level cache beside two more like it.
    EXPECT_TRUE(m != 784 || largest * 4 <= 250'000);
  }
}

TEST(ProductsDoor, RefuseShapesThatDoNotFit) {
  std::vector<float> values(100);
  const View<const float> a(values.data(), 4, 5), b(values.data(), 5, 3), narrow(values.data(), 5, 3, 2);
  std::vector<float> result(100);
  EXPECT_THROW(product(a, a, View<float>(result.data(), 4, 5)), std::logic_error);
  EXPECT_THROW(product(a, b, View<float>(result.data(), 3, 4)), std::logic_error);
  EXPECT_THROW(product(Transpose::yes, a, Transpose::no, b, View<float>(result.data(), 4, 3)), std::logic_error);
  EXPECT_THROW(product(a, narrow, View<float>(result.data(), 4, 3)), std::logic_error);
  EXPECT_NO_THROW(product(a, b, View<float>(result.data(), 4, 3)));
}

TEST(ProductsDoor, SayWhatComputesThem) {
  EXPECT_TRUE(blas_description().starts_with("OpenBLAS "));
  EXPECT_NE(blas_description().find(blas_kernel() + " kernels, OpenMP"), std::string::npos);
}

}  // namespace
}  // namespace harmonium
