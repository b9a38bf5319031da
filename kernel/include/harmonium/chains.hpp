#pragma once

#include <vector>

#include "harmonium/network.hpp"

namespace harmonium {

/// Many copies of the state of a network, one a row, with the memory that updating them needs.
class HARMONIUM_API Chains {
 public:
  struct Layer {
    View<float> state;  ///< chains x size: what drives the neighbours
    View<float> mean;   ///< chains x size: the expectation given the neighbours, at the last update
    View<float> input;  ///< the input at the last update; the same memory as `mean` unless the units need both
    View<float> theta;  ///< the units' natural parameters, times the inverse temperature
  };

  Chains() = default;
  /// States are zero.
  Chains(const Network& network, Index rows);
  Chains(const Chains&) = delete;
  Chains& operator=(const Chains&) = delete;
  Chains(Chains&&) = default;
  Chains& operator=(Chains&&) = default;

  Index rows() const { return rows_; }
  Index size() const { return static_cast<Index>(layers_.size()); }
  /// Views that the owner may point elsewhere, into a larger matrix for instance.
  Layer& operator[](Index layer) { return layers_[static_cast<std::size_t>(layer)]; }
  const Layer& operator[](Index layer) const { return layers_[static_cast<std::size_t>(layer)]; }
  /// Keeps the first `rows` chains in sight: at most as many as were made, else std::logic_error.
  void show(Index rows);

  /// Takes theta from the network's parameters: call after they have changed.
  void prepare(const Network& network, double inverse_temperature = 1);
  double inverse_temperature() const { return inverse_temperature_; }

  /// Memory of the size of a layer's states, for whoever updates it.
  View<float> room(Index layer);

  /// Multiplies what reaches the ends of a connection along it; 1 as it is. Layers that are pretrained one by one for a
  /// deep Boltzmann machine stand in for neighbours that are missing. Salakhutdinov, Hinton 2009, section 3.3.
  void factors(Index link, float to_a, float to_b);
  float factor(Index link, bool to_b) const;

  /// The rows cut into `count` equal ranges: one of them as chains of their own, views into these with a temperature
  /// and an input of their own. Asked for again they allocate nothing. std::logic_error where the rows cannot be cut.
  Chains& part(const Network& network, Index number, Index count);
  /// The first of so many equal ranges of rows copied over the others: where replicas begin.
  void replicate(Index count);
  /// Swaps of neighbouring temperatures, tried and accepted: what a sampler with replicas counts.
  struct Swaps {
    std::vector<double> tried, accepted;
  };
  Swaps& swaps() { return swaps_; }
  const Swaps& swaps() const { return swaps_; }

  /// The states alone: what must be kept to go on.
  void visit(Visitor& visitor);

 private:
  Index rows_ = 0;
  double inverse_temperature_ = 1;
  std::vector<Tensor> state_, mean_, input_, theta_, room_;
  std::vector<Layer> layers_;
  std::vector<float> factors_;  ///< towards a and b of every link, or empty
  std::vector<Chains> parts_;
  Swaps swaps_;
};

/// What an update leaves in `state`.
enum class Draw : std::uint8_t { sample, mean, nothing };

/// Input to a layer from the states of all its neighbours, times the inverse temperature of the chains. Within a layer
/// units are neighbours where a connection joins them.
HARMONIUM_API void input_to(const Network& network, Index layer, const Chains& chains, View<float> out);
/// The same for some chains, from `first_row` on, and some units, from `first` on: as many as `out` has.
HARMONIUM_API void input_to(const Network& network, Index layer, const Chains& chains, Index first_row, Index first,
                            View<float> out);
/// Input to a layer from the layers alone that have a flag in `sources`, added to what `out` holds if `add`.
HARMONIUM_API void input_from(const Network& network, Index layer, const Chains& chains,
                              Span<const std::uint8_t> sources, bool add, View<float> out);
/// Updates one layer given its neighbours: its mean, and its state by `draw`; units that are not joined to each other
/// at once, others one after the other, each given the newest states of the rest. Where `held` (chains x size, or
/// empty) is not 0 a unit stays as it is, and its mean is its state. Chains are drawn for in blocks whose first one
/// must be a multiple of four (see Stream).
HARMONIUM_API void update_layer(const Network& network, Index layer, Chains& chains, const Stream& stream, Draw draw,
                                View<const std::uint8_t> held = {});

/// Draws one layer as if nothing were joined to it: where chains begin that are to begin anywhere.
HARMONIUM_API void draw_alone(const Network& network, Index layer, Chains& chains, const Stream& stream);

/// After a mean field has settled: draws from its distribution, in which units are independent, the states of those
/// layers without a flag in `held` whose statistics their means do not tell (Units::means_suffice). The others stay.
HARMONIUM_API void draw_where_means_fail(const Network& network, Chains& chains, Span<const std::uint8_t> held,
                                         const Stream& stream);

}  // namespace harmonium
