#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// One-of-K units: blocks of K states of which exactly one is 1. Within a block
///   p(x_k = 1 | input) = exp(input_k + b_k - A),   A(input) = log sum_k exp(input_k + b_k),
/// and the covariance is diag(p) - p p'. The variance() of a unit is the diagonal. Potts 1952; as visible units:
/// Salakhutdinov, Mnih, Hinton 2007.
class Softmax final : public UnitsOf<Softmax> {
 public:
  Index classes = 0;

  static void describe(ValueType<Softmax>& type) {
    type.says("One-of-K units: in every block exactly one is 1.").cites("Salakhutdinov, Mnih, Hinton 2007");
    type.parameter("classes", &Softmax::classes)
        .at_least(0)
        .unit("units")
        .says("The K of one-of-K; 0 takes the whole layer as one block.");
  }

  Index block(Index size) const override { return classes > 0 ? classes : size; }
  Span<const UnitParameter> parameters() const override { return one_bias(); }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    mean_of(theta, input, out);
    for (Index i = 0; i < out.rows; ++i)
      for (float& p : out.row(i)) p *= 1 - p;
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    const Index k = block(input.columns);
    for (Index i = 0; i < input.rows; ++i)
      for (Index first = 0; first < input.columns; first += k) {
        Index best = first;
        for (Index j = first + 1; j < first + k; ++j)
          if (input(i, j) + theta(0, j) > input(i, best) + theta(0, best)) best = j;
        for (Index j = first; j < first + k; ++j) out(i, j) = j == best ? 1.0F : 0.0F;
      }
  }
  /// By inversion of the cumulative distribution, one draw a block: the one at the block's first column.
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    mean_of(theta, input, mean_out);
    uniform(stream, state);
    const Index k = block(state.columns);
    for (Index i = 0; i < state.rows; ++i)
      for (Index first = 0; first < state.columns; first += k) {
        const float draw = state(i, first);
        float below = 0;
        Index chosen = first;
        for (Index j = first; j < first + k; ++j) {
          // The last state with any probability takes what rounding leaves over.
          if (mean_out(i, j) > 0) chosen = j;
          below += mean_out(i, j);
          if (draw < below) break;
        }
        for (Index j = first; j < first + k; ++j) state(i, j) = j == chosen ? 1.0F : 0.0F;
      }
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    const Index k = block(delta.columns);
    for (Index i = 0; i < delta.rows; ++i)
      for (Index first = 0; first < delta.columns; first += k) {
        float dot = 0;
        for (Index j = first; j < first + k; ++j) dot += mean_in(i, j) * delta(i, j);
        for (Index j = first; j < first + k; ++j) delta(i, j) = mean_in(i, j) * (delta(i, j) - dot);
      }
  }
  void check(const ColumnView& columns) const override {
    const Index k = block(columns.mean.size);
    for (Index first = 0; first < columns.mean.size; first += k) {
      double sum = 0;
      for (Index j = first; j < first + k; ++j) {
        if (!(columns.minimum[j] >= 0 && columns.maximum[j] <= 1))
          throw BadData(fmt::format("one-of-K units show probabilities, but column {} goes from {} to {}", j + 1,
                                    columns.minimum[j], columns.maximum[j]));
        sum += columns.mean[j];
      }
      if (std::abs(sum - 1) > 1e-4)
        throw BadData(
            fmt::format("one-of-K units need rows of which one column in {} is 1, but columns {} to {} sum to "
                        "{:.6g} on average",
                        k, first + 1, first + k, sum));
    }
  }
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    const auto rows = static_cast<double>(columns.rows);
    const auto k = static_cast<double>(block(columns.mean.size));
    for (Index j = 0; j < columns.mean.size; ++j)
      parameters_out(0, j) = static_cast<float>(std::log((columns.mean[j] * rows + 1) / (rows + k)));
  }

 private:
  friend class UnitsOf<Softmax>;
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    const Index k = block(input.columns);
    for (Index i = 0; i < input.rows; ++i)
      for (Index first = 0; first < input.columns; first += k) {
        double top = -INFINITY, sum = 0;
        for (Index j = first; j < first + k; ++j)
          top = std::max(top, static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j)));
        for (Index j = first; j < first + k; ++j)
          sum += std::exp(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j)) - top);
        sums[i] += top + std::log(sum);
      }
  }
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    const Index k = block(input.columns);
    for (Index i = 0; i < input.rows; ++i)
      for (Index first = 0; first < input.columns; first += k) {
        T top = input(i, first) + theta(0, first), sum = 0;
        for (Index j = first + 1; j < first + k; ++j) top = std::max(top, input(i, j) + theta(0, j));
        for (Index j = first; j < first + k; ++j) sum += out(i, j) = std::exp(input(i, j) + theta(0, j) - top);
        for (Index j = first; j < first + k; ++j) out(i, j) /= sum;
      }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Softmax>("units.softmax"); }
