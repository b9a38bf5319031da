#include "scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fitting.hpp"
#include "transformed.hpp"

namespace harmonium {

namespace {

/// The slope that takes `range` from `start` to `end`, or as near before it as float arithmetic comes: never beyond.
float slope(float range, float start, float end) {
  if (range == 0) return 0;
  const auto beyond = [&](float factor) {
    const float reached = range * factor + start;
    return start < end ? reached > end : reached < end;
  };
  const float ideal = (end - start) / range;
  float factor = ideal;
  for (float cut = std::numeric_limits<float>::epsilon() / 2; beyond(factor); cut *= 2) factor = ideal - ideal * cut;
  const float next = ideal + ideal * std::numeric_limits<float>::epsilon();
  return range * next + start == end ? next : factor;
}

struct Line {
  std::vector<float> minimum, slope;
  float start = 0, lowest = 0, highest = 1;
  bool clip = false;

  void operator()(View<float> values) const {
    for (Index i = 0; i < values.rows; ++i) {
      float* row = values.row(i).data;
      if (minimum.size() == 1)
        map(
            row, values.columns, [m = minimum[0]](Index) { return m; }, [s = slope[0]](Index) { return s; });
      else
        map(
            row, values.columns, [m = minimum.data()](Index j) { return m[j]; },
            [s = slope.data()](Index j) { return s[j]; });
      if (clip)
        for (Index j = 0; j < values.columns; ++j) row[j] = std::clamp(row[j], lowest, highest);
    }
  }

 private:
  template <class Minimum, class Slope>
  void map(float* row, Index columns, Minimum at, Slope factor) const {
    const float offset = start;
    for (Index j = 0; j < columns; ++j) row[j] = (row[j] - at(j)) * factor(j) + offset;
  }
};

}  // namespace

void Scale::State::visit(Visitor& visitor) {
  visitor("minimum", minimum);
  visitor("maximum", maximum);
}

void Scale::describe(NodeType<Scale>& type) {
  type.says("Maps values linearly onto a range, such as grey values onto [0, 1].");
  type.input<Dataset>("data", "What to scale.");
  type.optional_input<Dataset>("fitted_on",
                               "Where minimum and maximum are found instead: for test data, the training "
                               "data.");
  type.parameter("from", &Scale::from).says("The range of the values: [minimum, maximum]. Empty: found in the data.");
  type.parameter("to", &Scale::to).says("What minimum and maximum become; [1, 0] inverts.");
  type.parameter("per_column", &Scale::per_column).says("Whether each column has a minimum and maximum of its own.");
  type.parameter("clip", &Scale::clip).says("Whether what falls outside is moved to the nearer end of 'to'.");
  type.parameter("part", &Scale::part).says("The part that is scaled; others pass unchanged.");
  type.output<Dataset>("data", "The same rows, scaled as they are read.");
}

void Scale::outputs(const Specs& in, Specs& out) const {
  if (to.size() != 2 || to[0] == to[1]) out.problem("with.to", "the range must be two different numbers");
  if (!from.empty() && (from.size() != 2 || from[0] >= from[1]))
    out.problem("with.from", "the range must be two numbers, the lower one first, or empty");
  pass_spec(in, part, out);
}

Scale::State Scale::start(const Inputs& in, Context& context) const {
  if (!from.empty()) return {{from[0]}, {from[1]}};
  ColumnSummary columns = summarise_part(fitting_data(in), part, context);
  State state{std::move(columns.minimum), std::move(columns.maximum)};
  if (!per_column)
    state = {{*std::min_element(state.minimum.begin(), state.minimum.end())},
             {*std::max_element(state.maximum.begin(), state.maximum.end())}};
  Index constant = 0;
  for (std::size_t i = 0; i < state.minimum.size(); ++i) constant += state.minimum[i] == state.maximum[i];
  if (constant && per_column)
    context.warn(fmt::format("{} of {} columns are constant; they become {}", constant, state.minimum.size(), to[0]));
  else if (constant)
    context.warn(fmt::format("all values are {}; they become {}", state.minimum[0], to[0]));
  return state;
}

void Scale::finish(State& state, const Inputs& in, Outputs& out) const {
  Line line;
  line.clip = clip;
  line.start = static_cast<float>(to[0]);
  line.lowest = static_cast<float>(std::min(to[0], to[1]));
  line.highest = static_cast<float>(std::max(to[0], to[1]));
  const auto end = static_cast<float>(to[1]);
  for (std::size_t i = 0; i < state.minimum.size(); ++i) {
    const auto minimum = static_cast<float>(state.minimum[i]);
    line.minimum.push_back(minimum);
    line.slope.push_back(slope(static_cast<float>(state.maximum[i]) - minimum, line.start, end));
  }
  out.set("data", transformed(in.get<Dataset>("data"), part, std::move(line)));
}

}  // namespace harmonium
