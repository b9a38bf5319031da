#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/course.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/enumeration.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/learner.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// log of the sum of exp(-energies), and their share of it in place of the energies.
double normalise(Span<double> energies) {
  const double least = *std::min_element(energies.begin(), energies.end());
  double sum = 0;
  for (const double energy : energies) sum += std::exp(least - energy);
  const double log_sum = std::log(sum) - least;
  for (double& energy : energies) energy = std::exp(-energy - log_sum);
  return log_sum;
}

/// Gradient ascent on the exact log-likelihood of a small machine of two-state units: clamped statistics given each
/// distinct row, and free ones, are sums over states, each weighed by its probability. What sampling trainers
/// approximate. Ackley, Hinton, Sejnowski 1985, eq. 2 to 5, without the sampling.
class MaximumLikelihood {
 public:
  Index epochs = 100;
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}"};
  std::vector<Handle<Penalty>> penalties;
  std::vector<std::string> frozen;
  std::string centring = "none";
  double sliding = 1;
  Index snapshots = 10;

  struct State {
    const MaximumLikelihood* how = nullptr;
    Network model;
    Learner learner;
    Snapshots snapshots;
    Index epoch = 0;
    Index distinct = 0;          ///< rows of the data that differ
    std::vector<double> course;  ///< the log-likelihood before each epoch
    /// The distinct rows, one matrix a visible layer, and how often each is there. Not saved: read anew.
    std::vector<Tensor> rows;
    std::vector<double> share;
    void visit(Visitor& visitor) {
      visitor("model", model);
      visitor("distinct", distinct);
      if (visitor.loading()) how->allocate(*this);
      visitor("learner", learner);
      visitor("snapshots", snapshots);
      visitor("epoch", epoch);
      visitor("course", course);
    }
  };

  static void describe(NodeType<MaximumLikelihood>& type) {
    type.says(
            "Maximum likelihood with exact statistics, by adding up all states: for small machines of two-state units.")
        .cites("Ackley, Hinton, Sejnowski 1985")
        .input<Network>("model", "What is trained, of up to 16 binary units or spins; the result is a copy.")
        .input<Dataset>("data", "What it learns from: every epoch is one step along the gradient over all rows.")
        .output<Network>("model", "The trained model.")
        .output<Snapshots>("snapshots", "The model at a few epochs, the first before training.")
        .output<Table>("course", "Before each epoch: the exact mean log-likelihood of a row.");
    type.parameter("epochs", &MaximumLikelihood::epochs).at_least(0).extends().unit("epochs").says("Steps.");
    type.parameter("update", &MaximumLikelihood::update).says("How a gradient becomes a step.");
    type.parameter("penalties", &MaximumLikelihood::penalties).says("What is to be kept small besides: weights.");
    type.parameter("frozen", &MaximumLikelihood::frozen)
        .says(
            "What keeps its values while the rest learns: layers by their name (biases and other parameters of their "
            "units) and connections as a-b.");
    type.parameter("centring", &MaximumLikelihood::centring)
        .one_of(Centring::names())
        .says("What is subtracted from states before they are correlated.")
        .cites("Montavon, Mueller 2012; Cho, Raiko, Ilin 2013");
    type.parameter("sliding", &MaximumLikelihood::sliding)
        .above(0)
        .at_most(1)
        .says("Of centring: the share of the way to the present means that the offsets move.");
    type.parameter("snapshots", &MaximumLikelihood::snapshots)
        .at_least(2)
        .unit("models")
        .says("At most so many are kept, evenly spaced over the epochs.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    Index units = 0;
    for (const LayerSpec& layer : model.layers) {
      units += layer.size;
      if (!layer.two_states())
        out.problem("in.model",
                    fmt::format("layer '{}' has {}: only units with two states are added up", layer.name, layer.units));
    }
    check_shown(model, in.get<Dataset>("data"), "in.data", out);
    if (units > most_units)
      out.problem("in.model",
                  fmt::format("{} units have 2^{} states; up to {} units are added up", units, units, most_units));
    check_frozen(model, frozen, centring != "none", out);
    if (std::any_of(penalties.begin(), penalties.end(), [](const auto& one) { return one->on_activities(); }))
      out.problem("with.penalties", "penalties on activities want samples; here are exact sums");
    out.set<Network>("model", model.retrained());
    out.set<Snapshots>("snapshots", model);
    out.set<Table>("course", {});
  }

  State start(const Inputs& in, Context&) const {
    State state = blank();
    state.model = in.get<Network>("model");
    check_data(state.model, in.get<Dataset>("data"));
    read(state, in.get<Dataset>("data"));
    state.distinct = static_cast<Index>(state.share.size());
    allocate(state);
    state.snapshots.offer(0, state.model, snapshots);
    return state;
  }
  State blank() const {
    State state;
    state.how = this;
    return state;
  }
  bool continues() const { return !update->depends_on_length(); }

  bool advance(State& state, const Inputs& in, Context& context) const {
    if (state.epoch >= epochs) return false;
    if (state.rows.empty()) read(state, in.get<Dataset>("data"));
    step(state);
    ++state.epoch;
    state.snapshots.offer(state.epoch, state.model, snapshots);
    context.metric("log-likelihood", state.course.back(), "nats");
    context.progress(static_cast<double>(state.epoch), static_cast<double>(epochs), "epochs");
    return state.epoch < epochs;
  }

  void finish(State& state, const Inputs&, Outputs& out) const {
    out.set("model", state.model);
    out.set("snapshots", state.snapshots);
    out.set("course", course_of("training", {{"log-likelihood", "nats"}}, state.course, state.epoch));
  }

 private:
  /// States of 16 units are 65,536.
  static constexpr Index most_units = 16;
  static constexpr Index most_clamped = Index{1} << 20;

  static Index hidden_units(const Network& model) {
    Index units = 0;
    for (const Index l : model.hidden()) units += model.layer(l).size;
    return units;
  }
  /// Clamped rows of one distinct row: one where the means of hidden units are exact, else one a hidden state.
  static Index states_a_row(const Network& model) {
    return model.hidden_independent() ? 1 : Index{1} << hidden_units(model);
  }
  static Index all_states(const Network& model) {
    Index units = 0;
    for (const Layer& layer : model.layers()) units += layer.size;
    return Index{1} << units;
  }

  void allocate(State& state) const {
    const Index clamped = state.distinct * states_a_row(state.model);
    if (clamped > most_clamped)
      throw RunFailed(
          fmt::format("{} distinct rows times {} states of the hidden units are more than {}: too many to "
                      "be added up",
                      state.distinct, states_a_row(state.model), most_clamped));
    state.learner = Learner(state.model, update, penalties, clamped, all_states(state.model),
                            Centring::named(centring, sliding), Frozen::named(state.model.spec(), frozen));
  }

  static void read(State& state, const Dataset& data) {
    const std::vector<Index> visible = state.model.visible();
    std::vector<Tensor> all;
    std::map<std::vector<float>, Index> times;
    for (const Index l : visible) {
      const Layer& layer = state.model.layer(l);
      all.push_back(Tensor::matrix(data.rows(), layer.size));
      data.read(data.part(layer.part), 0, data.rows(), all.back().view());
    }
    for (Index i = 0; i < data.rows(); ++i) {
      std::vector<float> row;
      for (const Tensor& part : all) row.insert(row.end(), part.view().row(i).begin(), part.view().row(i).end());
      ++times[row];
    }
    state.rows.clear();
    state.share.clear();
    for (const Index l : visible)
      state.rows.push_back(Tensor::matrix(static_cast<Index>(times.size()), state.model.layer(l).size));
    Index i = 0;
    for (const auto& [row, count] : times) {
      state.share.push_back(static_cast<double>(count) / static_cast<double>(data.rows()));
      std::size_t from = 0;
      for (Tensor& part : state.rows) {
        std::copy_n(row.begin() + static_cast<std::ptrdiff_t>(from), part.columns(), part.view().row(i).data);
        from += static_cast<std::size_t>(part.columns());
      }
      ++i;
    }
  }

  /// Every state of the machine, and how likely it is; log Z.
  static double free_phase(State& state, const TwoStateMachine& machine, std::vector<float>& weights) {
    const Index count = all_states(state.model);
    std::vector<double> energies(static_cast<std::size_t>(count));
    machine.enumerate([&](Index, double energy, std::uint32_t code, Index) { energies[code] = energy; });
    const double log_z = normalise(energies);
    weights.assign(energies.begin(), energies.end());
    Index unit = 0;
    for (Index l = 0; l < state.model.size(); ++l) {
      const View<float> rows = state.learner.free(l);
      for (Index j = 0; j < rows.columns; ++j, ++unit)
        for (Index i = 0; i < count; ++i)
          rows(i, j) = static_cast<float>(((i >> unit) & 1) != 0 ? machine.high[static_cast<std::size_t>(unit)]
                                                                 : machine.low[static_cast<std::size_t>(unit)]);
    }
    return log_z;
  }

  /// Distinct rows with the means of their hidden units; minus their mean free energy.
  static double clamped_means(State& state, std::vector<float>& weights) {
    const Index rows = state.distinct;
    std::vector<View<const float>> shown;
    std::size_t part = 0;
    for (const Index l : state.model.visible()) {
      shown.push_back(state.rows[part++].view());
      std::copy_n(shown.back().data, shown.back().size(), state.learner.clamped(l).data);
    }
    for (const Index l : state.model.hidden()) hidden_mean(state.model, l, shown, state.learner.clamped(l));
    std::vector<double> energies(static_cast<std::size_t>(rows));
    free_energy(state.model, shown, energies);
    weights.assign(state.share.begin(), state.share.end());
    double sum = 0;
    for (std::size_t i = 0; i < energies.size(); ++i) sum -= state.share[i] * energies[i];
    return sum;
  }

  /// Distinct rows beside every hidden state, each as likely as it is given the row; minus their mean free energy.
  static double clamped_states(State& state, const TwoStateMachine& machine, std::vector<float>& weights) {
    const Index copies = states_a_row(state.model), n = machine.units();
    std::vector<Index> hidden_places;
    Index unit = 0;
    for (const Layer& layer : state.model.layers())
      for (Index j = 0; j < layer.size; ++j, ++unit)
        if (!layer.visible) hidden_places.push_back(unit);
    weights.resize(static_cast<std::size_t>(state.distinct * copies));
    std::vector<double> x(static_cast<std::size_t>(n)), energies(static_cast<std::size_t>(copies));
    double sum = 0;
    for (Index i = 0; i < state.distinct; ++i) {
      for (Index code = 0; code < copies; ++code) {
        unit = 0;
        std::size_t part = 0;
        Index bit = 0;
        for (Index l = 0; l < state.model.size(); ++l) {
          const Layer& layer = state.model.layer(l);
          const View<float> rows = state.learner.clamped(l);
          const Tensor* shown = layer.visible ? &state.rows[part++] : nullptr;
          for (Index j = 0; j < layer.size; ++j, ++unit) {
            const auto u = static_cast<std::size_t>(unit);
            const double off = machine.low[u], on = machine.high[u];
            const double value = shown                        ? static_cast<double>(shown->view()(i, j))
                                 : ((code >> bit++) & 1) != 0 ? on
                                                              : off;
            rows(i * copies + code, j) = static_cast<float>(value);
            x[u] = (value - off) / (on - off);
          }
        }
        energies[static_cast<std::size_t>(code)] = energy_of(machine, x);
      }
      const double share = state.share[static_cast<std::size_t>(i)];
      sum += share * normalise(energies);
      for (Index code = 0; code < copies; ++code)
        weights[static_cast<std::size_t>(i * copies + code)] =
            static_cast<float>(share * energies[static_cast<std::size_t>(code)]);
    }
    return sum;
  }

  static double energy_of(const TwoStateMachine& machine, const std::vector<double>& x) {
    const std::size_t n = x.size();
    double energy = machine.constant;
    for (std::size_t i = 0; i < n; ++i) {
      double field = machine.bias[i];
      for (std::size_t j = 0; j < i; ++j) field += machine.coupling[i * n + j] * x[j];
      energy -= field * x[i];
    }
    return energy;
  }

  void step(State& state) const {
    const bool means = state.model.hidden_independent();
    state.learner.rows(state.distinct * states_a_row(state.model), all_states(state.model));
    const TwoStateMachine machine(state.model);
    std::vector<float> free, clamped;
    const double log_z = free_phase(state, machine, free);
    const double score = means ? clamped_means(state, clamped) : clamped_states(state, machine, clamped);
    state.course.push_back(score - log_z);
    for (Index l = 0; l < state.model.size(); ++l)
      state.learner.holds_means(l, means && !state.model.layer(l).visible, false);
    state.learner.weigh(clamped, free);
    const Moment now{static_cast<double>(state.epoch), static_cast<double>(epochs),
                     static_cast<std::uint64_t>(state.epoch)};
    state.learner.step(state.model, now, static_cast<Index>(clamped.size()));
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::MaximumLikelihood>("trainer.maximum_likelihood"); }
