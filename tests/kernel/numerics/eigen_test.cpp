#include "harmonium/eigen.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/errors.hpp"
#include "harmonium/random.hpp"
#include "kernel/numerics/thread_count.hpp"

using namespace harmonium;

namespace {

Tensor symmetric(Index n, std::uint64_t seed) {
  Tensor draws = Tensor::matrix(n, n), matrix = Tensor::of<double>({n, n});
  normal(Stream{seed}, draws.view());
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      matrix.view<double>()(i, j) = static_cast<double>(draws.view()(std::min(i, j), std::max(i, j)));
  return matrix;
}

}  // namespace

TEST(SymmetricEigenvalues, PutTheMatrixTogetherAgainFromOrthonormalVectors) {
  for (const Index n : {1, 2, 17, 130}) {
    const Tensor matrix = symmetric(n, 3);
    const SymmetricEigen found = eigen_of_symmetric(matrix.view<double>());
    const View<const double> u = found.vectors.view<double>();
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) {
        double again = 0, dot = 0;
        for (Index k = 0; k < n; ++k) {
          again += found.values[static_cast<std::size_t>(k)] * u(k, i) * u(k, j);
          dot += u(i, k) * u(j, k);
        }
        EXPECT_NEAR(again, matrix.view<double>()(i, j), 1e-12 * static_cast<double>(n));
        EXPECT_NEAR(dot, i == j ? 1 : 0, 1e-12);
      }
    EXPECT_TRUE(std::is_sorted(found.values.rbegin(), found.values.rend()));
  }
}

TEST(SymmetricEigenvalues, AreThoseOfARotationByHand) {
  // 30 degrees: the vectors are (cos, sin) and (sin, -cos), the larger component of each positive.
  const double c = std::sqrt(3.0) / 2, s = 0.5;
  Tensor matrix = Tensor::of<double>({2, 2});
  const View<double> m = matrix.view<double>();
  m(0, 0) = 5 * c * c + 2 * s * s;
  m(1, 0) = (5 - 2) * c * s;
  m(1, 1) = 5 * s * s + 2 * c * c;
  m(0, 1) = std::numeric_limits<double>::quiet_NaN();  // not read
  const SymmetricEigen found = eigen_of_symmetric(matrix.view<double>());
  const View<const double> u = found.vectors.view<double>();
  EXPECT_NEAR(found.values[0], 5, 1e-14);
  EXPECT_NEAR(found.values[1], 2, 1e-14);
  EXPECT_NEAR(u(0, 0), c, 1e-14);
  EXPECT_NEAR(u(0, 1), s, 1e-14);
  EXPECT_NEAR(u(1, 0), -s, 1e-14);
  EXPECT_NEAR(u(1, 1), c, 1e-14);
}

TEST(SymmetricEigenvalues, HaveTheSameBitsOnAnyNumberOfThreads) {
  const Tensor matrix = symmetric(200, 7);
  const auto on = [&](int count) {
    const ThreadCount threads(count);
    return eigen_of_symmetric(matrix.view<double>());
  };
  const SymmetricEigen one = on(1), two = on(2);
  EXPECT_EQ(one.values, two.values);
  EXPECT_TRUE(std::equal(one.vectors.data<double>(), one.vectors.data<double>() + one.vectors.size(),
                         two.vectors.data<double>()));
}

TEST(SymmetricEigenvalues, RefuseWhatIsNotFinite) {
  Tensor matrix = symmetric(5, 1);
  matrix.view<double>()(3, 1) = std::numeric_limits<double>::infinity();
  EXPECT_THROW(eigen_of_symmetric(matrix.view<double>()), RunFailed);
}
