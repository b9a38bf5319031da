#include <fmt/format.h>

#include <cmath>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// Ising spins x_j in {-1, 1} with bias b_j: E(x) = -b . x, A(input) = sum_j log(2 cosh(input_j + b_j)),
/// so p(x_j = 1) = sigmoid(2 (input_j + b_j)) and the mean is tanh(input + b). Hopfield 1982. A machine (M, b) of spins
/// is one of binary units (x + 1) / 2 with couplings 4 M and biases 2 b - 2 M 1. States between -1 and 1 are allowed as
/// data and stand for means.
class Spin final : public UnitsOf<Spin>, public QuadraticUnits {
 public:
  static void describe(ValueType<Spin>& type) { type.says("Ising spins, -1 or 1.").cites("Hopfield 1982"); }

  Span<const UnitParameter> parameters() const override { return one_bias(); }
  /// A quarter of that of binary units: their couplings are four times those of spins.
  double usual_rate() const override { return 0.025; }

  Span<const double> states() const override {
    static const double down_up[] = {-1, 1};
    return {down_up, 2};
  }
  const QuadraticUnits* quadratic() const override { return this; }
  /// x^2 = 1: the quadratic term is a constant.
  void moments(View<const float> theta, View<const float> input, View<const float>, View<float> mean_out,
               View<float> variance_out) const override {
    variance(theta, input, variance_out);
    mean_of(theta, input, mean_out);
  }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    // 1 / cosh^2: 1 - tanh^2 is rounded to zero from 9 on.
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        const float small = std::exp(-2 * std::abs(input(i, j) + theta(0, j)));
        out(i, j) = 4 * small / ((1 + small) * (1 + small));
      }
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = input(i, j) + theta(0, j) > 0 ? 1.0F : -1.0F;
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j) mean_out(i, j) = 2 * (input(i, j) + theta(0, j));
    draw(stream, mean_out, state);
  }
  void sample_block(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
                    View<float> state) const override {
    const float bias = theta(0, 0);
    for (Index r = 0; r < input.columns; ++r) mean_out(0, r) = 2 * (input(0, r) + bias);
    draw(stream, mean_out, state);
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j) delta(i, j) *= 1 - mean_in(i, j) * mean_in(i, j);
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= -1 && columns.maximum[j] <= 1))
        throw BadData(
            fmt::format("spins show values in [-1, 1], but column {} goes from {} to {}: put the data through "
                        "data.scale with to: [-1, 1] first",
                        j + 1, columns.minimum[j], columns.maximum[j]));
  }
  /// atanh of the mean, with one row of each kind more than were seen: some columns are always the same.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      const double rows = static_cast<double>(columns.rows);
      parameters_out(0, j) = static_cast<float>(std::atanh(columns.mean[j] * rows / (rows + 2)));
    }
  }

 private:
  friend class UnitsOf<Spin>;

  void mean_of(View<const float> theta, View<const float> input, View<float> out) const {
    elementwise::tanh(input, theta.row(0), out);
  }
  void mean_of(View<const double> theta, View<const double> input, View<double> out) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = std::tanh(input(i, j) + theta(0, j));
  }
  /// From twice the field in `mean_out`.
  static void draw(const Stream& stream, View<float> mean_out, View<float> state) {
    elementwise::sigmoid_bernoulli(mean_out, {}, stream, mean_out, state);
    for (const View<float>& values : {mean_out, state})
      for (Index i = 0; i < values.rows; ++i) {
        float* x = values.row(i).data;
        for (Index j = 0; j < values.columns; ++j) x[j] = 2 * x[j] - 1;
      }
  }
  /// log(2 cosh z) = |z| + log(1 + exp(-2 |z|)).
  template <class T>
  static void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) {
    for (Index i = 0; i < input.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < input.columns; ++j) {
        const double field = std::abs(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j)));
        sum += field + std::log1p(std::exp(-2 * field));
      }
      sums[i] += sum;
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Spin>("units.spin"); }
