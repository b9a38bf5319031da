#include "conditional.hpp"

#include <algorithm>

namespace harmonium {

Conditional::Conditional(const Machine& machine)
    : machine_(machine), input_(static_cast<std::size_t>(machine.hidden_units)) {}

void Conditional::show(Span<const double> states, Span<const double> to_visible, Span<const double> to_hidden) {
  states_ = states;
  to_visible_ = to_visible;
  to_hidden_ = to_hidden;
  log_partition_ = hidden_log_partition({to_hidden.data, 1, to_hidden.size});
}

double Conditional::log_probability(const Coordinate& coordinate) {
  const Index first = machine_.visible[coordinate.layer].first + coordinate.first;
  double shown = 0;
  own(coordinate, {states_.data + first, 1, coordinate.width}, {&shown, 1});
  Exponents exponents;
  exponents.own = [&](View<const double> states, Span<double> logs) { own(coordinate, states, logs); };
  exponents.hidden = [&](View<const double> states, Span<double> logs) { hidden(coordinate, states, logs); };
  return shown + log_partition_ - log_sum(coordinate.support, exponents, states_[first]);
}

void Conditional::own(const Coordinate& coordinate, View<const double> states, Span<double> logs) const {
  const Machine::Side& side = machine_.visible[coordinate.layer];
  const Span<const double> input = to_visible_.part(side.first + coordinate.first, coordinate.width);
  std::fill_n(logs.data, states.rows, 0.0);
  side.layer->units->add_energy(side.theta.view<double>().column_range(coordinate.first, coordinate.width), states,
                                logs);
  for (Index i = 0; i < states.rows; ++i) {
    logs[i] = -logs[i];
    // Units of a coordinate are not joined to each other: the input stays as it is.
    for (Index j = 0; j < coordinate.width; ++j) logs[i] += input[j] * states(i, j);
  }
}

void Conditional::hidden(const Coordinate& coordinate, View<const double> states, Span<double> logs) {
  const Index first = machine_.visible[coordinate.layer].first + coordinate.first;
  for (Index i = 0; i < states.rows; ++i) {
    if (machine_.hidden_units == 0 || std::equal(states.row(i).begin(), states.row(i).end(), states_.data + first)) {
      logs[i] = log_partition_;
      continue;
    }
    std::copy(to_hidden_.begin(), to_hidden_.end(), input_.begin());
    for (Index j = 0; j < coordinate.width; ++j) {
      const double change = states(i, j) - states_[first + j];
      if (change == 0) continue;
      const Span<const double> response = machine_.response.view<double>().row(first + j);
      for (Index h = 0; h < response.size; ++h) input_[static_cast<std::size_t>(h)] += change * response[h];
    }
    logs[i] = hidden_log_partition({input_.data(), 1, machine_.hidden_units});
  }
}

double Conditional::hidden_log_partition(View<const double> input) const {
  double sum = 0;
  for (const Machine::Side& side : machine_.hidden)
    side.layer->units->add_log_partition(side.theta.view<double>(), input.column_range(side.first, side.layer->size),
                                         {&sum, 1});
  return sum;
}

}  // namespace harmonium
