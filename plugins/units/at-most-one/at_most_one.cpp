#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

namespace harmonium {
namespace {

/// Binary units in blocks of K, of which at most one is on: A(input) = sum over blocks of log(1 + sum_j exp(input_j +
/// b_j)), p(x_j = 1) = exp(input_j + b_j) / (1 + sum of the block). Probabilistic max-pooling: that a block has a unit
/// on is the pool's unit. Lee, Grosse, Ranganath, Ng 2009, equations 6 and 7.
class AtMostOne final : public UnitsOf<AtMostOne> {
 public:
  Index size = 4;

  static void describe(ValueType<AtMostOne>& type) {
    type.says("Binary units in blocks, of which at most one is on: probabilistic max-pooling.")
        .cites("Lee, Grosse, Ranganath, Ng 2009");
    type.parameter("block", &AtMostOne::size)
        .at_least(1)
        .unit("units")
        .says("Units that follow each other in a block.");
  }

  Index block(Index) const override { return size; }
  Span<const UnitParameter> parameters() const override { return one_bias(); }

  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    mean_of(theta, input, out);
    for (Index i = 0; i < out.rows; ++i)
      for (float& p : out.row(i)) p *= 1 - p;
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < input.rows; ++i)
      for (Index first = 0; first < input.columns; first += size) {
        Index best = -1;
        float most = 0;
        for (Index j = first; j < first + size; ++j)
          if (input(i, j) + theta(0, j) > most) {
            most = input(i, j) + theta(0, j);
            best = j;
          }
        for (Index j = first; j < first + size; ++j) out(i, j) = j == best ? 1.0F : 0.0F;
      }
  }
  /// By inversion of the cumulative distribution, one draw a block: the one at the block's first column.
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    mean_of(theta, input, mean_out);
    uniform(stream, state);
    each_row(state.rows, [&](Index i) {
      for (Index first = 0; first < state.columns; first += size) {
        const float draw = state(i, first);
        float below = 0;
        Index chosen = -1;
        for (Index j = first; j < first + size && chosen < 0; ++j) {
          below += mean_out(i, j);
          if (draw < below) chosen = j;
        }
        for (Index j = first; j < first + size; ++j) state(i, j) = j == chosen ? 1.0F : 0.0F;
      }
    });
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index first = 0; first < delta.columns; first += size) {
        float dot = 0;
        for (Index j = first; j < first + size; ++j) dot += mean_in(i, j) * delta(i, j);
        for (Index j = first; j < first + size; ++j) delta(i, j) = mean_in(i, j) * (delta(i, j) - dot);
      }
  }
  void check(const ColumnView& columns) const override {
    for (Index first = 0; first + size <= columns.mean.size; first += size) {
      double sum = 0;
      for (Index j = first; j < first + size; ++j) {
        if (!(columns.minimum[j] >= 0 && columns.maximum[j] <= 1))
          throw BadData(
              fmt::format("units of which at most one is on show values in [0, 1], but column {} goes from {} "
                          "to {}",
                          j + 1, columns.minimum[j], columns.maximum[j]));
        sum += columns.mean[j];
      }
      if (sum > 1 + 1e-4)
        throw BadData(fmt::format("at most one unit of a block is on, but columns {} to {} sum to {:.4g} on average",
                                  first + 1, first + size, sum));
    }
  }
  /// The log of each share over that of none, every case being counted once more than it was seen.
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    const double rows = static_cast<double>(columns.rows);
    for (Index first = 0; first < columns.mean.size; first += size) {
      double none = rows + 1;
      for (Index j = first; j < first + size; ++j) none -= columns.mean[j] * rows;
      for (Index j = first; j < first + size; ++j)
        parameters_out(0, j) = static_cast<float>(std::log((columns.mean[j] * rows + 1) / std::max(none, 1.0)));
    }
  }

 private:
  friend class UnitsOf<AtMostOne>;
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    for (Index i = 0; i < input.rows; ++i)
      for (Index first = 0; first < input.columns; first += size) {
        double most = 0, sum = 0;
        for (Index j = first; j < first + size; ++j)
          most = std::max(most, static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j)));
        for (Index j = first; j < first + size; ++j)
          sum += std::exp(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j)) - most);
        sums[i] += most + std::log(std::exp(-most) + sum);
      }
  }
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    each_row(out.rows, [&](Index i) {
      const Span<const T> in = input.row(i), bias = theta.row(0);
      const Span<T> to = out.row(i);
      if constexpr (std::is_same_v<T, float>) {
        // Most inputs are small enough to go without a shift, and then through the vectorised exponential.
        constexpr float small = 60;
        float greatest = 0;
        for (Index j = 0; j < in.size; ++j) greatest = std::max(greatest, in[j] + bias[j]);
        if (greatest < small) {
          elementwise::exp(input.row_range(i, 1), bias, out.row_range(i, 1));
          for (Index first = 0; first < to.size; first += size) {
            float sum = 1;
            for (Index j = first; j < first + size; ++j) sum += to[j];
            const float scale = 1 / sum;
            for (Index j = first; j < first + size; ++j) to[j] *= scale;
          }
          return;
        }
      }
      for (Index first = 0; first < to.size; first += size) {
        T most = 0, sum = 0;
        for (Index j = first; j < first + size; ++j) most = std::max(most, in[j] + bias[j]);
        for (Index j = first; j < first + size; ++j) {
          to[j] = std::exp(in[j] + bias[j] - most);
          sum += to[j];
        }
        const T scale = 1 / (std::exp(-most) + sum);
        for (Index j = first; j < first + size; ++j) to[j] *= scale;
      }
    });
  }
  /// Layers of them are large: a unit for every place of an image.
  template <class Body>
  static void each_row(Index rows, Body body) {
    constexpr Index block = 8;
    parallel((rows + block - 1) / block, [&](Index number) {
      for (Index i = number * block; i < std::min(rows, (number + 1) * block); ++i) body(i);
    });
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::AtMostOne>("units.at_most_one"); }
