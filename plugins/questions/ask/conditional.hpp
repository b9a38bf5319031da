#pragma once

#include <string>
#include <vector>

#include "clamped_chains.hpp"
#include "harmonium/node.hpp"
#include "shown_rows.hpp"

namespace harmonium {

/// How p(unknown | known) is found: by sums over all states of the unknown units where these are few and the hidden
/// ones can be summed out, else by chains in which what is known is held.
struct Conditioning : Drawing {
  Index chains = 10;
  Index burn_in = 50;
  Index sweeps = 100;
  Index enumerate = 1024;

  template <class Node, class Type>
  static void describe(Type& type) {
    Drawing::describe<Node>(type);
    type.parameter("chains", &Node::chains)
        .at_least(1)
        .at_most(10'000)
        .unit("chains")
        .says("Chains of each row, averaged.");
    type.parameter("burn_in", &Node::burn_in)
        .at_least(0)
        .unit("sweeps")
        .says("Sweeps of each chain before anything is averaged.");
    type.parameter("sweeps", &Node::sweeps)
        .at_least(1)
        .unit("sweeps")
        .says("Sweeps of each chain that are averaged: of every one the expectations given its other units.");
    type.parameter("enumerate", &Node::enumerate)
        .at_least(0)
        .at_most(1e6)
        .unit("states")
        .says(
            "Rows whose unknown units have at most so many states together are answered exactly, by free energies, "
            "where hidden units are independent; 0: none.");
  }
};

/// For each visible layer, rows x size: what is known as it is known.
struct Conditional {
  std::vector<Tensor> means;   ///< expectations given what is known
  std::vector<Tensor> states;  ///< one draw of each row
};

/// The same rows always get the same answer. Throws RunFailed where an answer is not finite.
Conditional condition(const Network& model, const ShownRows& shown, const Conditioning& how, const Stream& stream);

/// So many rows are to be conditioned at a time, that memory is bounded.
Index rows_at_a_time(const Conditioning& how);

}  // namespace harmonium
