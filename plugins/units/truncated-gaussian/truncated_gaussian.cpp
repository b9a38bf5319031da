#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// What a normal distribution of variance 1 and mean z is above zero. With r = phi(z) / Phi(z) its mean is z + r and
/// its variance 1 - r (z + r).
struct AboveZero {
  double mean = 0, ratio = 0, log_integral = 0;  ///< of exp(z x - x^2 / 2) over x > 0

  explicit AboveZero(double z) {
    // Below this the normalisation is lost in rounding; the continued fraction of Mills' ratio (Laplace 1805) is not.
    constexpr double from_fraction = -3;
    constexpr int terms = 60;
    if (z < from_fraction) {
      // phi / Phi = a + 1 / (a + 2 / (a + 3 / ...)), a = -z, so the mean is what is added to a.
      const double a = -z;
      double tail = a;
      for (int k = terms; k >= 2; --k) tail = a + k / tail;
      mean = 1 / tail;
      ratio = a + mean;
      log_integral = -std::log(ratio);
      return;
    }
    const double share = 0.5 * std::erfc(-z / std::numbers::sqrt2);
    const double root = std::sqrt(2 * std::numbers::pi);
    ratio = std::exp(-z * z / 2) / root / share;
    mean = z + ratio;
    log_integral = z * z / 2 + std::log(root * share);
  }
  double variance() const { return 1 - ratio * mean; }
};

/// Rectified units that are exact: x_j >= 0 with h(x) = exp(-x^2 / 2) there, so given its input a unit is a normal
/// distribution of mean input + b and variance 1, cut off below zero: A(input) = sum_j log of the integral of
/// exp((input_j + b_j) x - x^2 / 2) over x > 0. Socci, Lee, Seung 1998; Su, Liao, Chen, Carin 2016.
class TruncatedGaussian final : public UnitsOf<TruncatedGaussian>, public QuadraticUnits {
 public:
  static void describe(ValueType<TruncatedGaussian>& type) {
    type.says("Real units above zero, normal given their input and cut off below: rectified units that are exact.")
        .cites("Socci, Lee, Seung 1998; Su, Liao, Chen, Carin 2016");
  }

  Span<const UnitParameter> parameters() const override { return one_bias(); }
  double usual_rate() const override { return 0.005; }
  Tail tail() const override { return Tail::quadratic; }
  Values values() const override { return Values::half_line; }
  void curvature(View<const float>, Span<double> k) const override { std::fill_n(k.data, k.size, 1.0); }

  const QuadraticUnits* quadratic() const override { return this; }
  /// The quadratic term is precision: x sqrt(1 + q) is such a unit of precision 1, at a field divided by that root.
  void moments(View<const float> theta, View<const float> input, View<const float> quadratic, View<float> mean_out,
               View<float> variance_out) const override {
    for (Index i = 0; i < mean_out.rows; ++i)
      for (Index j = 0; j < mean_out.columns; ++j) {
        const double precision = 1 + static_cast<double>(quadratic(i, j));
        if (!(precision > 0))
          throw RunFailed(
              "a second-order mean field leaves truncated Gaussian units without a positive precision: the weights are "
              "too large for it");
        const AboveZero unit(field_of(theta, input, i, j) / std::sqrt(precision));
        mean_out(i, j) = static_cast<float>(unit.mean / std::sqrt(precision));
        variance_out(i, j) = static_cast<float>(unit.variance() / precision);
      }
  }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j)
        out(i, j) = static_cast<float>(AboveZero(field_of(theta, input, i, j)).variance());
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j)
        out(i, j) = static_cast<float>(std::max(0.0, field_of(theta, input, i, j)));
  }
  /// Normal draws until one is above zero, where a third of them are or more; else from the tail of a Rayleigh
  /// distribution, accepted with the odds that make it normal (Marsaglia 1964). Every attempt has a purpose of its own.
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    thread_local std::vector<float> memory;
    const auto size = static_cast<std::size_t>(state.size());
    if (memory.size() < 4 * size) memory.resize(4 * size);
    const auto matrix = [&](std::size_t number) {
      return View<float>(memory.data() + number * size, state.rows, state.columns);
    };
    const View<float> field = matrix(0), draw = matrix(1), u = matrix(2), accept = matrix(3);
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j) {
        field(i, j) = static_cast<float>(field_of(theta, input, i, j));
        if (!std::isfinite(field(i, j)))
          throw RunFailed(
              "the input of truncated Gaussian units is not finite: their weights may be too large for the "
              "model to be normalised");
        state(i, j) = -1;  // open
      }
    mean_of(theta, input, mean_out);
    bool open = state.size() > 0;
    for (int attempt = 0; open; ++attempt) {
      const Stream own = attempt == 0 ? stream : stream.purpose("attempt " + std::to_string(attempt));
      normal(own, draw);
      uniform(own.purpose("tail"), u);
      uniform(own.purpose("acceptance"), accept);
      open = false;
      for (Index i = 0; i < state.rows; ++i)
        for (Index j = 0; j < state.columns; ++j) {
          if (state(i, j) >= 0) continue;
          state(i, j) = tried(static_cast<double>(field(i, j)), static_cast<double>(draw(i, j)),
                              static_cast<double>(u(i, j)), static_cast<double>(accept(i, j)));
          open = open || state(i, j) < 0;
        }
    }
  }
  bool needs_input() const override { return true; }
  void multiply_by_covariance(View<const float> theta, View<const float> input, View<const float>,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j)
        delta(i, j) *= static_cast<float>(AboveZero(field_of(theta, input, i, j)).variance());
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= 0) || columns.deviation[j] > 3)
        throw BadData(
            fmt::format("truncated Gaussian units show values from 0 on of deviation up to 3, but column {} goes from "
                        "{} to {} with "
                        "deviation {:.4g}: put the data through data.scale first",
                        j + 1, columns.minimum[j], columns.maximum[j], columns.deviation[j]));
  }
  /// The field whose mean is the column's, by bisection.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      double low = -100, high = std::max(1.0, columns.mean[j]);
      for (int step = 0; step < 60; ++step) {
        const double middle = (low + high) / 2;
        (AboveZero(middle).mean < columns.mean[j] ? low : high) = middle;
      }
      parameters_out(0, j) = static_cast<float>(high);
    }
  }

 private:
  friend class UnitsOf<TruncatedGaussian>;

  template <class T>
  static double field_of(View<const T> theta, View<const T> input, Index i, Index j) {
    return static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
  }
  /// The value, or -1 where the attempt is rejected.
  static float tried(double z, double standard_normal, double u, double accept) {
    constexpr double from_tail = -0.5;
    if (z >= from_tail) return static_cast<float>(z + standard_normal);  // rejected where it is below zero
    const double a = -z, y = std::sqrt(a * a - 2 * std::log(u));
    // y - a by the difference of squares: it is lost in the difference of the roots where a is large.
    return accept * y <= a ? static_cast<float>(-2 * std::log(u) / (y + a)) : -1.0F;
  }
  template <class T>
  static void energy_of(View<const T> theta, View<const T> x, Span<double> energies) {
    for (Index i = 0; i < x.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < x.columns; ++j) {
        const auto value = static_cast<double>(x(i, j));
        sum += value * (static_cast<double>(theta(0, j)) - value / 2);
      }
      energies[i] -= sum;
    }
  }
  template <class T>
  static void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j) sums[i] += AboveZero(field_of(theta, input, i, j)).log_integral;
  }
  template <class T>
  static void mean_of(View<const T> theta, View<const T> input, View<T> out) {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = static_cast<T>(AboveZero(field_of(theta, input, i, j)).mean);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::TruncatedGaussian>("units.truncated_gaussian"); }
