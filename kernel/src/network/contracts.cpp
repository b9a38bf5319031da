#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "harmonium/connection.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/penalty.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/units.hpp"
#include "harmonium/update.hpp"

namespace harmonium {

Schedule::~Schedule() = default;
UpdateRule::~UpdateRule() = default;
Penalty::~Penalty() = default;
Connection::~Connection() = default;
Sampler::~Sampler() = default;
Units::~Units() = default;
QuadraticUnits::~QuadraticUnits() = default;

void Sampler::check(const ModelSpec&) const {}

void check_sampler(const Handle<Sampler>& sampler, const ModelSpec& model, const char* where, Specs& specs) {
  try {
    sampler->check(model);
  } catch (const BadPipeline& error) {
    specs.problem(where, error.what());
  }
}

double Connection::uses(const Ends&) const { return 1; }
void Connection::constrain(const Ends&, View<float>) const {}
void Connection::couplings(const Ends&, View<const float>, Index, View<float>) const {
  throw std::logic_error("this connection joins two layers: it has no couplings within one");
}

void Penalty::weights(View<const float>, View<float>) const {}
void Penalty::bound(View<float>) const {}
void Penalty::activities(View<const float>, Span<float>, Span<float>) const {}

namespace {

void transpose(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i)
    for (Index j = 0; j < from.columns; ++j) to(j, i) = from(i, j);
}

}  // namespace

void Units::sample_block(View<const float> theta, View<const float> input, const Stream& stream, View<float> mean_out,
                         View<float> state) const {
  thread_local std::vector<float> memory;
  const auto size = static_cast<std::size_t>(input.size());
  if (memory.size() < 3 * size) memory.resize(3 * size);
  const View<float> in(memory.data(), input.columns, input.rows);
  const View<float> means(memory.data() + size, input.columns, input.rows);
  const View<float> states(memory.data() + 2 * size, input.columns, input.rows);
  transpose(input, in);
  // Chains are rows again: what offset the columns offsets the rows.
  Stream of_chains{stream.key, stream.step, stream.first_column, 0};
  sample(theta, in, of_chains.purpose(std::to_string(stream.first_row)), means, states);
  transpose(means, mean_out);
  transpose(states, state);
}

void Units::curvature(View<const float>, Span<double>) const {
  throw std::logic_error("units with a quadratic tail must say how steep it is");
}

Values Units::values() const {
  switch (tail()) {
    case Tail::bounded:
      return Values::listed;
    case Tail::factorial:
      return Values::counts;
    case Tail::quadratic:
      break;
  }
  return Values::line;
}

void Units::natural(View<const float> parameters, View<float> theta) const {
  for (Index k = 0; k < theta.rows; ++k) std::copy_n(parameters.row(k).data, theta.columns, theta.row(k).data);
}

void Units::chain(View<const float>, View<const double> theta_gradient, View<float> gradient) const {
  for (Index k = 0; k < gradient.rows; ++k)
    for (Index j = 0; j < gradient.columns; ++j) gradient(k, j) = static_cast<float>(theta_gradient(k, j));
}

void Units::add_statistics(View<const float> x, double scale, View<double> sums) const {
  if (statistics() != 1) throw std::logic_error("units with several statistics must say how they are added");
  elementwise::add_column_sums(x, scale, sums.row(0));
}

void Units::add_expected_statistics(View<const float>, View<const float>, View<const float> mean, double scale,
                                    View<double> sums) const {
  if (statistics() != 1) throw std::logic_error("units with several statistics must say how they are added");
  elementwise::add_column_sums(mean, scale, sums.row(0));
}

}  // namespace harmonium
