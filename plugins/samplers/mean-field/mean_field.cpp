#include <algorithm>
#include <cmath>
#include <vector>

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
        .cites("Peterson, Anderson 1987");
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
    for (Index s = 0; s < request.sweeps; ++s) {
      float most = 0;
      for (const std::vector<Index>& colour : network.colours())
        for (const Index layer : colour)
          if (!request.holds(layer)) most = std::max(most, update(network, layer, chains, request));
      if (static_cast<double>(most) <= tolerance) return;
    }
  }

 private:
  /// How far the layer's means have moved at most.
  float update(const Network& network, Index layer, Chains& chains, const Request& request) const {
    const Chains::Layer& at = chains[layer];
    thread_local std::vector<float> memory;
    if (static_cast<Index>(memory.size()) < at.state.size()) memory.resize(static_cast<std::size_t>(at.state.size()));
    const View<float> start(memory.data(), at.state.rows, at.state.columns);
    for (Index i = 0; i < start.rows; ++i) std::copy_n(at.state.row(i).data, start.columns, start.row(i).data);
    update_layer(network, layer, chains, {}, Draw::mean, request.units_held(layer));
    float most = 0;
    const auto share = static_cast<float>(damping);
    for (Index i = 0; i < start.rows; ++i)
      for (Index j = 0; j < start.columns; ++j) {
        if (damping > 0) at.state(i, j) = at.mean(i, j) = share * start(i, j) + (1 - share) * at.mean(i, j);
        most = std::max(most, std::abs(at.state(i, j) - start(i, j)));
      }
    return most;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::MeanField>("sampler.mean_field"); }
