#include <vector>

#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"

/// Samplers that each break one promise on purpose.
namespace harmonium {
namespace {

/// Gibbs sampling, layer by layer, open to errors.
template <class Self>
class Layerwise : public Sampler {
 public:
  static void describe(ValueType<Self>& type) { type.says("A sampler that breaks a promise."); }

  Law law() const override { return Law::invariant; }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    for (Index s = 0; s < request.sweeps; ++s) {
      const Stream step = request.stream.at(request.stream.step + static_cast<std::uint64_t>(s));
      for (Index layer = 0; layer < network.size(); ++layer)
        if (!request.holds(layer))
          static_cast<const Self&>(*this).update(network, layer, chains, step.purpose(network.layer(layer).name),
                                                 request.units_held(layer));
    }
  }
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    update_layer(network, layer, chains, stream, Draw::sample, held);
  }
};

/// Single units that are held are drawn all the same.
class MovesHeld final : public Layerwise<MovesHeld> {
 public:
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t>) {
    update_layer(network, layer, chains, stream, Draw::sample);
  }
};

/// p(x = 1) = sigmoid(field) for spins, where it is sigmoid(2 field): half the inverse temperature.
class HalfField final : public Layerwise<HalfField> {
 public:
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    const double beta = chains.inverse_temperature();
    const bool spins = network.layer(layer).units.type() == "units.spin";
    if (spins) chains.prepare(network, beta / 2);
    update_layer(network, layer, chains, stream, Draw::sample, held);
    if (spins) chains.prepare(network, beta);
  }
};

/// A row takes over the state of the one before it where that is on.
class MixesRows final : public Layerwise<MixesRows> {
 public:
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    const View<float> state = chains[layer].state;
    if (held.empty() && state.rows > 1) state(1, 0) = state(0, 0);
    update_layer(network, layer, chains, stream, Draw::sample, held);
    if (held.empty() && state.rows > 1) state(1, 0) = state(0, 0);
  }
};

/// Every sweep of a request draws the same random numbers.
class SameNumbers final : public Layerwise<SameNumbers> {
 public:
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    Request one = request;
    one.sweeps = 1;
    for (Index s = 0; s < request.sweeps; ++s) Layerwise::sweep(network, chains, one);
  }
};

/// The temperature of the chains is not looked at.
class NoTemperature final : public Layerwise<NoTemperature> {
 public:
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    const double beta = chains.inverse_temperature();
    chains.prepare(network, 1);
    update_layer(network, layer, chains, stream, Draw::sample, held);
    chains.prepare(network, beta);
  }
};

/// Random walks called descent.
class Climbs final : public Layerwise<Climbs> {
 public:
  Law law() const override { return Law::descent; }
};

/// Draws called moments.
class Draws final : public Layerwise<Draws> {
 public:
  Law law() const override { return Law::moments; }
};

/// It leaves everything as it is, exact draws too.
class Idle final : public Layerwise<Idle> {
 public:
  static void update(const Network&, Index, Chains&, const Stream&, View<const std::uint8_t>) {}
};

/// Half the mean beside the right draws.
class HalfMean final : public Layerwise<HalfMean> {
 public:
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    update_layer(network, layer, chains, stream, Draw::sample, held);
    for (Index i = 0; i < chains.rows(); ++i)
      for (float& value : chains[layer].mean.row(i)) value /= 2;
  }
};

/// Twice the mean: it lies beyond all states.
class TwiceMean final : public Layerwise<TwiceMean> {
 public:
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    update_layer(network, layer, chains, stream, Draw::sample, held);
    for (Index i = 0; i < chains.rows(); ++i)
      for (float& value : chains[layer].mean.row(i)) value *= 2;
  }
};

/// The chains are colder afterwards.
class Cools final : public Layerwise<Cools> {
 public:
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    Layerwise::sweep(network, chains, request);
    chains.prepare(network, 2 * chains.inverse_temperature());
  }
};

/// It says that it does as as_mean says.
class NeverMean final : public Layerwise<NeverMean> {
 public:
  bool by_layers() const override { return true; }
};

/// Down in energy, but in the first layer alone.
class HalfWay final : public Layerwise<HalfWay> {
 public:
  Law law() const override { return Law::descent; }
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    if (layer > 0) return;
    const double beta = chains.inverse_temperature();
    chains.prepare(network, 1e6);
    update_layer(network, layer, chains, stream, Draw::sample, held);
    chains.prepare(network, beta);
  }
};

/// Means at twice the inverse temperature.
class Overconfident final : public Layerwise<Overconfident> {
 public:
  Law law() const override { return Law::moments; }
  static void update(const Network& network, Index layer, Chains& chains, const Stream& stream,
                     View<const std::uint8_t> held) {
    const double beta = chains.inverse_temperature();
    chains.prepare(network, 2 * beta);
    update_layer(network, layer, chains, stream, Draw::mean, held);
    chains.prepare(network, beta);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::MovesHeld>("wrong.moves_held");
  registrar.value<harmonium::HalfField>("wrong.half_field");
  registrar.value<harmonium::MixesRows>("wrong.mixes_rows");
  registrar.value<harmonium::SameNumbers>("wrong.same_numbers");
  registrar.value<harmonium::NoTemperature>("wrong.no_temperature");
  registrar.value<harmonium::Climbs>("wrong.climbs");
  registrar.value<harmonium::Draws>("wrong.draws");
  registrar.value<harmonium::Idle>("wrong.idle");
  registrar.value<harmonium::HalfMean>("wrong.half_mean");
  registrar.value<harmonium::TwiceMean>("wrong.twice_mean");
  registrar.value<harmonium::Cools>("wrong.cools");
  registrar.value<harmonium::NeverMean>("wrong.never_mean");
  registrar.value<harmonium::HalfWay>("wrong.half_way");
  registrar.value<harmonium::Overconfident>("wrong.overconfident");
}
