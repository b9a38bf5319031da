#pragma once

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {

/// The mean of one visible layer given rows of data in all others, by sampling: chains in which those are held. What is
/// averaged are the layer's means given its neighbours, whose variance is at most that of its states (Rao and
/// Blackwell; Gelfand, Smith 1990).
struct ClampedMeans {
  Handle<Sampler> sampler{"sampler.gibbs"};
  Index chains = 10, burn_in = 100, sweeps = 100;

  template <class T>
  static void describe(NodeType<T>& type) {
    type.parameter("sampler", &ClampedMeans::sampler)
        .says("What moves the units that are not held: draws, or a mean field.");
    type.parameter("chains", &ClampedMeans::chains).at_least(1).unit("chains").says("Chains for each row.");
    type.parameter("burn_in", &ClampedMeans::burn_in)
        .at_least(0)
        .unit("sweeps")
        .says("Sweeps of every chain before anything is averaged.");
    type.parameter("sweeps", &ClampedMeans::sweeps)
        .at_least(1)
        .unit("sweeps")
        .says("Sweeps of every chain that are averaged over.");
  }
  void check(const ModelSpec& model, Specs& out) const;
  /// Rows for which `most_chains` or fewer chains are needed; at least one.
  Index rows_at_once() const;
  /// mean (count x size of the layer), and the square of its standard error from the differences between chains, zero
  /// for a single one. Rows first, first + 1, ... of the data; draws depend on their numbers alone.
  void find(const Network& network, Index layer, const Dataset& data, Index first, Index count, const Stream& stream,
            View<double> mean, View<double> squared_error) const;
};

}  // namespace harmonium
