#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"
#include "second_order.hpp"

namespace harmonium {
namespace {

/// Mean field: every unit's state is its mean given the means of the others, sweep after sweep until no mean moves by
/// more than a tolerance. What the naive one leaves are the moments of a factorised distribution that is a local
/// minimum of its Kullback-Leibler divergence from p; with the correction of Thouless, Anderson and Palmer, those at a
/// stationary point of the free energy's expansion to second order in the couplings (see SecondOrder). Peterson,
/// Anderson 1987; Salakhutdinov, Hinton 2009, section 3.1.
class MeanField final : public Sampler {
 public:
  std::string correction = "none";
  double tolerance = 1e-6;
  double damping = 0;

  static void describe(ValueType<MeanField>& type) {
    type.says("Mean field: states are means given the means of the others, until they settle.")
        .cites("Peterson, Anderson 1987")
        .version(2);
    type.parameter("correction", &MeanField::correction)
        .one_of({"none", "tap"})
        .says("None for the naive mean field, or tap for the second order in the couplings.")
        .cites("Thouless, Anderson, Palmer 1977; Plefka 1982; Gabrie, Tramel, Krzakala 2015; Tramel et al. 2018");
    type.parameter("tolerance", &MeanField::tolerance)
        .at_least(0)
        .says("It ends before its sweeps are over where no mean moves by more.");
    type.parameter("damping", &MeanField::damping)
        .at_least(0)
        .below(1)
        .says("Share of the old mean that is kept, against oscillation.");
  }

  Law law() const override { return Law::moments; }
  void check(const ModelSpec& model) const override {
    if (correction == "none") return;
    for (const LayerSpec& layer : model.layers)
      if (!layer.quadratic)
        throw BadPipeline(
            fmt::format("the correction 'tap' needs the moments of units with a quadratic term, which "
                        "layer '{}' with its {} has not in closed form",
                        layer.name, layer.units));
  }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    if (correction == "none")
      naive_sweeps(network, chains, request);
    else
      corrected_sweeps(network, chains, request);
  }

 private:
  void naive_sweeps(const Network& network, Chains& chains, const Request& request) const {
    const std::vector<Index> order = moved(network, request);
    std::vector<std::uint8_t> held(static_cast<std::size_t>(network.size()), 1), moving(held.size(), 0);
    for (const Index l : order) {
      held[static_cast<std::size_t>(l)] = 0;
      moving[static_cast<std::size_t>(l)] = 1;
    }
    // What held layers send is the same in every sweep.
    std::vector<std::uint8_t> sent(held.size(), 0);
    for (const Index l : order) {
      if (request.sweeps == 1 || !at_once(network, l, request)) continue;
      for (const Link& link : network.links())
        if ((link.a == l && request.holds(link.b)) || (link.b == l && request.holds(link.a)))
          sent[static_cast<std::size_t>(l)] = 1;
      if (sent[static_cast<std::size_t>(l)] != 0) input_from(network, l, chains, held, false, chains.room(l));
    }
    for (Index s = 0; s < request.sweeps; ++s) {
      bool settled = tolerance > 0;
      for (const Index l : order) {
        const Chains::Layer& at = chains[l];
        if (!at_once(network, l, request)) {
          copy(at.state, chains.room(l));
          update_layer(network, l, chains, {}, Draw::mean, request.units_held(l));
          copy(chains.room(l), at.state);
          settled = move_on(at) && settled;
          continue;
        }
        if (sent[static_cast<std::size_t>(l)] != 0) {
          copy(chains.room(l), at.input);
          input_from(network, l, chains, moving, true, at.input);
        } else {
          input_to(network, l, chains, at.input);
        }
        if (tolerance > 0 || damping > 0) {
          network.layer(l).units->mean(at.theta, at.input, at.mean);
          settled = move_on(at) && settled;
        } else {
          network.layer(l).units->mean(at.theta, at.input, at.state);
          if (s + 1 == request.sweeps) copy(at.state, at.mean);
        }
      }
      if (settled) return;
    }
  }
  void corrected_sweeps(const Network& network, Chains& chains, const Request& request) const {
    thread_local SecondOrder corrected;
    corrected.begin(network, chains);
    for (Index s = 0; s < request.sweeps; ++s) {
      bool settled = tolerance > 0;
      for (const Index l : moved(network, request)) {
        copy(chains[l].state, chains.room(l));
        update_corrected(network, l, chains, chains.room(l), request.units_held(l), corrected);
        copy(chains.room(l), chains[l].state);
        settled = move_on(chains[l]) && settled;
      }
      // Variances are known from the second sweep on.
      if (settled && s > 0) return;
    }
  }

  static std::vector<Index> moved(const Network& network, const Request& request) {
    std::vector<Index> order;
    for (const std::vector<Index>& colour : network.colours())
      for (const Index layer : colour)
        if (!request.holds(layer)) order.push_back(layer);
    return order;
  }
  /// Whether all units of a layer are updated at once.
  static bool at_once(const Network& network, Index layer, const Request& request) {
    return !network.joined_within(layer) && request.units_held(layer).empty();
  }

  static void copy(View<const float> from, View<float> to) {
    for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
  }

  /// Takes the state to the new mean, or a share of the way. Whether that is no further than the tolerance.
  bool move_on(const Chains::Layer& at) const {
    bool settled = true;
    if (damping > 0 || tolerance > 0) {
      const auto share = static_cast<float>(damping);
      elementwise::combine(1, at.mean, -1, at.state, at.state);
      settled = elementwise::within(at.state, static_cast<float>(tolerance / (1 - damping)));
      if (damping > 0) elementwise::combine(1, at.mean, -share, at.state, at.mean);
    }
    copy(at.mean, at.state);
    return settled;
  }

  /// Units that are joined to each other one after the other, as update_layer() does.
  void update_corrected(const Network& network, Index layer, Chains& chains, View<const float> old,
                        View<const std::uint8_t> held, SecondOrder& corrected) const {
    const Index size = network.layer(layer).size;
    const Index at_once = network.joined_within(layer) ? network.layer(layer).units->block(size) : size;
    const Chains::Layer& at = chains[layer];
    for (Index first = 0; first < size; first += at_once) {
      corrected.update(network, layer, chains, old, held, first, at_once, static_cast<float>(damping));
      for (Index i = 0; i < at.state.rows; ++i)
        std::copy_n(at.mean.row(i).data + first, at_once, at.state.row(i).data + first);
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::MeanField>("sampler.mean_field"); }
