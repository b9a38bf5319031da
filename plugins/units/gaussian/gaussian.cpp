#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// Real units with mean mu_j and precision gamma_j: E(x) = sum_j gamma_j / 2 (x_j - mu_j)^2 up to a constant. In
/// natural form theta_0 = gamma mu, theta_1 = -gamma / 2, t_1(x) = x^2 and h = 1, so
///   A(input) = sum_j (input_j + theta_0j)^2 / (2 gamma_j) + log(2 pi / gamma_j) / 2,
/// the mean is mu + input / gamma and the variance 1 / gamma. The input never carries the precision. gamma is
/// learned if asked: as exp(log_precision) times what it is given, at a tenth of the rate and up to 1000. Welling,
/// Rosen-Zvi, Hinton 2004; Freund, Haussler 1994; Cho, Ilin, Raiko 2011 on learning the precision through its
/// logarithm.
class Gaussian final : public UnitsOf<Gaussian>, public QuadraticUnits {
 public:
  double precision = 1;
  bool learn_precision = false;

  static void describe(ValueType<Gaussian>& type) {
    type.says("Real-valued units with a learned mean and a precision.").cites("Freund, Haussler 1994");
    type.parameter("precision", &Gaussian::precision)
        .above(0)
        .at_most(largest_precision)
        .says("The precision, 1 / variance, of every unit given its input; at first, where it is learned.");
    type.parameter("learn_precision", &Gaussian::learn_precision)
        .says("Whether each unit learns its precision, through its logarithm and at a tenth of the learning rate.")
        .cites("Cho, Ilin, Raiko 2011");
  }

  Span<const UnitParameter> parameters() const override {
    static const UnitParameter learned[] = {{"mean"}, {"log_precision", 0, 0.1}};
    return {learned, learn_precision ? 2 : 1};
  }
  /// At a tenth of the rate of binary units training still diverges within a few epochs.
  double usual_rate() const override { return 0.005; }
  Tail tail() const override { return Tail::quadratic; }
  void curvature(View<const float> theta, Span<double> k) const override {
    for (Index j = 0; j < k.size; ++j) k[j] = -2 * static_cast<double>(theta(1, j));
  }
  const QuadraticUnits* quadratic() const override { return this; }
  /// The quadratic term is precision.
  void moments(View<const float> theta, View<const float> input, View<const float> quadratic, View<float> mean_out,
               View<float> variance_out) const override {
    for (Index i = 0; i < mean_out.rows; ++i)
      for (Index j = 0; j < mean_out.columns; ++j) {
        const float gamma = quadratic(i, j) - 2 * theta(1, j);
        if (!(gamma > 0))
          throw RunFailed(
              "a second-order mean field leaves Gaussian units without a positive precision: the weights are too "
              "large for it");
        mean_out(i, j) = (input(i, j) + theta(0, j)) / gamma;
        variance_out(i, j) = 1 / gamma;
      }
  }
  int statistics() const override { return 2; }
  void natural(View<const float> parameters_in, View<float> theta) const override {
    for (Index j = 0; j < theta.columns; ++j) {
      const double gamma = precision_of(parameters_in, j);
      theta(0, j) = static_cast<float>(gamma * static_cast<double>(parameters_in(0, j)));
      theta(1, j) = static_cast<float>(-gamma / 2);
    }
  }
  void chain(View<const float> parameters_in, View<const double> theta_gradient, View<float> gradient) const override {
    for (Index j = 0; j < gradient.columns; ++j) {
      const double gamma = precision_of(parameters_in, j), mu = static_cast<double>(parameters_in(0, j));
      gradient(0, j) = static_cast<float>(gamma * theta_gradient(0, j));
      if (learn_precision)
        gradient(1, j) = static_cast<float>(gamma * (mu * theta_gradient(0, j) - theta_gradient(1, j) / 2));
    }
  }

  void variance(View<const float> theta, View<const float>, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = -0.5F / theta(1, j);
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    mean_of(theta, input, out);
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    mean_of(theta, input, mean_out);
    normal(stream, state);
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j)
        state(i, j) = mean_out(i, j) + state(i, j) * std::sqrt(-0.5F / theta(1, j));
  }
  void add_statistics(View<const float> x, double scale, View<double> sums) const override {
    elementwise::add_column_sums(x, scale, sums.row(0));
    for (Index i = 0; i < x.rows; ++i)
      for (Index j = 0; j < x.columns; ++j)
        sums(1, j) += scale * static_cast<double>(x(i, j)) * static_cast<double>(x(i, j));
  }
  void add_expected_statistics(View<const float> theta, View<const float>, View<const float> mean_in, double scale,
                               View<double> sums) const override {
    add_statistics(mean_in, scale, sums);
    for (Index j = 0; j < mean_in.columns; ++j)
      sums(1, j) += scale * static_cast<double>(mean_in.rows) * -0.5 / static_cast<double>(theta(1, j));
  }
  void multiply_by_covariance(View<const float> theta, View<const float>, View<const float>,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j) delta(i, j) *= -0.5F / theta(1, j);
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (std::abs(columns.mean[j]) > 3 || columns.deviation[j] > 3)
        throw BadData(fmt::format(
            "Gaussian units learn well only from data near mean 0 and deviation 1, but column {} has mean {:.4g} and "
            "deviation {:.4g}: put the data through data.standardise first",
            j + 1, columns.mean[j], columns.deviation[j]));
  }
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) parameters_out(0, j) = static_cast<float>(columns.mean[j]);
    if (learn_precision) std::fill_n(parameters_out.row(1).data, parameters_out.columns, 0.0F);
  }

 private:
  friend class UnitsOf<Gaussian>;
  static constexpr double largest_precision = 1e3;

  double precision_of(View<const float> parameters_in, Index j) const {
    if (!learn_precision) return precision;
    return std::min(precision * std::exp(static_cast<double>(parameters_in(1, j))), largest_precision);
  }
  template <class T>
  static void energy_of(View<const T> theta, View<const T> x, Span<double> energies) {
    for (Index i = 0; i < x.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < x.columns; ++j) {
        const auto value = static_cast<double>(x(i, j));
        sum += value * (static_cast<double>(theta(0, j)) + static_cast<double>(theta(1, j)) * value);
      }
      energies[i] -= sum;
    }
  }
  template <class T>
  static void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) {
    for (Index i = 0; i < input.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < input.columns; ++j) {
        const double gamma = -2 * static_cast<double>(theta(1, j));
        const double field = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
        sum += field * field / (2 * gamma) + std::log(2 * std::numbers::pi / gamma) / 2;
      }
      sums[i] += sum;
    }
  }
  template <class T>
  static void mean_of(View<const T> theta, View<const T> input, View<T> out) {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = (input(i, j) + theta(0, j)) / (-2 * theta(1, j));
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Gaussian>("units.gaussian"); }
