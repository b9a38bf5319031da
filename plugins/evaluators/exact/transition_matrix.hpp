#pragma once

#include <string>
#include <vector>

#include "harmonium/enumeration.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// A dynamics of a machine of two-state units at a temperature: in each turn some units are drawn at once from their
/// conditionals, p(on) = sigma((E of off - E of on) / T), given the states of all units before the turn.
struct Dynamics {
  /// The units of each turn, by their numbers in the machine.
  std::vector<std::vector<Index>> turns;
  /// Whether a sweep takes as many turns as there are, each chosen uniformly among all; else all in their order.
  bool at_random = false;
};

/// Of a network: `glauber`, one unit chosen at random a turn; `sequential`, the units in their order; `block`, layers
/// colour by colour, each at once or, where its units are joined, unit by unit; `parallel`, all units at once.
Dynamics dynamics_named(const std::string& name, const Network& network);

/// T (states x states) of one sweep: T(s, s') is the probability to be at s' after a sweep from s. A state is a number
/// that has a bit for each unit, as in TwoStateMachine::enumerate. Rows sum to 1. In double, from energies alone.
Tensor transition_matrix(const TwoStateMachine& machine, const Dynamics& dynamics, double temperature);

/// The law pi with pi T = pi, by elimination of states without subtraction (Grassmann, Taksar, Heyman 1985), which
/// keeps small probabilities as exact as large ones. Throws RunFailed where some states cannot be left within the
/// range of doubles.
std::vector<double> stationary_law(const Tensor& transitions);

/// max over s of |(p T)(s) - p(s)|: how far from stationary p is.
double change_of(const std::vector<double>& law, const Tensor& transitions);

/// max over s, s' of |p(s) T(s, s') - p(s') T(s', s)|: 0 where p is in detailed balance.
double imbalance_of(const std::vector<double>& law, const Tensor& transitions);

/// The modulus of the second-largest eigenvalue: of T - 1 pi', whose spectral radius it is, by ||A^k||^(1/k) for k a
/// power of two (Gelfand 1941), to 1e-9; below 1e-6 it may be 0. What is left of any beginning falls by it with every
/// sweep.
double second_eigenvalue(const Tensor& transitions, const std::vector<double>& law);

/// -1 / log of it, in sweeps: 0 of 0, and infinite where it cannot be told from 1.
double relaxation_time(double second_eigenvalue);

/// exp(-E(s) / T) / Z of every state.
std::vector<double> boltzmann_law(const TwoStateMachine& machine, double temperature);

/// pi(s) ~ exp(b's) prod_j (1 + exp(field_j(s))), field = b + M s and everything divided by T: the law of parallel
/// dynamics. For spins it is exp(b's) prod_j 2 cosh(field_j), which is the same in their binary form. Peretto 1984.
std::vector<double> parallel_law(const TwoStateMachine& machine, double temperature);

}  // namespace harmonium
