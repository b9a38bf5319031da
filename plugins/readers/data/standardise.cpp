#include "standardise.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fitting.hpp"
#include "transformed.hpp"

namespace harmonium {

namespace {

struct Centred {
  std::vector<float> mean, factor;

  void operator()(View<float> values) const {
    const float* m = mean.data();
    const float* f = factor.data();
    for (Index i = 0; i < values.rows; ++i) {
      float* row = values.row(i).data;
      for (Index j = 0; j < values.columns; ++j) row[j] = (row[j] - m[j]) * f[j];
    }
  }
};

}  // namespace

void Standardise::State::visit(Visitor& visitor) {
  visitor("mean", mean);
  visitor("deviation", deviation);
}

void Standardise::describe(NodeType<Standardise>& type) {
  type.says("Gives every column mean 0 and standard deviation 1; constant columns are centred only.");
  type.input<Dataset>("data", "What to standardise.");
  type.optional_input<Dataset>("fitted_on",
                               "Where means and deviations are found instead: for test data, the training data.");
  type.parameter("part", &Standardise::part).says("The part that is standardised; others pass unchanged.");
  type.output<Dataset>("data", "The same rows, standardised as they are read.");
}

void Standardise::outputs(const Specs& in, Specs& out) const { pass_spec(in, part, out); }

Standardise::State Standardise::start(const Inputs& in, Context& context) const {
  ColumnSummary columns = summarise_part(fitting_data(in), part, context);
  State state{std::move(columns.mean), std::move(columns.deviation)};
  if (const auto constant = std::count(state.deviation.begin(), state.deviation.end(), 0.0))
    context.warn(fmt::format("{} of {} columns are constant and were only centred", constant, state.mean.size()));
  return state;
}

void Standardise::finish(State& state, const Inputs& in, Outputs& out) const {
  Centred centred;
  for (std::size_t i = 0; i < state.mean.size(); ++i) {
    centred.mean.push_back(static_cast<float>(state.mean[i]));
    centred.factor.push_back(static_cast<float>(state.deviation[i] > 0 ? 1 / state.deviation[i] : 1));
  }
  out.set("data", transformed(in.get<Dataset>("data"), part, std::move(centred)));
}

}  // namespace harmonium
