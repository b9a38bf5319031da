#include <algorithm>
#include <vector>

#include "harmonium/elementwise.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {
namespace {

/// Naive mean field: every unit's state is its mean given the means of the others, sweep after sweep until no mean
/// moves by more than a tolerance. What it leaves are the moments of a factorised distribution that is a local minimum
/// of its Kullback-Leibler divergence from p. Peterson, Anderson 1987; Salakhutdinov, Hinton 2009, section 3.1.
class MeanField final : public Sampler {
 public:
  double tolerance = 1e-6;
  double damping = 0;

  static void describe(ValueType<MeanField>& type) {
    type.says("Naive mean field: states are means given the means of the others, until they settle.")
        .cites("Peterson, Anderson 1987")
        .version(2);
    type.parameter("tolerance", &MeanField::tolerance)
        .at_least(0)
        .says("It ends before its sweeps are over where no mean moves by more.");
    type.parameter("damping", &MeanField::damping)
        .at_least(0)
        .below(1)
        .says("Share of the old mean that is kept, against oscillation.");
  }

  Law law() const override { return Law::moments; }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
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

 private:
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
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::MeanField>("sampler.mean_field"); }
