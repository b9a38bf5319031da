#pragma once

#include "machine.hpp"

namespace harmonium {

/// log p(v_c | all other visible units) of single coordinates c of one row after the other. Changing one visible unit
/// changes the inputs to hidden units by one row of Machine::response, so that it costs about as much as the hidden
/// units alone, once for each state. Keeps its memory; one for each thread.
class Conditional {
 public:
  explicit Conditional(const Machine& machine);
  /// The row: its states, and the inputs that Machine::inputs gives.
  void show(Span<const double> states, Span<const double> to_visible, Span<const double> to_hidden);
  double log_probability(const Coordinate& coordinate);

 private:
  void own(const Coordinate& coordinate, View<const double> states, Span<double> logs) const;
  void hidden(const Coordinate& coordinate, View<const double> states, Span<double> logs);
  double hidden_log_partition(View<const double> input) const;

  const Machine& machine_;
  Span<const double> states_, to_visible_, to_hidden_;
  double log_partition_ = 0;  ///< of the hidden units, given the row as it is
  std::vector<double> input_;
};

}  // namespace harmonium
