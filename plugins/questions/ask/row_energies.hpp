#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// How free energies are estimated where hidden units are joined to each other and are too many to be added up.
/// Declared once for all questions that need it.
struct Annealing {
  Index runs = 100;
  Index temperatures = 1000;
  Index burn_in = 1000;
  double tolerance = 0.1;

  template <class Node, class Type>
  static void describe(Type& type) {
    type.parameter("runs", &Node::runs)
        .at_least(10)
        .at_most(1e5)
        .unit("runs")
        .says("Of hidden units that are joined to each other: annealed runs there for each row, and as many back.");
    type.parameter("temperatures", &Node::temperatures)
        .at_least(2)
        .at_most(1e7)
        .says("Distributions that each of these goes through.");
    type.parameter("burn_in", &Node::burn_in)
        .at_least(0)
        .unit("sweeps")
        .says("Sweeps of the chains from which the way back begins.");
    type.parameter("tolerance", &Node::tolerance)
        .above(0)
        .unit("nats")
        .says("The largest half-width of the interval of a number that is called converged.");
  }
};

/// How many units of two states may be added up.
inline constexpr Index most_added_up = 16;

/// Free energies of the rows of a data set, F(v) = -log sum over hidden states of exp(-E(v, h)):
///   - in closed form where hidden units are independent given the visible ones;
///   - by adding up the states of some hidden layers, of at most 16 units of two states, that leave the others so;
///   - else by annealed importance sampling of p(h | v), a network of its own whose log Z is that of F: with what the
///     visible units send them in the parameters of the hidden ones, F(v) = E(v, 0) - log Z_v.
struct RowEnergies {
  std::vector<double> energy;        ///< of the rows that are done
  std::vector<double> half;          ///< half the width of the interval that holds it in 99 of 100 cases; 0: exact
  std::vector<std::string> verdict;  ///< "exact", "converged", or "not converged: " and why

  /// What is there of the row at work is not kept.
  void visit(Visitor& visitor) {
    visitor("energy", energy);
    visitor("half", half);
    visitor("verdict", verdict);
  }

  enum class Rows : std::uint8_t { any, states };
  /// Does some more rows; returns whether any are left. With Rows::states values between the states of a unit are
  /// refused. `use` tells the draws of one set of rows from those of another. Throws BadData
  /// for rows that the model cannot show, RunFailed where an energy is not finite.
  bool go_on(const Network& model, const Dataset& data, Rows rows, const Annealing& how, const std::string& use,
             Context& context);

 private:
  class Row;
  class AddedUp;
  void closed_form(const Network& model, const Dataset& data, Rows rows);
  std::shared_ptr<AddedUp> exact_;  ///< made anew after a resume, as is
  std::shared_ptr<Row> row_;
};

/// Whether free energies are exact, in closed form or added up.
bool has_exact_energies(const ModelSpec& model);

}  // namespace harmonium
