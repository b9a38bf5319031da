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

  /// Draws the random numbers that decide, a row for each chain.
  void draw(const Stream& stream);
  /// Adds e of some chains' states in one replica. `inputs_of` has the layers, if any, whose inputs are those from
  /// their neighbours as they are, every connection having exactly one end among them; without them products are
  /// needed.
  void add_energies(const Network& network, Index replica, Chains& states, const std::vector<Index>& inputs_of,
                    Index first, Index count);
  /// Decides which swaps of these chains are made.
  void decide(Index first, Index count);
  /// Moves the rows of these chains in each replica's matrix.
  void move(const std::vector<View<float>>& replicas, Index first, Index count) const;
  /// Which replica's state the replica has got, of that chain.
  Index from(Index chain, Index replica) const { return from_[at(chain, replica)]; }
  void add_to(Chains::Swaps& counts) const;

 private:
  std::size_t at(Index chain, Index replica) const { return static_cast<std::size_t>(chain * replicas_ + replica); }
  void try_pair(Index chain, Index replica);

  Index chains_ = 0, replicas_ = 0;
  std::vector<double> beta_;
  std::vector<double> energies_;        ///< replicas x chains
  std::vector<Index> from_;             ///< chains x replicas
  std::vector<std::uint8_t> accepted_;  ///< chains x replicas: the swap with the next one
  Tensor uniform_;
};

}  // namespace harmonium
