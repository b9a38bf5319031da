#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// Counts x_j in {0, 1, 2, ...}: h(x) = prod_j 1 / x_j!, A(input) = sum_j exp(input_j + b_j), so mean and variance are
/// exp(input + b). Welling, Rosen-Zvi, Hinton 2004; Gehler, Holub, Welling 2006.
class Poisson final : public UnitsOf<Poisson> {
 public:
  static void describe(ValueType<Poisson>& type) {
    type.says("Counts without a bound.").cites("Gehler, Holub, Welling 2006");
  }

  Span<const UnitParameter> parameters() const override { return one_bias(); }
  double usual_rate() const override { return 0.01; }
  Tail tail() const override { return Tail::factorial; }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    mean_of(theta, input, out);
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    mean_of(theta, input, out);
    for (Index i = 0; i < out.rows; ++i)
      for (float& value : out.row(i)) value = std::floor(value);
  }
  /// Below a rate of 10 by inversion of the cumulative distribution, from there on by transformed rejection
  /// (Hoermann 1993, algorithm PTRS), every attempt with a purpose of its own.
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    mean_of(theta, input, mean_out);
    uniform(stream, state);
    bool large = false;
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j) {
        const auto rate = static_cast<double>(mean_out(i, j));
        if (rate >= from_rejection) {
          state(i, j) = -1;  // open
          large = true;
        } else {
          state(i, j) = inverted(rate, static_cast<double>(state(i, j)));
        }
      }
    thread_local std::vector<float> memory;
    for (int attempt = 0; large; ++attempt) {
      const auto size = static_cast<std::size_t>(state.size());
      if (memory.size() < 2 * size) memory.resize(2 * size);
      const View<float> u(memory.data(), state.rows, state.columns), v(memory.data() + size, state.rows, state.columns);
      const std::string number = std::to_string(attempt);
      uniform(stream.purpose("attempt " + number), u);
      uniform(stream.purpose("acceptance " + number), v);
      large = false;
      for (Index i = 0; i < state.rows; ++i)
        for (Index j = 0; j < state.columns; ++j) {
          if (state(i, j) >= 0) continue;
          state(i, j) = tried(static_cast<double>(mean_out(i, j)), static_cast<double>(u(i, j)) - 0.5,
                              static_cast<double>(v(i, j)));
          large = large || state(i, j) < 0;
        }
    }
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j) delta(i, j) *= mean_in(i, j);
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= 0))
        throw BadData(fmt::format("Poisson units show counts from 0 on, but column {} goes from {} to {}", j + 1,
                                  columns.minimum[j], columns.maximum[j]));
  }
  /// log((sum + 1/2) / N): some columns are never counted.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      const double rows = static_cast<double>(std::max<Index>(1, columns.rows));
      parameters_out(0, j) = static_cast<float>(std::log((columns.mean[j] * rows + 0.5) / rows));
    }
  }

 private:
  friend class UnitsOf<Poisson>;
  static constexpr double from_rejection = 10;
  /// Beyond 2^24 a float cannot count.
  static constexpr double largest_rate = 16777216;

  template <class T>
  static void mean_of(View<const T> theta, View<const T> input, View<T> out) {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        const double field = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
        const double rate = std::exp(field);
        if (!(rate <= largest_rate))
          throw RunFailed(fmt::format("Poisson units cannot count so far: a field of {:.4g} gives a rate beyond {:g}",
                                      field, largest_rate));
        out(i, j) = static_cast<T>(rate);
      }
  }
  static float inverted(double rate, double draw) {
    double p = std::exp(-rate), count = 0;
    while (draw > p && count < 1000) {
      draw -= p;
      p *= rate / ++count;
    }
    return static_cast<float>(count);
  }
  /// The count, or -1 where the attempt is rejected.
  static float tried(double rate, double u, double v) {
    const double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
    const double us = 0.5 - std::abs(u), count = std::floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<float>(count);
    if (count < 0 || (us < 0.013 && v > us)) return -1;
    const double accepted = std::log(v * inverse_alpha / (a / (us * us) + b));
    return accepted <= count * std::log(rate) - rate - std::lgamma(count + 1) ? static_cast<float>(count) : -1.0F;
  }
  template <class T>
  static void energy_of(View<const T> theta, View<const T> x, Span<double> energies) {
    for (Index i = 0; i < x.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < x.columns; ++j) {
        const auto count = static_cast<double>(x(i, j));
        sum += static_cast<double>(theta(0, j)) * count - std::lgamma(count + 1);
      }
      energies[i] -= sum;
    }
  }
  template <class T>
  static void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j) {
        const double field = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
        if (field > std::log(largest_rate))
          throw RunFailed(fmt::format("Poisson units cannot count so far: a field of {:.4g} gives a rate beyond {:g}",
                                      field, largest_rate));
        sums[i] += std::exp(field);
      }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Poisson>("units.poisson"); }
