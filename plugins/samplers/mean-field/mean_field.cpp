#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

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
        .cites("Peterson, Anderson 1987");
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
    thread_local SecondOrder second_order;
    SecondOrder* corrected = correction == "tap" ? &second_order : nullptr;
    if (corrected) corrected->begin(network, chains);
    for (Index s = 0; s < request.sweeps; ++s) {
      float most = 0;
      for (const std::vector<Index>& colour : network.colours())
        for (const Index layer : colour)
          if (!request.holds(layer)) most = std::max(most, update(network, layer, chains, request, corrected));
      // Variances are known from the second sweep on.
      if (static_cast<double>(most) <= tolerance && (s > 0 || !corrected)) return;
    }
  }

 private:
  /// How far the layer's means have moved at most.
  float update(const Network& network, Index layer, Chains& chains, const Request& request,
               SecondOrder* corrected) const {
    const Chains::Layer& at = chains[layer];
    thread_local std::vector<float> memory;
    if (static_cast<Index>(memory.size()) < at.state.size()) memory.resize(static_cast<std::size_t>(at.state.size()));
    const View<float> start(memory.data(), at.state.rows, at.state.columns);
    for (Index i = 0; i < start.rows; ++i) std::copy_n(at.state.row(i).data, start.columns, start.row(i).data);
    const auto share = static_cast<float>(damping);
    if (corrected)
      update_corrected(network, layer, chains, start, request.units_held(layer), *corrected);
    else
      update_layer(network, layer, chains, {}, Draw::mean, request.units_held(layer));
    float most = 0;
    for (Index i = 0; i < start.rows; ++i)
      for (Index j = 0; j < start.columns; ++j) {
        if (damping > 0) at.state(i, j) = at.mean(i, j) = share * start(i, j) + (1 - share) * at.mean(i, j);
        most = std::max(most, std::abs(at.state(i, j) - start(i, j)));
      }
    return most;
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
