#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {
namespace {

/// Block Gibbs sampling: layers of one colour, being independent given all others, are drawn at once, colour after
/// colour, visible layers first; units that are joined within a layer one after the other. It leaves p(x)^beta / Z
/// unchanged. Geman, Geman 1984; on layers: Smolensky 1986.
class BlockGibbs final : public Sampler {
 public:
  static void describe(ValueType<BlockGibbs>& type) {
    type.says(
            "Block Gibbs sampling: independent layers are drawn at once, visible layers first; units joined within a "
            "layer "
            "one after the other.")
        .cites("Geman, Geman 1984");
  }

  Law law() const override { return Law::invariant; }
  bool by_layers() const override { return true; }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    const auto flag = [](Span<const std::uint8_t> flags, Index layer) { return !flags.empty() && flags[layer] != 0; };
    for (Index s = 0; s < request.sweeps; ++s) {
      const Stream step = request.stream.at(request.stream.step + static_cast<std::uint64_t>(s));
      const std::vector<std::vector<Index>>& colours = network.colours();
      for (const std::vector<Index>& colour : colours) {
        const bool nothing_follows = s + 1 == request.sweeps && &colour == &colours.back();
        for (const Index layer : colour) {
          if (request.holds(layer)) continue;
          Draw draw = flag(request.as_mean, layer) ? Draw::mean : Draw::sample;
          if (nothing_follows && flag(request.only_mean_read, layer)) draw = Draw::nothing;
          update_layer(network, layer, chains, step.purpose(network.layer(layer).name), draw,
                       request.units_held(layer));
        }
      }
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::BlockGibbs>("sampler.gibbs"); }
