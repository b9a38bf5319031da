#pragma once

#include <cstdint>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/network.hpp"

namespace harmonium {

/// What chains do, sweep after sweep: when each comes to rest, and what it shows then. A chain of deterministic descent
/// rests at a fixed point, or in a cycle of two states, which is all else that symmetric connections allow when all
/// units change at once (Goles-Chacc, Fogelman-Soulie, Pellegrin 1985). Another one rests, if asked, when the running
/// mean of its energy over so many sweeps is no lower than over as many before.
class Course {
 public:
  struct Rests {
    bool by_state = false;   ///< where it repeats a state: deterministic dynamics alone
    bool by_energy = false;  ///< where the running mean of its energy stops falling
  };
  enum class End : std::uint8_t { moving, fixed_point, cycle_of_two, settled };

  /// Of the first `count` chains as they stand at the beginning; `layer` is what they show, a unit being on above
  /// `middle`, and means are over the last `average` sweeps.
  Course(const Network& network, const Chains& chains, Index count, Index layer, float middle, Index average,
         Rests rests);

  /// Takes note of the states after a sweep. What has come to rest stays as it is.
  void note();
  bool all_rest() const { return resting_ == static_cast<Index>(ends_.size()); }
  /// Whether a unit's mean over the last sweeps is above the middle; at a fixed point, whether it is on there.
  bool on(Index chain, Index unit) const;
  End end(Index chain) const { return ends_[static_cast<std::size_t>(chain)]; }
  /// Sweeps until a chain rested, or all there were.
  Index sweeps(Index chain) const { return sweeps_[static_cast<std::size_t>(chain)]; }

 private:
  void remember(std::vector<Tensor>& states) const;
  bool same(const std::vector<Tensor>& states, Index chain) const;
  void note_energies();
  End how_it_ends(Index chain) const;

  const Network& network_;
  const Chains& chains_;
  Index count_, layer_;
  float middle_;
  Index average_;
  Rests rests_;
  Index made_ = 0, resting_ = 0;
  std::vector<std::uint8_t> last_;  ///< average x chains x units, round and round: whether they were on
  std::vector<Index> times_on_;     ///< chains x units: in how many of these
  std::vector<double> energies_;    ///< 2 average x chains, round and round
  std::vector<Tensor> before_, before_that_;
  std::vector<End> ends_;
  std::vector<Index> sweeps_;
};

}  // namespace harmonium
