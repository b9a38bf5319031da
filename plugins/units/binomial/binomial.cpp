#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// Counts x_j in {0, ..., n}, each the sum of n binary units that share their bias and their weights:
///   h(x) = prod_j n! / (x_j! (n - x_j)!),   A(input) = n sum_j log(1 + exp(input_j + b_j)),
/// so the mean is n sigmoid(input + b). Teh, Hinton 2001 ("rate-coded").
class Binomial final : public UnitsOf<Binomial>, public QuadraticUnits {
 public:
  int trials = 8;

  static void describe(ValueType<Binomial>& type) {
    type.says("Counts from 0 to n: n binary units with the same weights.").cites("Teh, Hinton 2001");
    type.parameter("trials", &Binomial::trials).at_least(1).at_most(1000).says("The largest count, n.");
  }

  Span<const UnitParameter> parameters() const override { return one_bias(); }
  double usual_rate() const override { return 0.1 / trials; }
  Values values() const override { return Values::counts; }

  const QuadraticUnits* quadratic() const override { return this; }
  /// Sums over all counts.
  void moments(View<const float> theta, View<const float> input, View<const float> quadratic, View<float> mean_out,
               View<float> variance_out) const override {
    thread_local std::vector<double> exponents;
    exponents.resize(static_cast<std::size_t>(trials) + 1);
    for (Index i = 0; i < mean_out.rows; ++i)
      for (Index j = 0; j < mean_out.columns; ++j) {
        const double field = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
        double log_choices = 0;
        for (int x = 0; x <= trials; ++x) {
          exponents[static_cast<std::size_t>(x)] =
              log_choices + field * x - static_cast<double>(quadratic(i, j)) * x * x / 2;
          log_choices += std::log(static_cast<double>(trials - x) / (x + 1));
        }
        const double most = *std::max_element(exponents.begin(), exponents.end());
        double sum = 0, first = 0, second = 0;
        for (int x = 0; x <= trials; ++x) {
          const double weight = std::exp(exponents[static_cast<std::size_t>(x)] - most);
          sum += weight;
          first += weight * x;
        }
        for (int x = 0; x <= trials; ++x) {
          const double from_mean = x - first / sum;
          second += std::exp(exponents[static_cast<std::size_t>(x)] - most) * from_mean * from_mean;
        }
        mean_out(i, j) = static_cast<float>(first / sum);
        variance_out(i, j) = static_cast<float>(second / sum);
      }
  }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        const float small = std::exp(-std::abs(input(i, j) + theta(0, j)));
        out(i, j) = static_cast<float>(trials) * small / ((1 + small) * (1 + small));
      }
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        const double p = 1 / (1 + std::exp(-static_cast<double>(input(i, j)) - static_cast<double>(theta(0, j))));
        out(i, j) = static_cast<float>(std::min<double>(trials, std::floor((trials + 1) * p)));
      }
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    thread_local std::vector<float> memory;
    const auto size = static_cast<std::size_t>(input.size());
    if (memory.size() < 2 * size) memory.resize(2 * size);
    const View<float> p(memory.data(), input.rows, input.columns);
    const View<float> trial(memory.data() + size, input.rows, input.columns);
    elementwise::sigmoid(input, theta.row(0), p);
    elementwise::bernoulli(p, stream, state);
    for (int t = 1; t < trials; ++t) {
      elementwise::bernoulli(p, stream.purpose("trial " + std::to_string(t)), trial);
      elementwise::combine(1, state, 1, trial, state);
    }
    elementwise::combine(static_cast<float>(trials), p, 0, p, mean_out);
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    const float share = 1 / static_cast<float>(trials);
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j) delta(i, j) *= mean_in(i, j) * (1 - mean_in(i, j) * share);
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= 0 && columns.maximum[j] <= trials))
        throw BadData(
            fmt::format("binomial units of {0} trials show counts from 0 to {0}, but column {1} goes from {2} "
                        "to {3}: give them more trials, or put the data through data.scale first",
                        trials, j + 1, columns.minimum[j], columns.maximum[j]));
  }
  /// The logit of the mean share, with one trial of each outcome more than were seen.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      const double seen = static_cast<double>(columns.rows) * trials;
      const double p = (columns.mean[j] * static_cast<double>(columns.rows) + 1) / (seen + 2);
      parameters_out(0, j) = static_cast<float>(std::log(p / (1 - p)));
    }
  }

 private:
  friend class UnitsOf<Binomial>;

  void mean_of(View<const float> theta, View<const float> input, View<float> out) const {
    elementwise::sigmoid(input, theta.row(0), out);
    elementwise::combine(static_cast<float>(trials), out, 0, out, out);
  }
  void mean_of(View<const double> theta, View<const double> input, View<double> out) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = trials / (1 + std::exp(-(input(i, j) + theta(0, j))));
  }
  template <class T>
  void energy_of(View<const T> theta, View<const T> x, Span<double> energies) const {
    const double all = std::lgamma(trials + 1.0);
    for (Index i = 0; i < x.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < x.columns; ++j) {
        const auto count = static_cast<double>(x(i, j));
        sum +=
            static_cast<double>(theta(0, j)) * count + all - std::lgamma(count + 1) - std::lgamma(trials - count + 1);
      }
      energies[i] -= sum;
    }
  }
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    for (Index i = 0; i < input.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < input.columns; ++j) {
        const double field = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
        sum += std::max(field, 0.0) + std::log1p(std::exp(-std::abs(field)));
      }
      sums[i] += trials * sum;
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Binomial>("units.binomial"); }
