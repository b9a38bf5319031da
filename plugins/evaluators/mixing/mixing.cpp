#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "chain_statistics.hpp"
#include "harmonium/chains.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// How well a sampler mixes on a model, or on one after the other as it was trained: from the energies of chains, and,
/// if asked, from the states of their visible units.
struct Mixing {
  Handle<Sampler> sampler{"sampler.gibbs"};
  double temperature = 1;
  Index chains = 16;
  Index burn_in = 100;
  Index sweeps = 1000;
  bool units = false;

  static void describe(NodeType<Mixing>& type) {
    type.says(
            "How well chains mix, from their energies sweep by sweep: the time until they have forgotten, how many "
            "independent draws they are worth, and whether they agree with each other. Of a model, or of its "
            "snapshots as training went on.")
        .cites("Sokal 1997; Geyer 1992; Vehtari et al. 2021")
        .random()
        .optional_input<Network>("model", "The model.")
        .optional_input<Snapshots>("snapshots", "Or the model at several epochs.")
        .output<Table>("table",
                       "A row for each model: integrated autocorrelation time, effective sample size, R-hat, mean "
                       "energy.")
        .output<Table>("trace", "A row for each sweep after the burn-in, of the last model: the energy of each chain.");
    type.parameter("sampler", &Mixing::sampler).says("What sweeps; it must draw.");
    type.parameter("temperature", &Mixing::temperature).above(0).says("The temperature.");
    type.parameter("chains", &Mixing::chains)
        .at_least(2)
        .at_most(1e5)
        .unit("chains")
        .says("How many chains. Each begins at a draw from the biases alone, as if nothing were joined.");
    type.parameter("burn_in", &Mixing::burn_in).at_least(0).unit("sweeps").says("Sweeps before anything is recorded.");
    type.parameter("sweeps", &Mixing::sweeps).at_least(10).at_most(1e6).unit("sweeps").says("Sweeps recorded.");
    type.parameter("units", &Mixing::units)
        .says(
            "Whether to look at every visible unit as well: the largest R-hat and the smallest effective sample size "
            "of one.");
  }

  void outputs(const Specs& in, Specs& out) const {
    if (in.has("model") == in.has("snapshots"))
      out.problem("in.model", "either a model or the snapshots of one are needed, and not both");
    if (sampler->law() == Law::moments || sampler->law() == Law::descent)
      out.problem("with.sampler", fmt::format("{} draws nothing, so that its chains do not mix", sampler.type()));
    out.set<Table>("table", {});
    out.set<Table>("trace", {});
  }

  Outputs run(const Inputs& in, Context& context) const {
    std::vector<const Network*> models;
    Table table{"mixing",
                "",
                {"autocorrelation time", "effective sample size", "R-hat", "mean energy"},
                {"sweeps", "", "", ""},
                {}};
    if (units) {
      table.columns.insert(table.columns.end(), {"largest R-hat of a unit", "least effective size of a unit"});
      table.units.insert(table.units.end(), {"", ""});
    }
    if (in.has("snapshots")) {
      table.rows_are = "epoch";
      for (const Snapshots::Taken& taken : in.get<Snapshots>("snapshots").taken) {
        models.push_back(&taken.model);
        table.rows.push_back({std::to_string(taken.epoch), {}});
      }
    } else {
      models.push_back(&in.get<Network>("model"));
      table.rows.push_back({"", {}});
    }
    Traces traces;
    bool short_of = false;
    for (std::size_t i = 0; i < models.size(); ++i) {
      const double done = static_cast<double>(i), all = static_cast<double>(models.size());
      traces = record(*models[i], context.stream("chains"),
                      [&](double share) { context.progress(done + share, all, "models"); });
      const View<const double> energies = traces.energies.view<double>();
      const double tau = autocorrelation_time(energies);
      const auto values = traces.energies.values<double>();
      const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size);
      std::vector<double>& row = table.rows[i].values;
      row = {tau, effective_sample_size(energies), r_hat(energies), mean};
      if (units) add_worst_unit(traces, row);
      // Below that the window cuts off what it should sum: Sokal 1997; Foreman-Mackey et al. 2013.
      constexpr double enough = 50;
      short_of = short_of || static_cast<double>(sweeps) < enough * tau;
    }
    if (short_of)
      context.warn(
          "there are fewer than 50 autocorrelation times of sweeps: the times are rather longer than found here");
    Table trace{"energy of every chain", "sweep", {}, {}, {}};
    for (Index m = 0; m < chains; ++m) trace.columns.push_back(fmt::format("chain {}", m + 1));
    trace.units.resize(trace.columns.size());
    for (Index s = 0; s < sweeps && !traces.energies.empty(); ++s) {
      trace.rows.push_back({std::to_string(s + 1), {}});
      for (Index m = 0; m < chains; ++m) trace.rows.back().values.push_back(traces.energies.view<double>()(m, s));
    }
    Outputs outputs;
    outputs.set("table", std::move(table));
    outputs.set("trace", std::move(trace));
    return outputs;
  }

 private:
  struct Traces {
    Tensor energies;  ///< chains x sweeps
    Tensor visible;   ///< for each visible unit, chains x sweeps; empty where not asked for
  };

  template <class Report>
  Traces record(const Network& network, const Stream& stream, Report&& report) const {
    Chains states(network, chains);
    states.prepare(network, 1 / temperature);
    for (Index l = 0; l < network.size(); ++l) {
      const Chains::Layer& at = states[l];
      const Tensor nothing = Tensor::matrix(chains, network.layer(l).size);
      network.layer(l).units->sample(at.theta, nothing.view(), stream.purpose("start").purpose(network.layer(l).name),
                                     at.mean, at.state);
    }
    Traces traces{Tensor::of<double>({chains, sweeps}), {}};
    Index visible = 0;
    for (const Index l : network.visible()) visible += network.layer(l).size;
    if (units) traces.visible = Tensor::of<double>({visible * chains, sweeps});
    std::vector<Tensor> precise;
    std::vector<View<const double>> views;
    for (const Layer& layer : network.layers()) precise.push_back(Tensor::of<double>({chains, layer.size}));
    for (const Tensor& layer : precise) views.push_back(layer.view<double>());
    std::vector<double> energies(static_cast<std::size_t>(chains));
    for (Index s = 0; s < burn_in + sweeps; ++s) {
      sampler->sweep(network, states, {1, stream.purpose("sweeps").at(static_cast<std::uint64_t>(s))});
      const Index at = s - burn_in;
      if (at < 0) continue;
      for (Index l = 0; l < network.size(); ++l)
        std::copy_n(states[l].state.data, states[l].state.size(), precise[static_cast<std::size_t>(l)].data<double>());
      energy(network, views, energies);
      for (Index m = 0; m < chains; ++m) traces.energies.view<double>()(m, at) = energies[static_cast<std::size_t>(m)];
      Index unit = 0;
      if (units)
        for (const Index l : network.visible())
          for (Index j = 0; j < network.layer(l).size; ++j, ++unit)
            for (Index m = 0; m < chains; ++m)
              traces.visible.view<double>()(unit * chains + m, at) = views[static_cast<std::size_t>(l)](m, j);
      if (at % 100 == 0) report(static_cast<double>(s + 1) / static_cast<double>(burn_in + sweeps));
    }
    return traces;
  }

  /// Units that are always the same say nothing.
  void add_worst_unit(const Traces& traces, std::vector<double>& row) const {
    double largest = std::numeric_limits<double>::quiet_NaN(), least = largest;
    for (Index first = 0; first < traces.visible.rows(); first += chains) {
      const View<const double> draws = traces.visible.view<double>().row_range(first, chains);
      largest = std::fmax(largest, r_hat(draws));
      least = std::fmin(least, effective_sample_size(draws));
    }
    row.insert(row.end(), {largest, least});
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Mixing>("evaluator.mixing"); }
