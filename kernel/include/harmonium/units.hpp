#pragma once

#include "harmonium/export.hpp"
#include "harmonium/random.hpp"
#include "harmonium/value.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// What a pass over the data found in each column; units judge and initialise themselves from it.
struct ColumnView {
  Index rows = 0;
  Span<const double> mean, deviation, minimum, maximum;
};

/// A parameter that units learn: one value a unit.
struct UnitParameter {
  Text name;
  double initial = 0;
  /// Multiplies the learning rate.
  double rate_scale = 1;
};

/// How fast h(x) exp(theta . t(x)) falls for large states. It decides which units can be joined: a bounded one with
/// any, a factorial one with bounded ones alone, two quadratic ones only by small weights.
enum class Tail : std::uint8_t { bounded, factorial, quadratic };

/// The values a unit takes: those of Units::states(), in a block 0 and 1; whole numbers from 0 on; reals from 0 on;
/// reals.
enum class Values : std::uint8_t { listed, counts, half_line, line };

/// What second-order mean fields ask of units: their moments with a quadratic term in the exponent,
///   p(x) = h(x) exp(input . x + sum_k theta_k . t_k(x) - quadratic . x^2 / 2 - A(input, quadratic)).
/// Law: with a quadratic term of zero they are Units::mean and Units::variance. Tramel, Gabrie, Manoel, Caltagirone,
/// Krzakala 2018.
class HARMONIUM_INTERFACE QuadraticUnits {
 public:
  HARMONIUM_API virtual ~QuadraticUnits();
  /// All matrices are batch x units. Throws RunFailed where a quadratic term cannot be normalised.
  virtual void moments(View<const float> theta, View<const float> input, View<const float> quadratic, View<float> mean,
                       View<float> variance) const = 0;
};

/// A type of unit: an exponential family. A layer of n units with state x has the energy
///   E(x) = -sum_k theta_k . t_k(x) - log h(x),          t_0(x) = x,
/// and given an input from its neighbours
///   p(x | input) = h(x) exp(input . x + sum_k theta_k . t_k(x) - A(input)).
/// Welling, Rosen-Zvi, Hinton 2004. `theta` is a matrix of statistics() rows and n columns; temperature and annealing
/// scale theta and input, never h, so units know nothing of them. States and inputs are batch x n.
///
/// Laws: mean = dA/dinput; covariance = dmean/dinput; E[sample] = mean; A(input) = log of the sum over x of
/// h(x) exp(...); the statistics of a sample have the expected statistics. Rows are independent, and so are blocks of
/// block() units. Views may be a range of a layer's units, aligned to blocks. `mean` and `input` may be the same
/// matrix.
class HARMONIUM_INTERFACE Units {
 public:
  static constexpr const char* kind = "unit type";
  using Contract = Units;
  HARMONIUM_API virtual ~Units();

  /// Whether A exists with mean as its gradient. Likelihoods refuse units that are approximate.
  virtual bool exact() const { return true; }
  /// Units that are drawn together, given the size of the layer: the K of one-of-K. 1: each by itself.
  virtual Index block(Index size) const { return size ? 1 : 1; }

  virtual Tail tail() const { return Tail::bounded; }
  /// Of a quadratic tail: k_j, for which -log h(x) - theta . t(x) grows as k_j x_j^2 / 2. As it is: std::logic_error.
  HARMONIUM_API virtual void curvature(View<const float> theta, Span<double> k) const;
  /// The states of a unit that takes few of them, in rising order, as {0, 1}; empty where they are many, or belong to a
  /// block.
  virtual Span<const double> states() const { return {}; }
  /// Which values are states; of all others, likelihoods refuse rows. As it is: by the tail, listed, counts or line.
  HARMONIUM_API virtual Values values() const;
  /// Their moments with a quadratic term; null where they have no closed form.
  virtual const QuadraticUnits* quadratic() const { return nullptr; }

  /// The learning rate at which plain gradient ascent with momentum is known to learn, as a default.
  virtual double usual_rate() const { return 0.1; }

  virtual Span<const UnitParameter> parameters() const = 0;
  /// Rows of theta.
  virtual int statistics() const { return 1; }
  /// theta from the learned parameters (parameters() x n). As it is: a copy, for units that learn theta itself.
  HARMONIUM_API virtual void natural(View<const float> parameters, View<float> theta) const;
  /// The gradient for the learned parameters from that for theta: the chain rule of natural(). As it is: a copy.
  HARMONIUM_API virtual void chain(View<const float> parameters, View<const double> theta_gradient,
                                   View<float> gradient) const;

  /// energies[i] += E(row i of x).
  virtual void add_energy(View<const float> theta, View<const float> x, Span<double> energies) const = 0;
  virtual void add_energy(View<const double> theta, View<const double> x, Span<double> energies) const = 0;
  /// sums[i] += A(row i of input).
  virtual void add_log_partition(View<const float> theta, View<const float> input, Span<double> sums) const = 0;
  virtual void add_log_partition(View<const double> theta, View<const double> input, Span<double> sums) const = 0;

  virtual void mean(View<const float> theta, View<const float> input, View<float> out) const = 0;
  virtual void mean(View<const double> theta, View<const double> input, View<double> out) const = 0;
  /// The variance of each unit (of one-of-K units: the diagonal of the covariance).
  virtual void variance(View<const float> theta, View<const float> input, View<float> out) const = 0;
  /// The most probable state.
  virtual void mode(View<const float> theta, View<const float> input, View<float> out) const = 0;
  /// A draw of each row, and its mean.
  virtual void sample(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean,
                      View<float> state) const = 0;
  /// The same for one block of units with the chains along the columns: theta is statistics() x block, input, mean and
  /// state are block x chains and contiguous. It is what sweeps unit by unit call. As it is: sample() of the
  /// transposed.
  HARMONIUM_API virtual void sample_block(View<const float> theta, View<const float> input, const Stream& stream,
                                          View<float> mean, View<float> state) const;

  /// Whether the two functions below look at `input`. If not it may be empty, and memory is saved.
  virtual bool needs_input() const { return false; }
  /// Whether expected statistics are known from the means alone. Where they are not, states are what statistics are
  /// taken of.
  bool means_suffice() const { return statistics() == 1 || !needs_input(); }
  /// sums (statistics() x n) += scale * sum over rows of t(x). As it is: for units with t_0 alone.
  HARMONIUM_API virtual void add_statistics(View<const float> x, double scale, View<double> sums) const;
  /// sums += scale * sum over rows of E[t | input], given the mean. As it is: for units with t_0 alone.
  HARMONIUM_API virtual void add_expected_statistics(View<const float> theta, View<const float> input,
                                                     View<const float> mean, double scale, View<double> sums) const;
  /// delta (batch x n) becomes covariance . delta, row by row: the step backwards through mean().
  virtual void multiply_by_covariance(View<const float> theta, View<const float> input, View<const float> mean,
                                      View<float> delta) const = 0;

  /// Throws BadData, with the remedy, where such data cannot be states of these units.
  virtual void check(const ColumnView& columns) const = 0;
  /// Parameters (parameters() x n) under which units without input would have about the columns' means.
  virtual void initialise(const ColumnView& columns, View<float> parameters) const = 0;
};

}  // namespace harmonium
