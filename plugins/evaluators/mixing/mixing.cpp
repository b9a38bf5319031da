#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "chain_statistics.hpp"
#include "harmonium/chains.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/kept_states.hpp"
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
        .version(2)
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

  /// What moves, made anew after a resume.
  struct Moving {
    Chains chains;
    std::vector<Tensor> precise;  ///< states in double, layer by layer
    std::vector<View<const double>> views;
  };

  struct State {
    Index model = 0, sweep = 0;  ///< models that are done, and sweeps of the next one, the burn-in included
    std::vector<Tensor> states;  ///< of the chains, layer by layer
    Tensor energies;             ///< chains x sweeps, of the model at work or the last one
    Tensor visible;              ///< for each visible unit, chains x sweeps; empty where not asked for
    bool warned = false;
    std::vector<double> figures;  ///< of the models that are done, one after the other
    std::shared_ptr<Moving> moving;

    void visit(Visitor& visitor) {
      visitor("model", model);
      visitor("sweep", sweep);
      visitor("states", states);
      visitor("energies", energies);
      visitor("visible", visible);
      visitor("warned", warned);
      visitor("figures", figures);
    }
  };

  State start(const Inputs&, Context&) const { return {}; }

  bool advance(State& state, const Inputs& in, Context& context) const {
    const std::vector<const Network*> models = models_of(in);
    if (state.model == static_cast<Index>(models.size())) return false;
    const Network& network = *models[static_cast<std::size_t>(state.model)];
    const Stream stream = context.stream("chains");
    if (!state.moving) state.moving = begin(network, stream, state);
    // As many sweeps as fit into a fifth of a second; how they are cut does not change what they draw.
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
    while (state.sweep < burn_in + sweeps && std::chrono::steady_clock::now() < until) sweep(network, stream, state);
    keep_states(state.moving->chains, state.states);
    context.progress(
        static_cast<double>(state.model) + static_cast<double>(state.sweep) / static_cast<double>(burn_in + sweeps),
        static_cast<double>(models.size()), "models");
    if (state.sweep < burn_in + sweeps) return true;

    const View<const double> energies = state.energies.view<double>();
    const double tau = autocorrelation_time(energies);
    const auto values = state.energies.values<double>();
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size);
    state.figures.insert(state.figures.end(), {tau, effective_sample_size(energies), r_hat(energies), mean});
    if (units) add_worst_unit(state);
    // Below that the window cuts off what it should sum: Sokal 1997; Foreman-Mackey et al. 2013.
    constexpr double enough = 50;
    if (static_cast<double>(sweeps) < enough * tau && !std::exchange(state.warned, true))
      context.warn(
          "there are fewer than 50 autocorrelation times of sweeps: the times are rather longer than found here");
    ++state.model;
    state.sweep = 0;
    state.visible = {};
    state.states.clear();
    state.moving.reset();
    return state.model < static_cast<Index>(models.size());
  }

  void finish(State& state, const Inputs& in, Outputs& out) const {
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
      for (const Snapshots::Taken& taken : in.get<Snapshots>("snapshots").taken)
        table.rows.push_back({std::to_string(taken.epoch), {}});
    } else {
      table.rows.push_back({"", {}});
    }
    const auto columns = static_cast<std::ptrdiff_t>(table.columns.size());
    auto figures = state.figures.begin();
    for (Table::Row& row : table.rows) {
      row.values.assign(figures, figures + columns);
      figures += columns;
    }
    Table trace{"energy of every chain", "sweep", {}, {}, {}};
    for (Index m = 0; m < chains; ++m) trace.columns.push_back(fmt::format("chain {}", m + 1));
    trace.units.resize(trace.columns.size());
    for (Index s = 0; s < sweeps && !state.energies.empty(); ++s) {
      trace.rows.push_back({std::to_string(s + 1), {}});
      for (Index m = 0; m < chains; ++m) trace.rows.back().values.push_back(state.energies.view<double>()(m, s));
    }
    out.set("table", std::move(table));
    out.set("trace", std::move(trace));
  }

 private:
  static std::vector<const Network*> models_of(const Inputs& in) {
    if (in.has("model")) return {&in.get<Network>("model")};
    std::vector<const Network*> models;
    for (const Snapshots::Taken& taken : in.get<Snapshots>("snapshots").taken) models.push_back(&taken.model);
    return models;
  }

  /// Chains where the state has them, or at their beginning.
  std::shared_ptr<Moving> begin(const Network& network, const Stream& stream, State& state) const {
    auto moving = std::make_shared<Moving>();
    const Index rows = chains * sampler->replicas();
    moving->chains = Chains(network, rows);
    moving->chains.prepare(network, 1 / temperature);
    for (const Layer& layer : network.layers()) moving->precise.push_back(Tensor::of<double>({chains, layer.size}));
    for (const Tensor& layer : moving->precise) moving->views.push_back(layer.view<double>());
    if (!state.states.empty()) {
      take_states(state.states, moving->chains);
      return moving;
    }
    for (Index l = 0; l < network.size(); ++l) {
      const Layer& layer = network.layer(l);
      const Chains::Layer& at = moving->chains[l];
      const Tensor nothing = Tensor::matrix(chains, layer.size);
      layer.units->sample(at.theta, nothing.view(), stream.purpose("start").purpose(layer.name),
                          at.mean.row_range(0, chains), at.state.row_range(0, chains));
    }
    moving->chains.replicate(sampler->replicas());
    state.energies = Tensor::of<double>({chains, sweeps});
    Index visible = 0;
    for (const Index l : network.visible()) visible += network.layer(l).size;
    if (units) state.visible = Tensor::of<double>({visible * chains, sweeps});
    return moving;
  }

  void sweep(const Network& network, const Stream& stream, State& state) const {
    Moving& moving = *state.moving;
    sampler->sweep(network, moving.chains, {1, stream.purpose("sweeps").at(static_cast<std::uint64_t>(state.sweep))});
    const Index at = state.sweep++ - burn_in;
    if (at < 0) return;
    for (Index l = 0; l < network.size(); ++l) {
      const View<float> coldest = moving.chains[l].state.row_range(0, chains);
      std::copy_n(coldest.data, coldest.size(), moving.precise[static_cast<std::size_t>(l)].data<double>());
    }
    std::vector<double> energies(static_cast<std::size_t>(chains));
    energy(network, moving.views, energies);
    for (Index m = 0; m < chains; ++m) state.energies.view<double>()(m, at) = energies[static_cast<std::size_t>(m)];
    if (!units) return;
    Index unit = 0;
    for (const Index l : network.visible())
      for (Index j = 0; j < network.layer(l).size; ++j, ++unit)
        for (Index m = 0; m < chains; ++m)
          state.visible.view<double>()(unit * chains + m, at) = moving.views[static_cast<std::size_t>(l)](m, j);
  }

  /// Units that are always the same say nothing.
  void add_worst_unit(State& state) const {
    double largest = std::numeric_limits<double>::quiet_NaN(), least = largest;
    for (Index first = 0; first < state.visible.rows(); first += chains) {
      const View<const double> draws = state.visible.view<double>().row_range(first, chains);
      largest = std::fmax(largest, r_hat(draws));
      least = std::fmin(least, effective_sample_size(draws));
    }
    state.figures.insert(state.figures.end(), {largest, least});
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Mixing>("evaluator.mixing"); }
