#pragma once

#include "../../../plugins/models/helmholtz/unroll.hpp"
#include "helmholtz_machines.hpp"
#include "plugins/trainers/class_machines.hpp"

/// Small deep belief networks with classes at the top, and a twin of their mathematics by loops over all states.
namespace harmonium::testing {

/// Directed layers of these sizes under an RBM of so many classes and hidden units.
inline DeepBeliefNet random_belief_net(const std::vector<Index>& sizes, Index classes, Index hidden, float deviation,
                                       unsigned seed) {
  DeepBeliefNet net;
  net.below = random_machine(sizes, deviation, seed);
  net.top = make_classifier(sizes.back(), classes, hidden, static_cast<double>(deviation), seed);
  return net;
}

/// log p(x_0 ... x_{n-1} | x_n).
inline double log_below(const HelmholtzMachine& machine, const States& states) {
  double sum = 0;
  for (std::size_t l = 0; l + 1 < states.size(); ++l)
    for (std::size_t j = 0; j < states[l].size(); ++j) {
      double input = machine.layers[l].bias.data<float>()[j];
      for (std::size_t i = 0; i < states[l + 1].size(); ++i)
        input += states[l + 1][i] * machine.links[l].generation.data<float>()[i * states[l].size() + j];
      sum += log_bit(states[l][j], input);
    }
  return sum;
}

/// p(x_n, class) of the top RBM: a row for each state of x_n, unit j being bit j of its number.
inline std::vector<std::vector<double>> joint_law(const Network& top) {
  const Index units = top.layer(0).size, classes = top.layer(1).size;
  std::vector<std::vector<double>> law(std::size_t{1} << units, std::vector<double>(static_cast<std::size_t>(classes)));
  double z = 0;
  std::size_t number = 0;
  for (const auto& features : all_states(top.layer(0))) {
    std::size_t c = 0;
    for (const auto& label : all_states(top.layer(1))) {
      for (const auto& hidden : all_states(top.layer(2)))
        law[number][c] += std::exp(-naive_energy(top, {features, label, hidden}));
      z += law[number][c++];
    }
    ++number;
  }
  for (auto& row : law)
    for (double& p : row) p /= z;
  return law;
}

inline std::size_t number_of(const std::vector<int>& bits) {
  std::size_t number = 0;
  for (std::size_t j = 0; j < bits.size(); ++j) number |= static_cast<std::size_t>(bits[j]) << j;
  return number;
}

/// Rows by their numbers, unit j being bit j, with their classes, `copies` times over.
inline Dataset labelled_rows(const std::vector<Index>& numbers, Index units, const std::vector<Index>& classes,
                             Index class_count, Index copies) {
  std::vector<Index> all, labels;
  for (Index k = 0; k < copies; ++k) {
    all.insert(all.end(), numbers.begin(), numbers.end());
    labels.insert(labels.end(), classes.begin(), classes.end());
  }
  return make_data(rows_of(all, units), labels, class_count);
}

}  // namespace harmonium::testing
