#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "estimate.hpp"
#include "harmonium/bottom_up.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/stored_rows.hpp"
#include "harmonium/table.hpp"
#include "path.hpp"
#include "schedule.hpp"

namespace harmonium {
namespace {

/// Annealed importance sampling of log Z (Neal 2001; of RBMs: Salakhutdinov, Murray 2008), there and back, and what is
/// to be thought of the result. Runs from the base to the model give a mean weight that is Z / Z_0 in expectation, so
/// that its logarithm is too low by Jensen's inequality: a stochastic lower bound on log Z. Runs from samples of the
/// model back to the base give one that is Z_0 / Z: an upper bound, but only as far as the samples are the model's.
/// Where both are each other's reversal they are bridged.
struct Ais {
  Index runs = 100;
  Index temperatures = 1000;
  std::string schedule = "linear";
  Handle<Sampler> sampler{"sampler.gibbs"};
  Index burn_in = 1000;
  double tolerance = 0.1;

  static void describe(NodeType<Ais>& type) {
    type.says(
            "log Z of any network whose units are exact, by annealed importance sampling there and back, with an "
            "interval and a verdict: whether the number can be trusted, and if not why.")
        .cites("Neal 2001; Salakhutdinov, Murray 2008; Bennett 1976; Burda, Grosse, Salakhutdinov 2015")
        .random()
        .input<Network>("model", "The model.")
        .optional_input<Dataset>("data",
                                 "Rows whose rates the base has, and where half of the chains of the way back begin; "
                                 "hidden units that are joined to each other have in the base the rates that they have "
                                 "with such rows shown. Without rows the base has no biases.")
        .output<Table>("table",
                       "One row: log Z, its standard error, an interval that holds it in 99 of 100 cases, the "
                       "effective number of runs, log Z there and back, their gap, the logarithm of the weight of all "
                       "states met, which is below log Z; and the verdict.")
        .output<Network>("model", "The model with a certificate of its log Z.");
    // Of fewer the quantile of the interval is too small, and any number of them would count as effective.
    type.parameter("runs", &Ais::runs).at_least(10).at_most(1e5).unit("runs").says("Runs there, and as many back.");
    type.parameter("temperatures", &Ais::temperatures)
        .at_least(2)
        .at_most(1e7)
        .says("Distributions between the base and the model, both included.");
    type.parameter("schedule", &Ais::schedule)
        .one_of({"linear", "three segments", "adaptive"})
        .says(
            "How inverse temperatures rise: evenly; as Salakhutdinov and Murray have them, 1/29 of the steps up to "
            "0.5, 8/29 from there to 0.9, and the rest up to 1; or so that every step costs the same share of the "
            "effective runs, found by runs of their own with a tenth of the temperatures.");
    type.parameter("sampler", &Ais::sampler)
        .says(
            "What moves the chains from which the way back begins; it must leave the model's distribution unchanged.");
    type.parameter("burn_in", &Ais::burn_in)
        .at_least(0)
        .unit("sweeps")
        .says("Sweeps of the chains from which the way back begins.");
    type.parameter("tolerance", &Ais::tolerance)
        .above(0)
        .unit("nats")
        .says("The largest half-width of the interval of a number that is called converged.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    if (in.has("data")) check_shown(model, in.get<Dataset>("data"), "in.data", out);
    for (const LayerSpec& layer : model.layers)
      if (!layer.exact)
        out.problem("in.model", fmt::format("layer '{}' has {}, which are approximate: there is no energy to anneal",
                                            layer.name, layer.units));
    if (sampler->law() != Law::invariant)
      out.problem("with.sampler",
                  fmt::format("{} does not leave the model's distribution unchanged, from which the way "
                              "back begins",
                              sampler.type()));
    else
      check_sampler(sampler, model, "with.sampler", out);
    ModelSpec certified = model;
    certified.certified = true;
    out.set<Network>("model", std::move(certified));
    out.set<Table>("table", {});
  }

  Outputs run(const Inputs& in, Context& context) const {
    const auto& network = in.get<Network>("model");
    const Dataset* data = in.has("data") ? &in.get<Dataset>("data") : nullptr;
    if (data && data->rows() == 0) throw BadData("there are no rows");
    const std::vector<Tensor> base = base_of(network, data, context.stream("base"));
    double done = 0;
    const bool adapts = schedule == "adaptive";
    const Index pilot = adapts ? std::max<Index>(2, temperatures / 10) : 0;
    const double all = 2.0 * static_cast<double>(temperatures) + static_cast<double>(burn_in + pilot);
    const auto report = [&](Index steps) {
      done += static_cast<double>(steps);
      context.progress(done, all, "sweeps");
    };

    std::vector<double> betas = schedule == "three segments" ? three_segments(temperatures) : evenly(temperatures);
    if (adapts) {
      AnnealedPath ahead(network, base, runs, context.stream("ahead"));
      betas = at_equal_cost(ahead, pilot, temperatures, report);
    }

    AnnealedPath there(network, base, runs, context.stream("there"));
    there.begin();
    const double of_base = there.log_z_of_base();
    std::vector<double> up(static_cast<std::size_t>(runs), 0.0), down(up);
    for (Index k = 1; k < temperatures; ++k) {
      there.step(betas[static_cast<std::size_t>(k)], static_cast<std::uint64_t>(k), up);
      report(1);
    }
    Weight met;
    met.add(network, there);

    Chains samples = burnt_in(network, data, context.stream("chains"), report);
    AnnealedPath back(network, base, runs, context.stream("back"));
    back.begin_at(samples);
    met.add(network, back);
    for (Index k = temperatures - 2; k >= 0; --k) {
      back.step(betas[static_cast<std::size_t>(k)], static_cast<std::uint64_t>(k), down);
      report(1);
    }

    Found found = judge(there.reversible(), of_base, up, down, met);
    context.metric("log Z", found.certificate.log_z, "nats");
    Outputs outputs;
    outputs.set("table", std::move(found.table));
    Network certified = network;
    certified.certify(std::move(found.certificate));
    outputs.set("model", std::move(certified));
    return outputs;
  }

 private:
  /// The weight of all different states that were met, where they can be told apart and counted.
  struct Weight {
    std::set<std::vector<float>> seen;
    std::vector<double> logs;

    void add(const Network& network, AnnealedPath& path) {
      std::vector<double> log_f(static_cast<std::size_t>(path.runs()), 0.0);
      path.add_log_f(log_f);
      for (Index l = 0; l < network.size(); ++l)
        if (!path.summed(l) && network.layer(l).units->states().empty()) return;
      for (Index r = 0; r < path.runs(); ++r) {
        std::vector<float> state;
        for (Index l = 0; l < network.size(); ++l) {
          const View<const float> rows = path.states()[l].state;
          if (!path.summed(l)) state.insert(state.end(), rows.row(r).begin(), rows.row(r).end());
        }
        if (seen.insert(std::move(state)).second) logs.push_back(log_f[static_cast<std::size_t>(r)]);
      }
    }
    double log() const {
      if (logs.empty()) return -std::numeric_limits<double>::infinity();
      return log_mean(logs).value + std::log(static_cast<double>(logs.size()));
    }
  };

  /// Rows of the data at random in the visible layers, and hidden states given them: a chain each, held there.
  static void show(const Network& network, const Dataset& data, const Stream& stream, Chains& chains) {
    std::vector<Index> chosen(static_cast<std::size_t>(chains.rows()));
    for (std::size_t r = 0; r < chosen.size(); ++r)
      chosen[r] = static_cast<Index>(
          uniform_integer(stream.purpose("rows").rows_from(r), static_cast<std::uint64_t>(data.rows())));
    for (const Index l : network.visible()) data.read(data.part(network.layer(l).part), chosen, chains[l].state);
    std::vector<std::uint8_t> held;
    for (const Layer& layer : network.layers()) held.push_back(layer.visible ? 1 : 0);
    // Hidden units that know nothing of the row yet would move the visible ones away from it at once.
    bottom_up(network, chains, held, stream.purpose("up"), Draw::sample);
    constexpr Index settling = 20;
    if (!network.hidden_independent())
      make_value<Sampler>("sampler.gibbs")->sweep(network, chains, {settling, stream.purpose("settling"), held});
  }

  /// The rates of the data, and of hidden units that are joined to each other those with rows of the data shown; no
  /// biases of other hidden units, which runs count for more without them, nor without data.
  static std::vector<Tensor> base_of(const Network& network, const Dataset* data, const Stream& stream) {
    constexpr Index most = 1000;
    const bool joined = data && !network.hidden_independent();
    Chains chains(network, joined ? std::min(most, data->rows()) : 1);
    chains.prepare(network);
    if (joined) show(network, *data, stream, chains);
    std::vector<Tensor> base;
    for (Index l = 0; l < network.size(); ++l) {
      const Layer& layer = network.layer(l);
      Tensor parameters = layer.parameters;
      const bool rates = layer.visible ? data != nullptr : joined;
      if (rates) {
        const ColumnSummary summary =
            layer.visible ? summarise(*data, data->part(layer.part)) : summary_of(layer, chains[l].state);
        if (layer.visible) layer.units->check(summary.view());
        layer.units->initialise(summary.view(), parameters.view());
        share_by_channel(layer, parameters.view());
      }
      base.push_back(Tensor::matrix(layer.units->statistics(), layer.size));
      layer.units->natural(parameters.view(), base.back().view());
      if (!rates) std::fill_n(base.back().data<float>(), layer.size, 0.0F);
    }
    return base;
  }

  static ColumnSummary summary_of(const Layer& layer, View<const float> states) {
    auto rows = std::make_shared<Tensor>(Tensor::matrix(states.rows, states.columns));
    for (Index i = 0; i < states.rows; ++i) std::copy_n(states.row(i).data, states.columns, rows->view().row(i).data);
    const DataSpec spec{states.rows, {{layer.name, layer.size, {}, PartSpec::Kind::real, {}}}};
    return summarise(stored_rows(spec, {std::move(rows)}), 0);
  }

  /// Half of them from rows of the data, or from the biases alone where there are none, the others from minima of the
  /// energy: where they then still differ, a mode has been missed.
  Chains burnt_in(const Network& network, const Dataset* data, const Stream& stream, auto&& report) const {
    const Index rows = runs * sampler->replicas();
    Chains chains(network, rows), low(network, rows);
    for (Chains* each : {&chains, &low}) {
      each->prepare(network);
      const Stream first = stream.purpose(each == &chains ? "start" : "minima");
      for (Index l = 0; l < network.size(); ++l) draw_alone(network, l, *each, first.purpose(network.layer(l).name));
    }
    if (data) show(network, *data, stream, chains);
    make_value<Sampler>("sampler.descent")->sweep(network, low, {20, stream.purpose("descent")});
    for (Index l = 0; l < network.size(); ++l)
      for (Index r = 1; r < rows; r += 2)
        std::copy_n(low[l].state.row(r).data, low[l].state.columns, chains[l].state.row(r).data);
    constexpr Index some = 100;
    for (Index s = 0; s < burn_in; s += some) {
      const Index count = std::min(some, burn_in - s);
      sampler->sweep(network, chains, {count, stream.purpose("burn-in").at(static_cast<std::uint64_t>(s))});
      report(count);
    }
    return chains;
  }

  /// Of Student's distribution, two-sided, for the mean of n values: Fisher and Cornish's expansion, good to 0.1 % from
  /// ten on. Abramowitz, Stegun 1964, 26.7.5.
  static double quantile_99(Index n) {
    constexpr double x = 2.5758293;
    const double v = static_cast<double>(n - 1);
    return x + (x * x * x + x) / (4 * v) + (5 * std::pow(x, 5) + 16 * x * x * x + 3 * x) / (96 * v * v);
  }

  struct Found {
    Table table;
    Certificate certificate;
  };

  Found judge(bool reversible, double of_base, const std::vector<double>& up, const std::vector<double>& down,
              const Weight& met) const {
    const LogMean there = log_mean(up), back = log_mean(down);
    const double gap = -back.value - there.value;
    const bool agree = std::abs(gap) <= std::max(0.1, 3 * std::hypot(there.error, back.error));
    // What the way back says may only be used where it says the same.
    const LogMean best = reversible && agree ? bridge(up, down) : there;
    const double log_z = of_base + best.value, half = quantile_99(runs) * best.error;
    std::vector<std::string> reasons;
    if (!(half <= tolerance)) reasons.push_back(fmt::format("the interval is {:.2g} nats wide either way", half));
    if (!(there.effective >= static_cast<double>(runs) / 4))
      reasons.push_back(fmt::format("{:.3g} runs of {} count", there.effective, runs));
    if (!(back.effective >= static_cast<double>(runs) / 4))
      reasons.push_back(fmt::format("{:.3g} runs back of {} count", back.effective, runs));
    if (!agree) reasons.push_back(fmt::format("there and back are {:.2g} nats apart", std::abs(gap)));
    if (met.log() > log_z + half)
      reasons.push_back(fmt::format("the states met weigh {:.2g} nats more than all", met.log() - log_z));
    const std::string verdict =
        reasons.empty() ? "converged" : fmt::format("not converged: {}", fmt::join(reasons, "; "));
    Certificate made{log_z,
                     best.error,
                     log_z - half,
                     log_z + half,
                     static_cast<double>(runs),
                     there.effective,
                     static_cast<double>(temperatures),
                     gap,
                     verdict};
    return {{"log Z by annealed importance sampling",
             "",
             {"log Z", "standard error", "low", "high", "effective runs", "there", "back", "gap", "weight met"},
             {"nats", "nats", "nats", "nats", "", "nats", "nats", "nats", "nats"},
             {{"",
               {log_z, best.error, log_z - half, log_z + half, there.effective, of_base + there.value,
                of_base - back.value, gap, met.log()},
               verdict}}},
            std::move(made)};
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Ais>("evaluator.ais"); }
