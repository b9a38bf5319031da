#pragma once

#include "harmonium/units.hpp"

namespace harmonium {

/// Units whose functions of two precisions are written once, as templates of the value's type in `Self`:
///   log_partition_of(theta, input, sums), mean_of(theta, input, out), and energy_of(theta, x, energies) unless the
/// energy is -theta_0 . x alone.
template <class Self>
class UnitsOf : public Units {
 public:
  void add_energy(View<const float> theta, View<const float> x, Span<double> energies) const final {
    self().energy_of(theta, x, energies);
  }
  void add_energy(View<const double> theta, View<const double> x, Span<double> energies) const final {
    self().energy_of(theta, x, energies);
  }
  void add_log_partition(View<const float> theta, View<const float> input, Span<double> sums) const final {
    self().log_partition_of(theta, input, sums);
  }
  void add_log_partition(View<const double> theta, View<const double> input, Span<double> sums) const final {
    self().log_partition_of(theta, input, sums);
  }
  void mean(View<const float> theta, View<const float> input, View<float> out) const final {
    self().mean_of(theta, input, out);
  }
  void mean(View<const double> theta, View<const double> input, View<double> out) const final {
    self().mean_of(theta, input, out);
  }

  /// -theta_0 . x, row by row.
  template <class T>
  void energy_of(View<const T> theta, View<const T> x, Span<double> energies) const {
    for (Index i = 0; i < x.rows; ++i) {
      double sum = 0;
      for (Index j = 0; j < x.columns; ++j) sum += static_cast<double>(theta(0, j)) * static_cast<double>(x(i, j));
      energies[i] -= sum;
    }
  }

 protected:
  /// The one parameter of units that learn a bias.
  static Span<const UnitParameter> one_bias() {
    static const UnitParameter bias[] = {{"bias"}};
    return {bias, 1};
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace harmonium
