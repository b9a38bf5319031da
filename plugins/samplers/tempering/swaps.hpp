#pragma once

#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/random.hpp"

namespace harmonium {

/// Swaps of states between copies of a chain at neighbouring temperatures. A swap of x at beta with x' at beta' is
/// accepted with probability min(1, exp((beta - beta') (e(x) - e(x')))), where e is what temperature multiplies:
///   e(x) = -sum over layers of theta . t(x) - sum over connections of B(x).
/// Swendsen, Wang 1986; Geyer 1991. All even pairs are tried, then all odd ones.
class Swaps {
 public:
  /// `beta` is each replica's inverse temperature.
  void begin(Index chains, const std::vector<double>& beta);

  /// Adds e of a replica's states. `inputs_of` has the layers, if any, whose inputs are those from their neighbours as
  /// they are, every connection having exactly one end among them; without them products are needed.
  void add_energies(const Network& network, Index replica, Chains& states, const std::vector<Index>& inputs_of);
  /// Draws which swaps are made, one row of random numbers a chain.
  void draw(const Stream& stream, Chains::Swaps& counts);

  /// Which replica's state the replica gets, of that chain.
  Index from(Index chain, Index replica) const { return from_[at(chain, replica)]; }
  /// Moves the rows of each replica's matrix.
  void move(const std::vector<View<float>>& replicas) const;

 private:
  void move(const std::vector<View<float>>& replicas, Index chain) const;
  std::size_t at(Index chain, Index replica) const { return static_cast<std::size_t>(chain * replicas_ + replica); }
  void try_pair(Index chain, Index replica, double uniform, Chains::Swaps& counts);

  Index chains_ = 0, replicas_ = 0;
  std::vector<double> beta_;
  std::vector<double> energies_;  ///< replicas x chains
  std::vector<double> own_;
  std::vector<Index> from_;
  Tensor uniform_;
};

}  // namespace harmonium
