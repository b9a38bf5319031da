#include <algorithm>
#include <cmath>
#include <string>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace {

using namespace harmonium;

/// Spins of three states x_j in {-1, 0, 1} that learn a bias theta_0 and how much they like to be on, theta_1, with
/// t_1(x) = x^2. Given the field z = input + theta_0,
///   A(input) = sum_j log(1 + 2 exp(theta_1j) cosh z_j),
/// p(x = +-1) = exp(theta_1 +- z - A). Blume 1966; Capel 1966.
class Ternary final : public UnitsOf<Ternary> {
 public:
  static void describe(ValueType<Ternary>& type) { type.says("Spins -1, 0 or 1.").cites("Blume 1966; Capel 1966"); }

  Span<const UnitParameter> parameters() const override {
    static const UnitParameter learned[] = {{"bias"}, {"presence"}};
    return {learned, 2};
  }
  Span<const double> states() const override {
    static constexpr double few[] = {-1, 0, 1};
    return {few, 3};
  }
  int statistics() const override { return 2; }
  bool needs_input() const override { return true; }

  // What exists in float and in double.
  template <class T>
  void energy_of(View<const T> theta, View<const T> x, Span<double> energies) const {
    for (Index i = 0; i < x.rows; ++i)
      for (Index j = 0; j < x.columns; ++j) energies[i] -= theta(0, j) * x(i, j) + theta(1, j) * x(i, j) * x(i, j);
  }
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j) sums[i] += Odds(theta, input, i, j).log_partition;
  }
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        const Odds odds(theta, input, i, j);
        out(i, j) = static_cast<T>(odds.up - odds.down);
      }
  }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = static_cast<float>(Odds(theta, input, i, j).variance());
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        const float z = input(i, j) + theta(0, j);
        out(i, j) = theta(1, j) + std::abs(z) <= 0 ? 0.0F : z > 0 ? 1.0F : -1.0F;
      }
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    uniform(stream, state);
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j) {
        const Odds odds(theta, input, i, j);
        const double draw = static_cast<double>(state(i, j));
        state(i, j) = draw < odds.up ? 1.0F : draw < odds.up + odds.down ? -1.0F : 0.0F;
        mean_out(i, j) = static_cast<float>(odds.up - odds.down);  // last: it may lie where the input lies
      }
  }
  void add_statistics(View<const float> x, double scale, View<double> sums) const override {
    for (Index i = 0; i < x.rows; ++i)
      for (Index j = 0; j < x.columns; ++j) {
        sums(0, j) += scale * x(i, j);
        sums(1, j) += scale * x(i, j) * x(i, j);
      }
  }
  void add_expected_statistics(View<const float> theta, View<const float> input, View<const float>, double scale,
                               View<double> sums) const override {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j) {
        const Odds odds(theta, input, i, j);
        sums(0, j) += scale * (odds.up - odds.down);
        sums(1, j) += scale * (odds.up + odds.down);
      }
  }
  void multiply_by_covariance(View<const float> theta, View<const float> input, View<const float>,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j) delta(i, j) *= static_cast<float>(Odds(theta, input, i, j).variance());
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= -1 && columns.maximum[j] <= 1))
        throw BadData("ternary units show values in [-1, 1], but column " + std::to_string(j + 1) +
                      " has others: put the data through data.scale first");
  }
  /// The shares of the three states follow from mean and variance, each counted once more than it was seen.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      const auto rows = static_cast<double>(columns.rows);
      const double on = columns.deviation[j] * columns.deviation[j] + columns.mean[j] * columns.mean[j];
      const double up = (on + columns.mean[j]) / 2 * rows + 1, down = (on - columns.mean[j]) / 2 * rows + 1;
      parameters_out(0, j) = static_cast<float>(std::log(up / down) / 2);
      parameters_out(1, j) = static_cast<float>(std::log(std::sqrt(up * down) / ((1 - on) * rows + 1)));
    }
  }

 private:
  /// p(x = 1), p(x = -1) and A of one unit; the largest of the three terms goes before the exponential.
  struct Odds {
    double up, down, log_partition;
    template <class T>
    Odds(View<const T> theta, View<const T> input, Index i, Index j) {
      const double z = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
      const double presence = static_cast<double>(theta(1, j)), top = std::max(0.0, presence + std::abs(z));
      const double sum = std::exp(-top) + std::exp(presence + z - top) + std::exp(presence - z - top);
      up = std::exp(presence + z - top) / sum;
      down = std::exp(presence - z - top) / sum;
      log_partition = top + std::log(sum);
    }
    double variance() const { return up + down - (up - down) * (up - down); }
  };
};

}  // namespace

HARMONIUM_PLUGIN(registrar) { registrar.value<Ternary>("my-plugin.ternary"); }
