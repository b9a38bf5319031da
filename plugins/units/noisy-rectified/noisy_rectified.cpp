#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// What max(0, x + noise) is, the noise being normal with variance sigmoid(x): with s its deviation and z = x / s,
///   mean = s (z Phi(z) + phi(z)),   E[square] = s^2 ((1 + z^2) Phi(z) + z phi(z)).
struct Rectified {
  double mean = 0, variance = 0, slope = 0;  ///< slope: d mean / dx = Phi(z) + phi(z) ds/dx

  explicit Rectified(double x) {
    const double share = 1 / (1 + std::exp(-x)), s = std::sqrt(share);
    // So far below zero nothing is left, and z has no number.
    if (x < -700) return;
    const double z = x / s;
    const double above = 0.5 * std::erfc(-z / std::numbers::sqrt2);
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    mean = std::max(0.0, s * (z * above + density));
    variance = std::max(0.0, share * ((1 + z * z) * above + z * density) - mean * mean);
    slope = above + density * s * (1 - share) / 2;
  }
};

/// Noisy rectified units: max(0, x + N(0, sigmoid(x))), x = input + bias, which stands for the sum of many binary units
/// with the same weights and biases that fall by one from unit to unit. Only draws and their mean are what they stand
/// for: there is no A whose gradient is this mean, so the units are approximate. Nair, Hinton 2010.
class NoisyRectified final : public Units {
 public:
  static void describe(ValueType<NoisyRectified>& type) {
    type.says(
            "Noisy rectified units: max(0, input + noise). Approximate: no likelihood is published of models with "
            "them; "
            "units.truncated_gaussian are rectified and exact.")
        .cites("Nair, Hinton 2010");
  }

  bool exact() const override { return false; }
  Span<const UnitParameter> parameters() const override {
    static const UnitParameter bias[] = {{"bias"}};
    return {bias, 1};
  }
  double usual_rate() const override { return 0.005; }
  /// For large input the state follows it as one of a normal distribution of variance 1 does.
  Tail tail() const override { return Tail::quadratic; }
  Values values() const override { return Values::half_line; }
  void curvature(View<const float>, Span<double> k) const override { std::fill_n(k.data, k.size, 1.0); }

  void add_energy(View<const float> theta, View<const float> x, Span<double> energies) const override {
    energy_of(theta, x, energies);
  }
  void add_energy(View<const double> theta, View<const double> x, Span<double> energies) const override {
    energy_of(theta, x, energies);
  }
  void add_log_partition(View<const float>, View<const float>, Span<double>) const override { refuse(); }
  void add_log_partition(View<const double>, View<const double>, Span<double>) const override { refuse(); }
  void mean(View<const float> theta, View<const float> input, View<float> out) const override {
    each(theta, input, out, [](double x) { return Rectified(x).mean; });
  }
  void mean(View<const double> theta, View<const double> input, View<double> out) const override {
    each(theta, input, out, [](double x) { return Rectified(x).mean; });
  }
  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    each(theta, input, out, [](double x) { return Rectified(x).variance; });
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    each(theta, input, out, [](double x) { return std::max(0.0, x); });
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    normal(stream, state);
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j) {
        const double x = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
        state(i, j) =
            static_cast<float>(std::max(0.0, x + static_cast<double>(state(i, j)) * std::sqrt(1 / (1 + std::exp(-x)))));
        mean_out(i, j) = static_cast<float>(Rectified(x).mean);
      }
  }
  bool needs_input() const override { return true; }
  void multiply_by_covariance(View<const float> theta, View<const float> input, View<const float>,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j)
        delta(i, j) *=
            static_cast<float>(Rectified(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j))).slope);
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= 0) || columns.deviation[j] > 3)
        throw BadData(fmt::format(
            "noisy rectified units show values from 0 on of deviation up to 3, but column {} goes from {} to {} with "
            "deviation {:.4g}: put the data through data.scale first",
            j + 1, columns.minimum[j], columns.maximum[j], columns.deviation[j]));
  }
  /// The bias whose mean is the column's, by bisection.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      double low = -100, high = std::max(1.0, columns.mean[j]);
      for (int step = 0; step < 60; ++step) {
        const double middle = (low + high) / 2;
        (Rectified(middle).mean < columns.mean[j] ? low : high) = middle;
      }
      parameters_out(0, j) = static_cast<float>(high);
    }
  }

 private:
  [[noreturn]] static void refuse() {
    throw RunFailed("noisy rectified units are approximate: they have no log partition function");
  }
  template <class T, class Function>
  static void each(View<const T> theta, View<const T> input, View<T> out, const Function& function) {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j)
        out(i, j) = static_cast<T>(function(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j))));
  }
  /// As of units with h(x) = exp(-x^2 / 2), which these are for large input.
  template <class T>
  static void energy_of(View<const T> theta, View<const T> x, Span<double> energies) {
    for (Index i = 0; i < x.rows; ++i)
      for (Index j = 0; j < x.columns; ++j) {
        const auto value = static_cast<double>(x(i, j));
        energies[i] -= value * (static_cast<double>(theta(0, j)) - value / 2);
      }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::NoisyRectified>("units.noisy_rectified"); }
