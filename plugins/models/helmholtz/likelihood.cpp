#include "likelihood.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/shown.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {
namespace {

/// Of the weights of one row, each given as its logarithm.
struct Estimate {
  double log_p = 0;
  double variance = 0;   ///< of log_p: by the delta method that of the mean weight over its square
  double effective = 0;  ///< (sum w)^2 / sum w^2, Kong 1992
  double bound = 0;      ///< the mean logarithm
  double rise = 0;       ///< of log_p above the mean of what tenths of the samples give
};

constexpr Index tenths = 10, fantasies = 100;
/// Of a row and a sample.
constexpr Index pairs_at_once = 4096;

/// log of the mean of exp.
double log_mean(Span<const double> logs) {
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double each : logs) sum += std::exp(each - largest);
  return largest + std::log(sum / static_cast<double>(logs.size));
}

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
  const auto samples = static_cast<Index>(log_weights.size());
  if (samples < tenths) return result;
  double of_tenths = 0;
  for (Index tenth = 0; tenth < tenths; ++tenth) {
    const Index first = tenth * samples / tenths, end = (tenth + 1) * samples / tenths;
    of_tenths += log_mean({log_weights.data() + first, end - first}) / static_cast<double>(tenths);
  }
  // Tenths of unequal size can give a little more.
  result.rise = std::max(0.0, result.log_p - of_tenths);
  return result;
}

}  // namespace

void Likelihood::describe(NodeType<Likelihood>& type) {
  type.says(
          "The log-likelihood of data under a Helmholtz machine, by importance sampling with recognition as the "
          "proposal. It is a stochastic lower bound: below log p in the mean, the less the more samples there are.")
      .cites("Rezende, Mohamed, Wierstra 2014; Burda, Grosse, Salakhutdinov 2016; Grosse, Ghahramani, Adams 2015")
      .input<HelmholtzMachine>("model", "The machine.")
      .input<Dataset>("data", "Rows of 0 and 1.")
      .output<Table>("table",
                     "One row: the mean log-likelihood of a row; its standard error over rows; the part of that error "
                     "that comes from sampling hidden layers; effective samples, their mean and the least of any row, "
                     "of `samples`; the bound by single samples (minus the description length); how far estimates of "
                     "100 fantasies from above and from below are apart; samples; rows. It is called converged where "
                     "that, the rise from a tenth of the samples to all and the error from sampling are small: the "
                     "section on the verdict in share/doc/likelihoods.md.")
      .version(3)
      .random();
  ImportanceSampling::describe<Likelihood>(type);
}

void Likelihood::outputs(const Specs& in, Specs& out) const {
  check_part(in.get<HelmholtzMachine>("model"), in.get<Dataset>("data"), "in.data", out);
  out.set<Table>("table", {});
}

void ImportanceSampling::State::visit(Visitor& visitor) {
  visitor("pair", pair);
  visitor("log weights", log_weights);
  visitor("log p", log_p);
  visitor("variance", variance);
  visitor("rise", rise);
  visitor("effective", effective);
  visitor("bound", bound);
  visitor("least", least);
  visitor("gap", gap);
}

Likelihood::State Likelihood::start(const Inputs& in, Context&) const {
  if (in.get<Dataset>("data").rows() == 0) throw BadData("there are no rows");
  return {};
}

bool Likelihood::advance(State& state, const Inputs& in, Context& context) const {
  return go_on(state, Directed(in.get<HelmholtzMachine>("model")), in.get<Dataset>("data"), true, "", context);
}

void ImportanceSampling::begin(State& state, const Directed& model, bool try_fantasies, Context& context) const {
  const HelmholtzMachine& machine = *model.below;
  state.activity = std::make_shared<Activity>(machine, pairs_at_once);
  state.joint = std::make_shared<JointCosts>(model, std::max(pairs_at_once, fantasies));
  if (!try_fantasies) return;
  state.fantasies = std::make_shared<Activity>(machine, fantasies);
  Activity& drawn = *state.fantasies;
  const Stream stream = context.stream("fantasies");
  if (model.top) {
    constexpr Index sweeps = 1000;
    Chains chains(*model.top, fantasies);
    chains.prepare(*model.top);
    for (Index l = 0; l < model.top->size(); ++l)
      draw_alone(*model.top, l, chains, stream.purpose("start").purpose(model.top->layer(l).name));
    make_value<Sampler>("sampler.gibbs")->sweep(*model.top, chains, {sweeps, stream.purpose("top")});
    copy(chains[model.joint].state, drawn.state(machine.size() - 1));
    drawn.descend(machine, stream);
  } else {
    drawn.generate(machine, stream);
  }
  std::vector<double> joint(fantasies, 0.0), proposal(fantasies, 0.0);
  state.joint->add(model, drawn, joint);
  for (Index l = 1; l < machine.size(); ++l) drawn.predict_up(machine, l, proposal);
  state.own_log_weights.clear();
  for (std::size_t i = 0; i < joint.size(); ++i) state.own_log_weights.push_back(proposal[i] - joint[i]);
}

bool ImportanceSampling::go_on(State& state, const Directed& model, const Dataset& data, bool try_fantasies,
                               const std::string& use, Context& context) const {
  const HelmholtzMachine& machine = *model.below;
  const Index part = data.part(machine.part);
  // A row's samples after each other, first those of the data, then those of fantasies.
  const Index of_data = data.rows() * samples;
  const Index pairs = of_data + (try_fantasies && machine.size() > 1 && samples >= tenths ? fantasies * samples : 0);
  if (state.pair >= pairs) return false;
  if (!state.activity) begin(state, model, try_fantasies, context);
  const bool on_data = state.pair < of_data;
  const Index before = on_data ? 0 : of_data, first = state.pair - before;
  const Index count = std::min(pairs_at_once, (on_data ? of_data : pairs) - state.pair);
  Activity& activity = *state.activity;
  std::vector<Index> rows;
  for (Index pair = first; pair < first + count; ++pair) rows.push_back(pair / samples);
  activity.rows(count);
  if (on_data) {
    data.read(part, rows, activity.state(0));
    demand_bits(activity.state(0).row_range(0, 1), rows.front());
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (rows[i] != rows[i - 1]) demand_bits(activity.state(0).row_range(static_cast<Index>(i), 1), rows[i]);
  } else {
    for (Index i = 0; i < count; ++i) {
      const Span<float> fantasy = state.fantasies->state(0).row(rows[static_cast<std::size_t>(i)]);
      std::copy_n(fantasy.data, fantasy.size, activity.state(0).row(i).data);
    }
  }
  const Stream stream = context.stream((on_data ? "hidden layers" : "hidden layers of fantasies") + use);
  std::vector<double> proposal(rows.size(), 0.0), joint(rows.size(), 0.0);
  activity.recognise(machine, stream.rows_from(static_cast<std::uint64_t>(first)), proposal);
  state.joint->add(model, activity, joint);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    state.log_weights.push_back(proposal[i] - joint[i]);
    if (static_cast<Index>(state.log_weights.size()) < samples) continue;
    if (on_data) {
      const Estimate row = estimate(state.log_weights);
      if (!std::isfinite(row.log_p))
        throw RunFailed(fmt::format("the estimate of row {} is not finite: the model's parameters are too large",
                                    state.log_p.size() + 1));
      state.log_p.push_back(row.log_p);
      state.variance.push_back(row.variance);
      state.rise.push_back(row.rise);
      state.effective += row.effective;
      state.bound += row.bound;
      state.least = std::min(state.least, row.effective);
    } else {
      const double below = log_mean(state.log_weights);
      state.log_weights.back() = state.own_log_weights[static_cast<std::size_t>(rows[i])];
      state.gap += log_mean(state.log_weights) - below;
    }
    state.log_weights.clear();
  }
  state.pair += count;
  context.progress(static_cast<double>(state.pair) / static_cast<double>(samples),
                   static_cast<double>(pairs) / static_cast<double>(samples), "rows");
  if (state.pair < pairs) return true;
  if (!model.top && use.empty()) context.metric("log-likelihood", mean_of(state.log_p).value, "nats");
  constexpr double few = 5;
  if (machine.size() > 1 && state.least < few)
    context.warn(
        fmt::format("the estimate of a row{} hangs on {:.1f} effective samples of {}: it is likely to be too low; "
                    "more samples may help",
                    use, state.least, samples));
  return false;
}

double ImportanceSampling::mean_gap(const State& state) const {
  // Of too few samples fantasies are not tried.
  return samples < tenths ? std::numeric_limits<double>::quiet_NaN() : state.gap / static_cast<double>(fantasies);
}

std::string ImportanceSampling::verdict(double rise, double gap, double half) const {
  constexpr double tolerance = 0.1, widest = 0.25;
  if (samples == 1) return "not converged: a single sample is the bound, minus the description length";
  if (samples < tenths) return fmt::format("not converged: {} samples are too few to tell", samples);
  if (!(gap <= tolerance))
    return fmt::format("not converged: estimates of its fantasies from above and below are {:.2g} nats apart", gap);
  if (!(rise <= tolerance))
    return fmt::format("not converged: {:.2g} nats higher than by a tenth of the samples, and still rising", rise);
  if (!(half <= widest))
    return fmt::format("not converged: half-width {:.2g} nats, at most {} is asked for", half, widest);
  return "converged";
}

void Likelihood::finish(State& state, const Inputs& in, Outputs& out) const {
  const auto n = static_cast<double>(state.log_p.size());
  const Mean mean = mean_of(state.log_p);
  const double sampling = std::sqrt(std::accumulate(state.variance.begin(), state.variance.end(), 0.0)) / n;
  const double rise = std::accumulate(state.rise.begin(), state.rise.end(), 0.0) / n;
  const PartSpec& part = in.get<Dataset>("data").spec().part(in.get<HelmholtzMachine>("model").part);
  out.set("table", Table{"importance-sampled log-likelihood",
                         "",
                         {column_of("log-likelihood", part), "standard error", "sampling error", "effective samples",
                          "fewest effective samples", "bound", "gap of fantasies", "samples", "rows"},
                         {"nats", "nats", "nats", "", "", "nats", "nats", "", ""},
                         {{"",
                           {mean.value, mean.error, sampling, state.effective / n, state.least, state.bound / n,
                            mean_gap(state), static_cast<double>(samples), n},
                           in.get<HelmholtzMachine>("model").size() == 1
                               ? "exact"
                               : verdict(rise, mean_gap(state), quantile_99 * sampling)}}});
}

}  // namespace harmonium::helmholtz
