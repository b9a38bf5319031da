#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/units_of.hpp"

/// Units that each break one law on purpose, to show that the kit notices: right ones with one line that is wrong.
namespace harmonium {
namespace {

/// Binary units, right, and open to errors.
template <class Self>
class Binary : public UnitsOf<Self> {
 public:
  static void describe(ValueType<Self>& type) { type.says("Binary units that break a law."); }

  Span<const UnitParameter> parameters() const override { return UnitsOf<Self>::one_bias(); }
  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    each(out, [&](Index i, Index j) {
      const float small = std::exp(-std::abs(input(i, j) + theta(0, j)));
      return small / ((1 + small) * (1 + small));
    });
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    each(out, [&](Index i, Index j) { return input(i, j) + theta(0, j) > 0 ? 1.0F : 0.0F; });
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    this->mean(theta, input, mean_out);
    uniform(stream, state);
    each(state, [&](Index i, Index j) { return state(i, j) < mean_out(i, j) ? 1.0F : 0.0F; });
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    each(delta, [&](Index i, Index j) { return delta(i, j) * mean_in(i, j) * (1 - mean_in(i, j)); });
  }
  void check(const ColumnView& columns) const override {
    for (Index j = 0; j < columns.mean.size; ++j)
      if (!(columns.minimum[j] >= 0 && columns.maximum[j] <= 1)) throw BadData("binary units show values in [0, 1]");
  }
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      const double rows = static_cast<double>(columns.rows), on = (columns.mean[j] * rows + 1) / (rows + 2);
      parameters_out(0, j) = static_cast<float>(std::log(on / (1 - on)));
    }
  }

  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j)
        sums[i] += softplus(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j)));
  }
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    each(out, [&](Index i, Index j) { return 1 / (1 + std::exp(-(input(i, j) + theta(0, j)))); });
  }

 protected:
  static double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
  template <class T, class Value>
  static void each(View<T> out, const Value& value) {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = value(i, j);
  }
};

/// None is wrong: the errors below are all that the kit sees.
class Right final : public Binary<Right> {};

/// A(input) = -sum log(1 - ...): a sign.
class Sign final : public Binary<Sign> {
 public:
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j)
        sums[i] += softplus(-static_cast<double>(input(i, j)) - static_cast<double>(theta(0, j)));
  }
};

/// log(1 + exp(x)) as it stands in the book.
class Overflow final : public Binary<Overflow> {
 public:
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j)
        sums[i] += std::log1p(std::exp(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j))));
  }
};

/// A mean that saturates at another slope: it is no derivative of A.
class Mean final : public Binary<Mean> {
 public:
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    each(out, [&](Index i, Index j) { return 1 / (1 + std::exp(T(-1.1) * (input(i, j) + theta(0, j)))); });
  }
};

/// One random number for a whole row.
class Together final : public Binary<Together> {
 public:
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    mean(theta, input, mean_out);
    uniform(stream, state);
    for (Index i = 0; i < state.rows; ++i) {
      const float draw = state(i, 0);
      for (Index j = 0; j < state.columns; ++j) state(i, j) = draw < mean_out(i, j) ? 1.0F : 0.0F;
    }
  }
};

/// The random numbers of the first row for all.
class Rows final : public Binary<Rows> {
 public:
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    mean(theta, input, mean_out);
    uniform(stream, state);
    for (Index i = state.rows - 1; i >= 0; --i)
      for (Index j = 0; j < state.columns; ++j) state(i, j) = state(0, j) < mean_out(i, j) ? 1.0F : 0.0F;
  }
};

/// Sweeps unit by unit draw otherwise than whole layers do: the bias is left out.
class BlockDraw final : public Binary<BlockDraw> {
 public:
  void sample_block(View<const float>, View<const float> input, const Stream& stream, View<float> mean_out,
                    View<float> state) const override {
    elementwise::sigmoid_bernoulli(input, {}, stream, mean_out, state);
  }
};

/// It overwrites sums instead of adding to them.
class Overwritten final : public Binary<Overwritten> {
 public:
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    std::fill_n(sums.data, sums.size, 0.0);
    Binary<Overwritten>::log_partition_of(theta, input, sums);
  }
};

/// It gives up.
class Throws final : public Binary<Throws> {
 public:
  template <class T>
  void log_partition_of(View<const T>, View<const T>, Span<double>) const {
    throw RunFailed("not written yet");
  }
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    if constexpr (sizeof(T) == sizeof(double)) throw RunFailed("not written yet");
    Binary::mean_of(theta, input, out);
  }
};

/// Without weights for its states.
class NoEnergy final : public Binary<NoEnergy> {
 public:
  template <class T>
  void energy_of(View<const T>, View<const T>, Span<double> energies) const {
    std::fill_n(energies.data, energies.size, HUGE_VAL);
  }
};

class Variance final : public Binary<Variance> {
 public:
  void variance(View<const float> theta, View<const float> input, View<float> out) const override {
    mean(theta, input, out);
  }
};

class Covariance final : public Binary<Covariance> {
 public:
  void multiply_by_covariance(View<const float>, View<const float>, View<const float> mean_in,
                              View<float> delta) const override {
    each(delta, [&](Index i, Index j) { return delta(i, j) * mean_in(i, j); });
  }
};

/// The bias is left out.
class Mode final : public Binary<Mode> {
 public:
  void mode(View<const float>, View<const float> input, View<float> out) const override {
    each(out, [&](Index i, Index j) { return input(i, j) > 0 ? 1.0F : 0.0F; });
  }
};

/// The energy has the sign of the exponent.
class Energy final : public Binary<Energy> {
 public:
  template <class T>
  void energy_of(View<const T> theta, View<const T> x, Span<double> energies) const {
    for (Index i = 0; i < x.rows; ++i)
      for (Index j = 0; j < x.columns; ++j)
        energies[i] += static_cast<double>(theta(0, j)) * static_cast<double>(x(i, j));
  }
};

class Initialise final : public Binary<Initialise> {
 public:
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) parameters_out(0, j) = static_cast<float>(columns.mean[j]);
  }
};

class TakesAll final : public Binary<TakesAll> {
 public:
  void check(const ColumnView&) const override {}
};

/// The mean of a unit has something of its neighbour's input.
class Neighbours final : public Binary<Neighbours> {
 public:
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    for (Index i = 0; i < out.rows; ++i) {
      T before = 0;
      for (Index j = 0; j < out.columns; ++j) {
        const T field = input(i, j) + theta(0, j);
        out(i, j) = 1 / (1 + std::exp(-field - before));
        before = field / 1000;
      }
    }
  }
};

/// It goes on reading the input after the mean has been written to the same memory.
class Alias final : public Binary<Alias> {
 public:
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    mean(theta, input, mean_out);
    uniform(stream, state);
    each(state,
         [&](Index i, Index j) { return state(i, j) < 1 / (1 + std::exp(-input(i, j) - theta(0, j))) ? 1.0F : 0.0F; });
  }
};

/// It says that it does not need the input and looks at it.
class Peeks final : public Binary<Peeks> {
 public:
  void multiply_by_covariance(View<const float> theta, View<const float> input, View<const float>,
                              View<float> delta) const override {
    each(delta, [&](Index i, Index j) {
      const float p = 1 / (1 + std::exp(-input(i, j) - theta(0, j)));
      return delta(i, j) * p * (1 - p);
    });
  }
};

/// Each thread has random numbers of its own.
class Threads final : public Binary<Threads> {
 public:
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    Binary::sample(theta, input, stream.purpose(std::to_string(threads())), mean_out, state);
  }
};

/// It learns log b and forgets the chain rule.
class Chain final : public Binary<Chain> {
 public:
  void natural(View<const float> parameters_in, View<float> theta) const override {
    each(theta, [&](Index i, Index j) { return std::exp(parameters_in(i, j)); });
  }
};

/// Units on the real line: E(x) = gamma / 2 (x - mu)^2, theta_0 = gamma mu, theta_1 = -gamma / 2.
template <class Self>
class Real : public UnitsOf<Self> {
 public:
  static void describe(ValueType<Self>& type) { type.says("Real units that break a law."); }

  Span<const UnitParameter> parameters() const override {
    static const UnitParameter learned[] = {{"mean"}};
    return {learned, 1};
  }
  Tail tail() const override { return Tail::quadratic; }
  int statistics() const override { return 2; }
  void natural(View<const float> parameters_in, View<float> theta) const override {
    for (Index j = 0; j < theta.columns; ++j) {
      theta(0, j) = parameters_in(0, j);
      theta(1, j) = -0.5F;
    }
  }
  void chain(View<const float>, View<const double> theta_gradient, View<float> gradient) const override {
    for (Index j = 0; j < gradient.columns; ++j) gradient(0, j) = static_cast<float>(theta_gradient(0, j));
  }
  void variance(View<const float> theta, View<const float>, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = -0.5F / theta(1, j);
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    this->mean(theta, input, out);
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    this->mean(theta, input, mean_out);
    normal(stream, state);
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j)
        state(i, j) = mean_out(i, j) + state(i, j) * Self::deviation(-0.5F / theta(1, j));
  }
  void add_statistics(View<const float> x, double scale, View<double> sums) const override {
    for (Index i = 0; i < x.rows; ++i)
      for (Index j = 0; j < x.columns; ++j) {
        const auto value = static_cast<double>(x(i, j));
        sums(0, j) += scale * value;
        sums(1, j) += scale * value * value;
      }
  }
  void add_expected_statistics(View<const float> theta, View<const float>, View<const float> mean_in, double scale,
                               View<double> sums) const override {
    add_statistics(mean_in, scale, sums);
    for (Index j = 0; j < mean_in.columns; ++j)
      sums(1, j) +=
          Self::share_of_variance * scale * static_cast<double>(mean_in.rows) * -0.5 / static_cast<double>(theta(1, j));
  }
  void multiply_by_covariance(View<const float> theta, View<const float>, View<const float>,
                              View<float> delta) const override {
    for (Index i = 0; i < delta.rows; ++i)
      for (Index j = 0; j < delta.columns; ++j) delta(i, j) *= -0.5F / theta(1, j);
  }
  void check(const ColumnView&) const override {}
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) parameters_out(0, j) = static_cast<float>(columns.mean[j]);
  }

  template <class T>
  void energy_of(View<const T> theta, View<const T> x, Span<double> energies) const {
    for (Index i = 0; i < x.rows; ++i)
      for (Index j = 0; j < x.columns; ++j) {
        const auto value = static_cast<double>(x(i, j));
        energies[i] -= value * (static_cast<double>(theta(0, j)) + static_cast<double>(theta(1, j)) * value);
      }
  }
  template <class T>
  void log_partition_of(View<const T> theta, View<const T> input, Span<double> sums) const {
    for (Index i = 0; i < input.rows; ++i)
      for (Index j = 0; j < input.columns; ++j) {
        const double gamma = -2 * static_cast<double>(theta(1, j));
        const double field = static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j));
        sums[i] += field * field / (2 * gamma) + std::log(2 * std::numbers::pi / gamma) / 2;
      }
  }
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = (input(i, j) + theta(0, j)) / (-2 * theta(1, j));
  }

  static float deviation(float variance_in) { return std::sqrt(variance_in); }
  static constexpr double share_of_variance = 1;
};

/// The variance taken for the standard deviation. At temperature 1 and precision 1 they are the same.
class Deviation final : public Real<Deviation> {
 public:
  static float deviation(float variance_in) { return variance_in; }
};

/// E[x^2] taken for E[x]^2.
class Square final : public Real<Square> {
 public:
  static constexpr double share_of_variance = 0;
};

/// Rectified units with noise, max(0, z + n), n ~ N(0, 1), which have no A: approximate. Their mean is z Phi(z) +
/// phi(z), as here. Nair, Hinton 2010, with another variance.
template <class Self>
class Rectified : public Real<Self> {
 public:
  bool exact() const override { return false; }
  int statistics() const override { return 1; }
  void natural(View<const float> parameters_in, View<float> theta) const override {
    std::copy_n(parameters_in.row(0).data, theta.columns, theta.row(0).data);
  }
  void variance(View<const float>, View<const float>, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i) std::fill_n(out.row(i).data, out.columns, 1.0F);
  }
  void mode(View<const float> theta, View<const float> input, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = std::max(0.0F, input(i, j) + theta(0, j));
  }
  void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
              View<float> state) const override {
    normal(stream, state);
    for (Index i = 0; i < state.rows; ++i)
      for (Index j = 0; j < state.columns; ++j) state(i, j) = std::max(0.0F, input(i, j) + theta(0, j) + state(i, j));
    this->mean(theta, input, mean_out);
  }
  void add_statistics(View<const float> x, double scale, View<double> sums) const override {
    elementwise::add_column_sums(x, scale, sums.row(0));
  }
  void add_expected_statistics(View<const float>, View<const float>, View<const float> mean_in, double scale,
                               View<double> sums) const override {
    add_statistics(mean_in, scale, sums);
  }
  void multiply_by_covariance(View<const float>, View<const float>, View<const float>, View<float>) const override {}
  void initialise(const ColumnView& columns, View<float> parameters_out) const override {
    for (Index j = 0; j < columns.mean.size; ++j) {
      double low = -50, high = columns.mean[j] + 1;
      for (int step = 0; step < 60; ++step) {
        const double middle = (low + high) / 2;
        (expectation(middle) < columns.mean[j] ? low : high) = middle;
      }
      parameters_out(0, j) = static_cast<float>(low);
    }
  }

  static double expectation(double z) {
    return z * std::erfc(-z / std::numbers::sqrt2) / 2 + std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  }
  template <class T>
  void energy_of(View<const T>, View<const T>, Span<double>) const {
    throw RunFailed("rectified units have no energy");
  }
  template <class T>
  void log_partition_of(View<const T>, View<const T>, Span<double>) const {
    throw RunFailed("rectified units have no log_partition");
  }
  template <class T>
  void mean_of(View<const T> theta, View<const T> input, View<T> out) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j)
        out(i, j) = static_cast<T>(Self::mean_at(static_cast<double>(input(i, j)) + static_cast<double>(theta(0, j))));
  }
  static double mean_at(double z) { return expectation(z); }
};

/// Right.
class Noisy final : public Rectified<Noisy> {};

/// max(0, z), which is not the mean of what is drawn.
class Ramp final : public Rectified<Ramp> {
 public:
  static double mean_at(double z) { return std::max(0.0, z); }
};

/// Bounded by its word, on the real line by its draws.
class Tailless final : public Real<Tailless> {
 public:
  Tail tail() const override { return Tail::bounded; }
};

/// On a half-line by its word, on the whole one by its draws.
class HalfLine final : public Real<HalfLine> {
 public:
  Values values() const override { return Values::half_line; }
};

/// Spins by its word, binary by its draws.
class Mislisted final : public Binary<Mislisted> {
 public:
  Span<const double> states() const override {
    static constexpr double spins[] = {-1, 1};
    return {spins, 2};
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::Right>("wrong.none");
  registrar.value<harmonium::Sign>("wrong.sign");
  registrar.value<harmonium::Overflow>("wrong.overflow");
  registrar.value<harmonium::Mean>("wrong.mean");
  registrar.value<harmonium::Together>("wrong.together");
  registrar.value<harmonium::Rows>("wrong.rows");
  registrar.value<harmonium::BlockDraw>("wrong.block_draw");
  registrar.value<harmonium::Overwritten>("wrong.overwritten");
  registrar.value<harmonium::Throws>("wrong.throws");
  registrar.value<harmonium::NoEnergy>("wrong.no_energy_at_all");
  registrar.value<harmonium::Variance>("wrong.variance");
  registrar.value<harmonium::Covariance>("wrong.covariance");
  registrar.value<harmonium::Mode>("wrong.mode");
  registrar.value<harmonium::Energy>("wrong.energy");
  registrar.value<harmonium::Initialise>("wrong.initialise");
  registrar.value<harmonium::TakesAll>("wrong.takes_all");
  registrar.value<harmonium::Neighbours>("wrong.neighbours");
  registrar.value<harmonium::Alias>("wrong.alias");
  registrar.value<harmonium::Peeks>("wrong.peeks");
  registrar.value<harmonium::Threads>("wrong.threads");
  registrar.value<harmonium::Chain>("wrong.chain");
  registrar.value<harmonium::Deviation>("wrong.deviation");
  registrar.value<harmonium::Square>("wrong.square");
  registrar.value<harmonium::Noisy>("wrong.no_exact_units");
  registrar.value<harmonium::Ramp>("wrong.ramp");
  registrar.value<harmonium::Tailless>("wrong.tailless");
  registrar.value<harmonium::HalfLine>("wrong.half_line");
  registrar.value<harmonium::Mislisted>("wrong.mislisted");
}
