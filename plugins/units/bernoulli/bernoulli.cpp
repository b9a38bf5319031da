#include <fmt/format.h>

#include <cmath>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// Binary units x_j in {0, 1} with bias b_j: E(x) = -b . x,
///   p(x | input) = exp(x . (input + b) - A),   A(input) = sum_j log(1 + exp(input_j + b_j)),
/// so the mean is sigmoid(input + b). Smolensky 1986; Welling, Rosen-Zvi, Hinton 2004, eq. 2. States between 0 and 1
/// are allowed as data and stand for probabilities.
class Bernoulli final : public UnitsOf<Bernoulli>, public QuadraticUnits {
 public:
  static void describe(ValueType<Bernoulli>& type) { type.says("Binary units, 0 or 1.").cites("Smolensky 1986"); }

  Span<const UnitParameter> parameters() const override { return one_bias(); }

  Span<const double> states() const override {
    static const double off_on[] = {0, 1};
    return {off_on, 2};
  }
  const QuadraticUnits* quadratic() const override { return this; }
  /// x^2 = x: the quadratic term is an input of minus its half.
  void moments(View<const float> theta, View<const float> input, View<const float> quadratic, View<float> mean_out,
               View<float> variance_out) const override {
    for (Index i = 0; i < mean_out.rows; ++i)
      for (Index j = 0; j < mean_out.columns; ++j) mean_out(i, j) = input(i, j) - quadratic(i, j) / 2;
    variance(theta, mean_out, variance_out);
    mean_of(theta, mean_out, mean_out);
  }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    // sigmoid(x) sigmoid(-x): 1 - sigmoid(x) is rounded to zero from x = 17 on.
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        const float small = std::exp(-std::abs(input(i, j) + theta(0, j)));
        out(i, j) = small / ((1 + small) * (1 + small));
      }
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = input(i, j) + theta(0, j) > 0 ? 1.0F : 0.0F;
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    elementwise::sigmoid_bernoulli(input, theta.row(0), stream, mean_out, state);
  }
  void sample_block(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
                    View<float> state) const override {
    // The one bias belongs to all columns.
    const float bias = theta(0, 0);
    for (Index r = 0; r < input.columns; ++r) mean_out(0, r) = input(0, r) + bias;
    elementwise::sigmoid_bernoulli(mean_out, {}, stream, mean_out, state);
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i) {
      const float* m = mean_in.row(i).data;
      float* d = delta.row(i).data;
      for (Index j = 0; j < delta.columns; ++j) d[j] *= m[j] * (1 - m[j]);
    }
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= 0 && columns.maximum[j] <= 1))
        throw BadData(
            fmt::format("Bernoulli units show values in [0, 1], but column {} goes from {} to {}: put the data through "
                        "data.scale or data.binarise first",
                        j + 1, columns.minimum[j], columns.maximum[j]));
  }
  /// logit((n_on + 1) / (N + 2)): some columns are never on.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      const double rows = static_cast<double>(columns.rows);
      const double on = (columns.mean[j] * rows + 1) / (rows + 2);
      parameters_out(0, j) = static_cast<float>(std::log(on / (1 - on)));
    }
  }

 private:
  friend class UnitsOf<Bernoulli>;

  template <class T>
  static void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) {
    elementwise::add_softplus_sums(input, theta.row(0), sums);
  }
  static void mean_of(View<const float> theta, View<const float> input, View<float> out) {
    elementwise::sigmoid(input, theta.row(0), out);
  }
  static void mean_of(View<const double> theta, View<const double> input, View<double> out) {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = 1 / (1 + std::exp(-(input(i, j) + theta(0, j))));
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Bernoulli>("units.bernoulli"); }
