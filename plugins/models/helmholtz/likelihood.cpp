#include "likelihood.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/shown.hpp"

namespace harmonium::helmholtz {
namespace {

/// Of the weights of one row, each given as its logarithm.
struct Estimate {
  double log_p = 0;
  double variance = 0;   ///< of log_p: by the delta method that of the mean weight over its square
  double effective = 0;  ///< (sum w)^2 / sum w^2, Kong 1992
  double bound = 0;      ///< the mean logarithm
};

Estimate estimate(const std::vector<double>& log_weights) {
  const auto n = static_cast<double>(log_weights.size());
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  Estimate result;
  double sum = 0, squares = 0;
  for (const double each : log_weights) {
    const double weight = std::exp(each - largest);
    sum += weight;
    squares += weight * weight;
    result.bound += each / n;
  }
  result.log_p = largest + std::log(sum / n);
  result.effective = sum * sum / squares;
  result.variance = std::max(0.0, 1 / result.effective - 1 / n);
  return result;
}

}  // namespace

void Likelihood::describe(NodeType<Likelihood>& type) {
  type.says(
          "The log-likelihood of data under a Helmholtz machine, by importance sampling with recognition as the "
          "proposal. It is a stochastic lower bound: below log p in the mean, the less the more samples there are.")
      .cites("Rezende, Mohamed, Wierstra 2014; Burda, Grosse, Salakhutdinov 2016")
      .input<HelmholtzMachine>("model", "The machine.")
      .input<Dataset>("data", "Rows of 0 and 1.")
      .output<Table>("table",
                     "One row: the mean log-likelihood of a row; its standard error over rows; the part of that error "
                     "that comes from sampling hidden layers; effective samples, their mean and the least of any row, "
                     "of `samples`; the bound by single samples (minus the description length); samples; rows. The "
                     "verdict is that it converged where it is at most about 0.1 nats too low.")
      .version(2)
      .random();
  type.parameter("samples", &Likelihood::samples)
      .at_least(1)
      .at_most(1e7)
      .unit("samples")
      .says("Draws of the hidden layers for each row.");
}

void Likelihood::outputs(const Specs& in, Specs& out) const {
  check_part(in.get<HelmholtzMachine>("model"), in.get<Dataset>("data"), "in.data", out);
  out.set<Table>("table", {});
}

void Likelihood::State::visit(Visitor& visitor) {
  visitor("pair", pair);
  visitor("log weights", log_weights);
  visitor("log p", log_p);
  visitor("variance", variance);
  visitor("effective", effective);
  visitor("bound", bound);
  visitor("least", least);
}

Likelihood::State Likelihood::start(const Inputs& in, Context&) const {
  if (in.get<Dataset>("data").rows() == 0) throw BadData("there are no rows");
  return {};
}

bool Likelihood::advance(State& state, const Inputs& in, Context& context) const {
  const auto& machine = in.get<HelmholtzMachine>("model");
  const auto& data = in.get<Dataset>("data");
  const Index part = data.part(machine.part);
  const Stream stream = context.stream("hidden layers");
  // Pairs of row and sample, a row's samples after each other, in blocks.
  constexpr Index block = 4096;
  const Index pairs = data.rows() * samples;
  if (state.pair >= pairs) return false;
  if (!state.activity) state.activity = std::make_shared<Activity>(machine, std::min(block, pairs));
  Activity& activity = *state.activity;
  std::vector<Index> rows;
  for (Index pair = state.pair; pair < std::min(state.pair + block, pairs); ++pair) rows.push_back(pair / samples);
  activity.rows(static_cast<Index>(rows.size()));
  data.read(part, rows, activity.state(0));
  demand_bits(activity.state(0).row_range(0, 1), rows.front());
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (rows[i] != rows[i - 1]) demand_bits(activity.state(0).row_range(static_cast<Index>(i), 1), rows[i]);
  std::vector<double> proposal(rows.size(), 0.0), joint(rows.size(), 0.0);
  activity.recognise(machine, stream.rows_from(static_cast<std::uint64_t>(state.pair)), proposal);
  for (Index l = 0; l < machine.size(); ++l) activity.predict_down(machine, l, joint);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    state.log_weights.push_back(proposal[i] - joint[i]);
    if (static_cast<Index>(state.log_weights.size()) < samples) continue;
    const Estimate row = estimate(state.log_weights);
    state.log_weights.clear();
    state.log_p.push_back(row.log_p);
    state.variance.push_back(row.variance);
    state.effective += row.effective;
    state.bound += row.bound;
    state.least = std::min(state.least, row.effective);
  }
  state.pair += static_cast<Index>(rows.size());
  context.progress(static_cast<double>(state.pair) / static_cast<double>(samples), static_cast<double>(data.rows()),
                   "rows");
  if (state.pair < pairs) return true;
  context.metric("log-likelihood", mean_of(state.log_p).value, "nats");
  constexpr double few = 5;
  if (machine.size() > 1 && state.least < few)
    context.warn(
        fmt::format("the estimate of a row hangs on {:.1f} effective samples of {}: it is likely to be too low; "
                    "more samples may help",
                    state.least, samples));
  return false;
}

std::string Likelihood::verdict(double too_low) const {
  constexpr double tolerance = 0.1;
  if (samples > 1 && too_low <= tolerance) return "converged";
  return samples == 1 ? "not converged: a single sample is the bound, minus the description length"
                      : fmt::format("not converged: about {:.2g} nats too low for want of samples", too_low);
}

void Likelihood::finish(State& state, const Inputs& in, Outputs& out) const {
  const auto n = static_cast<double>(state.log_p.size());
  const Mean mean = mean_of(state.log_p);
  const double sampling = std::accumulate(state.variance.begin(), state.variance.end(), 0.0);
  const PartSpec& part = in.get<Dataset>("data").spec().part(in.get<HelmholtzMachine>("model").part);
  out.set("table", Table{"importance-sampled log-likelihood",
                         "",
                         {column_of("log-likelihood", part), "standard error", "sampling error", "effective samples",
                          "fewest effective samples", "bound", "samples", "rows"},
                         {"nats", "nats", "nats", "", "", "nats", "", ""},
                         {{"",
                           {mean.value, mean.error, std::sqrt(sampling) / n, state.effective / n, state.least,
                            state.bound / n, static_cast<double>(samples), n},
                           in.get<HelmholtzMachine>("model").size() == 1 ? "exact" : verdict(sampling / n / 2)}}});
}

}  // namespace harmonium::helmholtz
