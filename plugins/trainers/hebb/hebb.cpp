#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/products.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/restate.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// Stores patterns in a network of one layer whose units are joined. Patterns x are spins (binary ones count as 2x -
/// 1), and what is added to the couplings is an average over them, not a sum:
///   at first             M = <x x'> over the patterns                             Hebb 1949; Hopfield 1982
///   then, in each epoch  M += rate (<x x'> over the patterns - <s s'> over other states s): unlearning
/// The other states are
///   nothing              none: the first is all there is
///   all                  all states by their probability exp(-E) / Z (up to 20 units): the gradient of the likelihood
///   all alike            all states with the same weight (up to 20 units): they average to nothing off the diagonal,
///                        so that Hebb's rule is what is added, and an epoch at rate 1 gives it twice
///   valleys              the minima that descent reaches from random states   Hopfield, Feinstein, Palmer 1983
///   valleys of patterns  the minima that descent reaches from the patterns
///   neighbourhood        where a few single changes down from the patterns lead
/// It ends when every pattern is a strict minimum. Couplings are kept for spins; binary units get the same
/// machine (see restate()).
struct Hebb {
  std::string minus = "nothing";
  Index epochs = 100;
  double rate = 0.1;
  Index states = 100;
  Index changes = 3;

  struct State {
    Network model;
    Tensor couplings;  ///< of spins
    Index epoch = 0;
    bool stored = false;
    std::vector<double> course;
    void visit(Visitor& visitor) {
      visitor("model", model);
      visitor("couplings", couplings);
      visitor("epoch", epoch);
      visitor("stored", stored);
      visitor("course", course);
    }
    // Made anew when work goes on.
    Tensor patterns;
  };

  static void describe(NodeType<Hebb>& type) {
    type.says("Stores patterns in a Hopfield network, by Hebb's rule, then, if asked, by unlearning of other states.")
        .cites("Hebb 1949; Hopfield 1982; Hopfield, Feinstein, Palmer 1983")
        .version(3)
        .random()
        .input<Network>("model", "A network of one layer of spins or binary units that are all joined.")
        .input<Dataset>("data", "The patterns.")
        .output<Network>("model", "The network with the patterns stored.")
        .output<Table>("course", "A row for each epoch, 0 being Hebb's rule: how many patterns are strict minima.");
    type.parameter("minus", &Hebb::minus)
        .one_of({"nothing", "all", "all alike", "valleys", "valleys of patterns", "neighbourhood"})
        .says(
            "The states whose correlations are taken away, epoch after epoch, until every pattern is a strict "
            "minimum.");
    type.parameter("epochs", &Hebb::epochs).at_least(1).unit("epochs").says("The most epochs of unlearning.");
    type.parameter("rate", &Hebb::rate).above(0).says("What an epoch adds of the difference.");
    type.parameter("states", &Hebb::states)
        .at_least(1)
        .says("Of valleys: from how many random states descent begins in an epoch.");
    type.parameter("changes", &Hebb::changes)
        .at_least(1)
        .says("Of a neighbourhood: how many units change one after the other.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    const DataSpec& data = in.get<Dataset>("data");
    const bool fits =
        model.layers.size() == 1 && model.links.size() == 1 &&
        (model.layers[0].states == std::vector<double>{-1, 1} || model.layers[0].states == std::vector<double>{0, 1});
    if (!fits) {
      out.problem("in.model", "patterns are stored in one layer of spins or binary units that are all joined");
    } else {
      const LayerSpec& layer = model.layers[0];
      const PartSpec* part = data.find(layer.part);
      if (!part || part->width != layer.size)
        out.problem("in.data", fmt::format("the model shows '{}' in {} units, but the data have {}", layer.part,
                                           layer.size, part ? fmt::format("{} there", part->width) : "no such part"));
      constexpr Index most = 20;
      if (of_all_states() && layer.size > most)
        out.problem("with.minus",
                    fmt::format("all states are taken away of up to {} units, not of {}", most, layer.size));
    }
    out.set<Network>("model", model.retrained());
    out.set<Table>("course", {});
  }

  State start(const Inputs& in, Context&) const {
    State state;
    state.model = in.get<Network>("model");
    check_data(state.model, in.get<Dataset>("data"));
    const Index n = state.model.layer(0).size;
    state.couplings = Tensor::matrix(n, n);
    load(state, in);
    add_correlations(state.patterns.view(), 1.0F, state.couplings.view());
    write(state);
    return state;
  }

  bool advance(State& state, const Inputs& in, Context& context) const {
    if (state.patterns.empty()) load(state, in);
    if (state.course.empty()) {
      note(state, context);
      return !state.stored && minus != "nothing";
    }
    if (state.stored || minus == "nothing" || state.epoch >= epochs) return false;
    const Stream stream = context.stream("states").at(static_cast<std::uint64_t>(state.epoch));
    // What is taken away is found before anything is added: at a minimum both are the same.
    const Tensor taken = of_all_states() ? Tensor() : others(state, stream);
    if (of_all_states()) take_away_all(state);
    add_correlations(state.patterns.view(), static_cast<float>(rate), state.couplings.view());
    if (!of_all_states()) add_correlations(taken.view(), static_cast<float>(-rate), state.couplings.view());
    write(state);
    ++state.epoch;
    note(state, context);
    context.progress(static_cast<double>(state.epoch), static_cast<double>(epochs), "epochs");
    return !state.stored && state.epoch < epochs;
  }

  void finish(State& state, const Inputs&, Outputs& out) const {
    out.set("model", state.model);
    Table course{"storing", "epoch", {"strict minima"}, {"%"}, {}};
    for (std::size_t i = 0; i < state.course.size(); ++i) course.rows.push_back({std::to_string(i), {state.course[i]}});
    out.set("course", std::move(course));
  }

 private:
  bool of_all_states() const { return minus == "all" || minus == "all alike"; }
  static bool binary(const State& state) { return state.model.layer(0).units->states()[0] == 0; }

  /// The patterns as spins.
  void load(State& state, const Inputs& in) const {
    const Dataset& data = in.get<Dataset>("data");
    const Layer& layer = state.model.layer(0);
    state.patterns = Tensor::matrix(data.rows(), layer.size);
    data.read(data.part(layer.part), 0, data.rows(), state.patterns.view());
    for (float& value : state.patterns.values<float>()) {
      if (binary(state)) value = 2 * value - 1;
      if (value != 1 && value != -1)
        throw BadData("patterns have two values, -1 and 1 or 0 and 1: put the data through data.binarise first");
    }
  }

  /// couplings += scale <x x'>, zero on the diagonal.
  static void add_correlations(View<const float> rows, float scale, View<float> couplings) {
    product(Transpose::yes, rows, Transpose::no, rows, couplings, scale / static_cast<float>(rows.rows), 1);
    for (Index i = 0; i < couplings.rows; ++i) couplings(i, i) = 0;
  }

  /// The states whose correlations an epoch takes away.
  Tensor others(State& state, const Stream& stream) const {
    const Index n = state.couplings.columns();
    const bool random = minus == "valleys";
    Tensor found = random ? Tensor::matrix(states, n) : state.patterns;
    if (random) {
      uniform(stream, found.view());
      for (float& value : found.values<float>()) value = value < 0.5F ? -1.0F : 1.0F;
    }
    if (minus == "neighbourhood") {
      step_down(state.couplings.view(), found.view());
      return found;
    }
    if (minus == "valleys") {
      descend(state, found);
      return found;
    }
    // A unit at zero field would keep its state in descent, and the pattern would never become a strict minimum.
    const Tensor field = field_of(state);
    for (Index k = 0; k < found.size(); ++k)
      if (!holds(found.data<float>()[k] * field.data<float>()[k], n)) found.data<float>()[k] *= -1;
    const Tensor turned = found;
    descend(state, found);
    // Rounding may lead back from a state as low as the pattern: that state is what the pattern must rise above.
    for (Index i = 0; i < found.rows(); ++i) {
      const Span<const float> pattern = View<const float>(state.patterns.view()).row(i);
      if (std::equal(pattern.begin(), pattern.end(), found.view().row(i).begin()))
        std::copy_n(View<const float>(turned.view()).row(i).begin(), n, found.view().row(i).begin());
    }
    return found;
  }

  /// To the minima of the spins' energy, by the sampler whose law that is.
  void descend(const State& state, Tensor& spins) const {
    const Network machine = spins_with(state.couplings);
    Chains chains(machine, spins.rows());
    chains.prepare(machine);
    std::copy_n(spins.data<float>(), spins.size(), chains[0].state.data);
    const Handle<Sampler> descent = make_value<Sampler>("sampler.descent");
    constexpr int most = 100;
    for (int sweep = 0; sweep < most; ++sweep) {
      const Tensor before = spins;
      descent->sweep(machine, chains, {1, Stream{}});
      std::copy_n(chains[0].state.data, spins.size(), spins.data<float>());
      if (std::equal(before.data<float>(), before.data<float>() + before.size(), spins.data<float>())) break;
    }
  }

  /// A few times the single change that lowers the energy most, or raises it least.
  void step_down(View<const float> couplings, View<float> spins) const {
    const Index n = spins.columns;
    for (Index i = 0; i < spins.rows; ++i) {
      const Span<float> s = spins.row(i);
      std::vector<bool> changed(static_cast<std::size_t>(n), false);
      for (Index step = 0; step < std::min(changes, n); ++step) {
        Index best = -1;
        double least = 0;
        for (Index j = 0; j < n; ++j) {
          if (changed[static_cast<std::size_t>(j)]) continue;
          double field = 0;
          for (Index k = 0; k < n; ++k) field += static_cast<double>(couplings(j, k)) * static_cast<double>(s[k]);
          const double rise = 2 * static_cast<double>(s[j]) * field;
          if (best < 0 || rise < least) {
            best = j;
            least = rise;
          }
        }
        s[best] = -s[best];
        changed[static_cast<std::size_t>(best)] = true;
      }
    }
  }

  void take_away_all(State& state) const {
    const Index n = state.couplings.columns();
    const Index count = Index{1} << n;
    const View<float> m = state.couplings.view();
    std::vector<double> sums(static_cast<std::size_t>(n * n), 0.0), spin(static_cast<std::size_t>(n));
    double z = 0, least = 0;
    for (const bool lowest : {true, false})
      for (Index code = 0; code < count; ++code) {
        for (Index i = 0; i < n; ++i) spin[static_cast<std::size_t>(i)] = (code >> i) & 1 ? 1 : -1;
        double energy = 0;
        for (Index i = 0; i < n; ++i)
          for (Index j = 0; j < i; ++j)
            energy -=
                static_cast<double>(m(i, j)) * spin[static_cast<std::size_t>(i)] * spin[static_cast<std::size_t>(j)];
        if (lowest) {
          least = std::min(least, energy);
          continue;
        }
        const double weight = minus == "all" ? std::exp(least - energy) : 1;
        z += weight;
        for (Index i = 0; i < n; ++i)
          for (Index j = 0; j < i; ++j)
            sums[static_cast<std::size_t>(i * n + j)] +=
                weight * spin[static_cast<std::size_t>(i)] * spin[static_cast<std::size_t>(j)];
      }
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j) {
        const auto share = static_cast<float>(rate * sums[static_cast<std::size_t>(i * n + j)] / z);
        m(i, j) -= share;
        m(j, i) -= share;
      }
  }

  /// A machine of spins with these couplings.
  static Network spins_with(const Tensor& couplings) {
    Network machine;
    machine.add({"units", make_value<Units>("units.spin"), couplings.rows(), {}, true, "features", {}});
    machine.connect(make_value<Connection>("connection.lateral"), 0, 0);
    machine.link(0).weights = couplings;
    return machine;
  }

  /// Into the model, in its units.
  static void write(State& state) {
    Network machine = spins_with(state.couplings);
    if (binary(state)) restate(machine, 0, state.model.layer(0).units, 2, -1);
    state.model.link(0).weights = machine.link(0).weights;
    state.model.layer(0).parameters = machine.layer(0).parameters;
  }

  /// Of every unit of every pattern.
  static Tensor field_of(const State& state) {
    Tensor field = Tensor::matrix(state.patterns.rows(), state.patterns.columns());
    product(state.patterns.view(), View<const float>(state.couplings.view()), field.view());
    return field;
  }

  /// Whether a unit is held where it is by x * field. Averages over patterns are rounded: a field of zero is one within
  /// the rounding of its terms.
  static bool holds(float x_times_field, Index units) { return x_times_field > 1e-7F * static_cast<float>(units); }

  /// How many patterns are strict minima: every single change raises the energy.
  void note(State& state, Context& context) const {
    const View<const float> x = state.patterns.view();
    const Tensor field = field_of(state);
    Index strict = 0;
    for (Index i = 0; i < x.rows; ++i) {
      bool lower = true;
      for (Index j = 0; j < x.columns; ++j) lower = lower && holds(x(i, j) * field.view()(i, j), x.columns);
      strict += lower;
    }
    const double share = 100 * static_cast<double>(strict) / static_cast<double>(x.rows);
    context.metric("strict minima", share, "%");
    state.course.push_back(share);
    state.stored = strict == x.rows;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Hebb>("trainer.hebb"); }
