#include "likelihood.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "activity.hpp"
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
      .input<Machine>("model", "The machine.")
      .input<Dataset>("data", "Rows of 0 and 1.")
      .output<Table>("table",
                     "One row: the mean log-likelihood of a row; its standard error over rows; the part of that error "
                     "that comes from sampling hidden layers; effective samples, their mean and the least of any row, "
                     "of `samples`; the bound by single samples (minus the description length); samples; rows.")
      .random();
  type.parameter("samples", &Likelihood::samples)
      .at_least(1)
      .at_most(1e7)
      .unit("samples")
      .says("Draws of the hidden layers for each row.");
}

void Likelihood::outputs(const Specs& in, Specs& out) const {
  check_part(in.get<Machine>("model"), in.get<Dataset>("data"), "in.data", out);
  out.set<Table>("table", {});
}

Outputs Likelihood::run(const Inputs& in, Context& context) const {
  const auto& machine = in.get<Machine>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows");
  const Index part = data.part(machine.part);
  const Stream stream = context.stream("hidden layers");
  // Pairs of row and sample, a row's samples after each other, in blocks.
  constexpr Index block = 4096;
  const Index pairs = data.rows() * samples;
  Activity activity(machine, std::min(block, pairs));
  std::vector<Index> rows;
  std::vector<double> proposal, joint, log_weights;
  log_weights.reserve(static_cast<std::size_t>(samples));
  double sampling = 0, effective = 0, bound = 0;
  double least = std::numeric_limits<double>::infinity();
  std::vector<double> log_p;
  for (Index first = 0; first < pairs; first += block) {
    rows.clear();
    for (Index pair = first; pair < std::min(first + block, pairs); ++pair) rows.push_back(pair / samples);
    activity.rows(static_cast<Index>(rows.size()));
    data.read(part, rows, activity.state(0));
    demand_bits(activity.state(0).row_range(0, 1), rows.front());
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (rows[i] != rows[i - 1]) demand_bits(activity.state(0).row_range(static_cast<Index>(i), 1), rows[i]);
    proposal.assign(rows.size(), 0);
    joint.assign(rows.size(), 0);
    activity.recognise(machine, stream.rows_from(static_cast<std::uint64_t>(first)), proposal);
    for (Index l = 0; l < machine.size(); ++l) activity.predict_down(machine, l, joint);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      log_weights.push_back(proposal[i] - joint[i]);
      if (static_cast<Index>(log_weights.size()) < samples) continue;
      const Estimate row = estimate(log_weights);
      log_weights.clear();
      log_p.push_back(row.log_p);
      sampling += row.variance;
      effective += row.effective;
      bound += row.bound;
      least = std::min(least, row.effective);
    }
    context.progress(static_cast<double>(log_p.size()), static_cast<double>(data.rows()), "rows");
  }
  const auto n = static_cast<double>(data.rows());
  const Mean mean = mean_of(log_p);
  context.metric("log-likelihood", mean.value, "nats");
  constexpr double few = 5;
  if (machine.size() > 1 && least < few)
    context.warn(
        fmt::format("the estimate of a row hangs on {:.1f} effective samples of {}: it is likely to be too low; "
                    "more samples may help",
                    least, samples));
  Outputs outputs;
  outputs.set("table",
              Table{"importance-sampled log-likelihood",
                    "",
                    {column_of("log-likelihood", data.spec().part(machine.part)), "standard error", "sampling error",
                     "effective samples", "fewest effective samples", "bound", "samples", "rows"},
                    {"nats", "nats", "nats", "", "", "nats", "", ""},
                    {{"",
                      {mean.value, mean.error, std::sqrt(sampling) / n, effective / n, least, bound / n,
                       static_cast<double>(samples), n}}}});
  return outputs;
}

}  // namespace harmonium::helmholtz
