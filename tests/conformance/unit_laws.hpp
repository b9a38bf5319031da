#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "conformance/as_double.hpp"
#include "conformance/laws.hpp"
#include "conformance/states.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::conformance {

inline Tensor matrix64(Index rows, Index columns) { return Tensor::of<double>({rows, columns}); }

inline std::string text_of(Span<const float> values) { return fmt::format("({:.4g})", fmt::join(values, ", ")); }

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return std::equal(static_cast<const char*>(a.raw()), static_cast<const char*>(a.raw()) + a.bytes(),
                    static_cast<const char*>(b.raw()));
}

/// Five standard errors of the mean of so many draws.
inline double five_errors(double variance, Index draws) { return 5 * std::sqrt(variance / static_cast<double>(draws)); }

/// The laws of units.hpp, of one type.
class UnitLaws {
 public:
  /// Finds the states that the units take, where they are exact, and prints them.
  UnitLaws(const Handle<Units>& units, const Questions& questions, Findings& findings);
  void check();

 private:
  /// A point at which laws are looked at: parameters at a temperature, and rows of inputs.
  struct Case {
    double beta = 1;
    Tensor theta, theta64, input, input64;
    std::vector<std::vector<Sums>> sums;  ///< row by row, block by block
  };
  /// At least two blocks where there can be two, so that they can be seen to be independent.
  void find_size();
  Tensor parameters_from(double deviation, std::uint64_t seed) const;
  Tensor theta_from(const Tensor& parameters, double beta) const;
  /// A sweep in which all units have the same input, and rows at random.
  Tensor sweep_of_inputs() const;
  void make_cases();
  Index blocks() const { return size_ / block_; }
  std::vector<double> input_of(const Case& one, Index row, Index first) const {
    const float* from = one.input.view().row(row).data + first;
    return {from, from + block_};
  }
  std::string place(const Case& one, Index row, Index unit) const {
    return fmt::format("inverse temperature {:g}, input {}, unit {}", one.beta, text_of(one.input.view().row(row)),
                       unit + 1);
  }
  std::string row_place(const Case& one, Index row) const {
    return fmt::format("inverse temperature {:g}, input {}", one.beta, text_of(one.input.view().row(row)));
  }
  /// Of a unit, where the sums of its block have something for each unit.
  template <class See>
  void each_unit(const See& see) const {
    for (const Case& one : cases_)
      for (Index row = 0; row < one.input.rows(); ++row)
        for (Index b = 0; b < blocks(); ++b)
          for (Index j = 0; j < block_; ++j)
            see(one, row, b * block_ + j, one.sums[static_cast<std::size_t>(row)][static_cast<std::size_t>(b)],
                static_cast<std::size_t>(j));
  }

  // units.cpp
  void of_parameters();
  void of_tails();
  /// Whether two layers can be joined, weights being small, is a matter of their tails alone; all unit types that there
  /// are stand on the other side in turn.
  void of_pairs();
  /// Why two layers of such units cannot be joined, or nothing.
  static std::string refusal_of(const Handle<Units>& a, const Handle<Units>& b);

  // unit_sums.cpp
  /// Fills in the sums of the cases; where that fails the laws that compare with them are left out.
  bool can_be_summed();
  void of_sums();
  void of_derivatives();
  void of_statistics();
  /// Draws, one for each row of inputs.
  Tensor some_states(const Case& one) const;

  // unit_draws.cpp
  void of_draws();
  void of_approximate_draws();
  /// Whether it is one of the states summed over; of real units, whether it lies among them.
  bool is_state(const float* x, const Sums& sums) const { return cell_of(x, sums) >= 0; }
  /// Its place among the states; of real units, the one just below; -1 where there is none.
  Index cell_of(const float* x, const Sums& sums) const;
  /// Whether draws of a block follow the distribution that was summed: chi-squared over its states, over 32 cells of
  /// equal probability where they are real.
  template <class Draw>
  void follows(const Sums& sums, Index count, const Draw& draw, const Findings::Where& where);
  /// Of the interval from point i to the next, by the trapezoidal rule, from Simpson's weights.
  static double density_share(const Sums& sums, std::size_t i);
  std::string state_text(const Sums& sums, std::size_t i) const;
  /// Rows that are all the same input.
  Tensor repeated(const Case& one, Index row, Index rows) const;
  /// The cases with random parameters, a few rows of each.
  template <class See>
  void each_drawn(const See& see);
  /// No correlation between blocks, nor between a row and those after it.
  void independent(const Case& one, Index row, const Tensor& state);

  // unit_independence.cpp
  void of_independence();
  void of_memory();
  /// One value of two matrices that should be the same but for rounding.
  void near(const Tensor& got, const Tensor& expected, Index i, Index j, const char* what);

  // unit_data.cpp
  void of_extremes();
  void of_data();
  /// What data look like whose columns are draws of these units, without input.
  struct Columns {
    std::vector<double> mean, deviation, minimum, maximum;
    ColumnView view() const { return {draws, mean, deviation, minimum, maximum}; }
  };
  Columns columns_of(const Tensor& state) const;

  static constexpr Index draws = 10000;  ///< where a distribution is looked at
  std::string type_;
  Handle<Units> handle_;
  const Units& units_;
  Findings& findings_;
  Index size_ = 6, block_ = 1;  ///< of the layer
  States states_;
  Tensor random_;            ///< parameters
  std::vector<Case> cases_;  ///< a third at each temperature; from the middle on with random parameters
  std::vector<Tensor> means_, precise_means_;  ///< of each case, in float and in double
};

}  // namespace harmonium::conformance
