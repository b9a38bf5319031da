#pragma once

#include <cstdint>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/sampler.hpp"
#include "shown_rows.hpp"

namespace harmonium {

/// How the units that nobody knows are drawn. Declared once for all questions that draw.
struct Drawing {
  Handle<Sampler> sampler = "sampler.gibbs";
  double temperature = 1;

  template <class Node, class Type>
  static void describe(Type& type) {
    type.parameter("sampler", &Node::sampler).says("How chains move; one that draws from the model's distribution.");
    type.parameter("temperature", &Node::temperature)
        .above(0)
        .says("Divides the energy: below 1 what is probable becomes more so, above 1 all becomes more alike.");
  }
  /// Notes what makes the sampler unfit.
  void check(const ModelSpec& model, Specs& outputs) const;
};

/// Chains of a model, `copies` for each of some rows, in which what is known of the visible units is held. Unknown
/// units start from a draw of each by itself, hidden ones from a draw given the visible ones.
class ClampedChains {
 public:
  /// `held` false: what is known is where the chains start, and nothing is held.
  ClampedChains(const Network& model, const ShownRows& shown, const std::vector<Index>& rows, Index copies,
                const Drawing& drawing, const Stream& stream, bool held = true);

  void sweep();
  /// Of visible layer number v, in the order of Network::visible(): rows * copies x size, the copies of a row beside
  /// each other. Means are expectations given the neighbours, at the last update; of layers that are known altogether
  /// they say nothing.
  View<const float> mean(std::size_t v) const { return chains_[visible_[v]].mean.row_range(0, count_); }
  View<const float> state(std::size_t v) const { return chains_[visible_[v]].state.row_range(0, count_); }

 private:
  const Network& model_;
  const Sampler& sampler_;
  Stream stream_;
  std::vector<Index> visible_;
  Index count_;
  std::vector<Tensor> flags_;
  std::vector<View<const std::uint8_t>> held_units_;
  std::vector<std::uint8_t> held_;  ///< layers of which all is known
  Chains chains_;
  std::uint64_t step_ = 0;
};

}  // namespace harmonium
