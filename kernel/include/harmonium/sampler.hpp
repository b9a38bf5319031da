#pragma once

#include "harmonium/chains.hpp"
#include "harmonium/export.hpp"
#include "harmonium/random.hpp"
#include "harmonium/value.hpp"

namespace harmonium {

/// What a sampler promises. Trainers and estimators refuse a law they cannot use.
enum class Law : std::uint8_t {
  invariant,  ///< leaves p(x)^beta / Z unchanged
  own,        ///< has another stationary law
  descent,    ///< goes down in energy (temperature 0)
  moments     ///< returns means, not draws
};

/// What is asked of a sampler. Clamping is part of the request, never of the model.
struct Request {
  Index sweeps = 1;
  /// Sweep s draws from stream.at(stream.step + s); each layer has a purpose of its own.
  Stream stream{};
  /// One flag a layer: layers that are held at their present state. Empty: none.
  Span<const std::uint8_t> held{};
  /// One matrix of flags a layer, chains x size, or an empty one: units that are held, chain by chain. Empty: none.
  Span<const View<const std::uint8_t>> held_units{};
  /// One flag a layer: layers whose state is to be the mean instead of a draw, as contrastive divergence likes for
  /// visible layers. Empty: none.
  Span<const std::uint8_t> as_mean{};
  /// One flag a layer: layers of which nobody reads the last state, only its mean. A sampler may leave out a draw that
  /// nothing depends on. Empty: none.
  Span<const std::uint8_t> only_mean_read{};

  bool holds(Index layer) const { return !held.empty() && held[layer] != 0; }
  /// The flags of a layer's units; empty where none is held by itself.
  View<const std::uint8_t> units_held(Index layer) const {
    return held_units.empty() ? View<const std::uint8_t>() : held_units[layer];
  }
};

/// A way of moving the states of a network. Rows never influence each other.
class HARMONIUM_INTERFACE Sampler {
 public:
  static constexpr const char* kind = "sampler";
  using Contract = Sampler;
  HARMONIUM_API virtual ~Sampler();
  virtual Law law() const = 0;
  /// Whether every sweep updates every layer that is not held, once, in the order of Network::colours(), and does as
  /// as_mean says.
  virtual bool by_layers() const { return false; }
  /// How many copies of every chain it needs, each at a temperature of its own: chains x replicas() rows, of which the
  /// first `chains` are draws at the temperature asked for and only they are read; what is held in them is held in all.
  /// Flags of units that are held are those of the first `chains` rows; others are not looked at.
  virtual Index replicas() const { return 1; }
  /// Throws BadPipeline where it cannot move such a model. As it is: it moves any.
  HARMONIUM_API virtual void check(const ModelSpec& model) const;
  /// Sweeps over all layers not held, at the chains' inverse temperature (see Chains::prepare). Afterwards `mean` of
  /// every layer that moved is its expectation at its last update. Different chains may be swept by several threads at
  /// once.
  virtual void sweep(const Network& network, Chains& chains, const Request& request) const = 0;
};

/// Notes at `where` if the sampler cannot move such a model, before any work.
HARMONIUM_API void check_sampler(const Handle<Sampler>& sampler, const ModelSpec& model, const char* where,
                                 Specs& specs);

}  // namespace harmonium
