#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "../../../plugins/models/helmholtz/machine.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// Small Helmholtz machines, and a twin of their mathematics by loops over all states.
namespace harmonium::testing {

/// All weights and biases from a normal distribution.
inline HelmholtzMachine random_machine(const std::vector<Index>& sizes, float deviation, unsigned seed) {
  HelmholtzMachine machine({sizes, {}, "features"});
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  const auto fill = [&](Tensor& tensor) {
    for (float& value : tensor.values<float>()) value = normal(random);
  };
  for (HelmholtzMachine::Layer& layer : machine.layers) {
    fill(layer.bias);
    if (!layer.recognition_bias.empty()) fill(layer.recognition_bias);
  }
  for (HelmholtzMachine::Link& link : machine.links) {
    fill(link.generation);
    fill(link.recognition);
  }
  return machine;
}

/// One state of all layers, the lowest first.
using States = std::vector<std::vector<int>>;

/// Every state of layers of these sizes.
inline std::vector<States> all_states(const std::vector<Index>& sizes) {
  std::vector<States> all = {{}};
  for (const Index size : sizes) {
    std::vector<States> longer;
    for (const States& begun : all)
      for (int number = 0; number < 1 << size; ++number) {
        States states = begun;
        states.emplace_back();
        for (Index j = 0; j < size; ++j) states.back().push_back(number >> j & 1);
        longer.push_back(std::move(states));
      }
    all = std::move(longer);
  }
  return all;
}

inline double log_bit(int state, double input) {
  const double on = 1 / (1 + std::exp(-input));
  return std::log(state ? on : 1 - on);
}

/// log p(x_0 ... x_n).
inline double log_joint(const HelmholtzMachine& machine, const States& states) {
  double sum = 0;
  for (std::size_t l = 0; l < states.size(); ++l)
    for (std::size_t j = 0; j < states[l].size(); ++j) {
      double input = machine.layers[l].bias.data<float>()[j];
      if (l + 1 < states.size())
        for (std::size_t i = 0; i < states[l + 1].size(); ++i)
          input += states[l + 1][i] * machine.links[l].generation.data<float>()[i * states[l].size() + j];
      sum += log_bit(states[l][j], input);
    }
  return sum;
}

/// log q(x_1 ... x_n | x_0).
inline double log_recognition(const HelmholtzMachine& machine, const States& states) {
  double sum = 0;
  for (std::size_t l = 1; l < states.size(); ++l)
    for (std::size_t j = 0; j < states[l].size(); ++j) {
      double input = machine.layers[l].recognition_bias.data<float>()[j];
      for (std::size_t i = 0; i < states[l - 1].size(); ++i)
        input += states[l - 1][i] * machine.links[l - 1].recognition.data<float>()[i * states[l].size() + j];
      sum += log_bit(states[l][j], input);
    }
  return sum;
}

/// p(x_0) of every state of the lowest layer, unit j being bit j of its number.
inline std::vector<double> visible_law(const HelmholtzMachine& machine) {
  std::vector<double> law(std::size_t{1} << machine.layers[0].size(), 0);
  for (const States& states : all_states(machine.spec().sizes)) {
    std::size_t number = 0;
    for (std::size_t j = 0; j < states[0].size(); ++j) number |= static_cast<std::size_t>(states[0][j]) << j;
    law[number] += std::exp(log_joint(machine, states));
  }
  return law;
}

/// Rows by their numbers, unit j being bit j.
inline Tensor rows_of(const std::vector<Index>& numbers, Index units) {
  Tensor rows = Tensor::matrix(static_cast<Index>(numbers.size()), units);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    for (Index j = 0; j < units; ++j) rows.view()(static_cast<Index>(i), j) = static_cast<float>(numbers[i] >> j & 1);
  return rows;
}

/// The same with a part "frequency" that says how often each counts.
inline Dataset counted_rows(const std::vector<Index>& numbers, Index units, const std::vector<float>& counts) {
  Tensor column = Tensor::matrix(static_cast<Index>(counts.size()), 1);
  std::copy(counts.begin(), counts.end(), column.data<float>());
  DataSpec spec;
  spec.rows = static_cast<Index>(numbers.size());
  spec.parts = {{"features", units, {}, PartSpec::Kind::real, {}}, {"frequency", 1, {}, PartSpec::Kind::real, {}}};
  return stored_rows(std::move(spec), {std::make_shared<const Tensor>(rows_of(numbers, units)),
                                       std::make_shared<const Tensor>(std::move(column))});
}

/// Every weight and bias of a machine, in one order.
inline std::vector<float*> generative_values(HelmholtzMachine& machine) {
  std::vector<float*> all;
  for (HelmholtzMachine::Layer& layer : machine.layers)
    for (float& value : layer.bias.values<float>()) all.push_back(&value);
  for (HelmholtzMachine::Link& link : machine.links)
    for (float& value : link.generation.values<float>()) all.push_back(&value);
  return all;
}
inline std::vector<float*> recognition_values(HelmholtzMachine& machine) {
  std::vector<float*> all;
  for (std::size_t l = 1; l < machine.layers.size(); ++l)
    for (float& value : machine.layers[l].recognition_bias.values<float>()) all.push_back(&value);
  for (HelmholtzMachine::Link& link : machine.links)
    for (float& value : link.recognition.values<float>()) all.push_back(&value);
  return all;
}

/// The value in a column of a row of a table.
inline double value_of(const Table& table, const std::string& column, std::size_t row = 0) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column) return table.rows.at(row).values.at(c);
  ADD_FAILURE() << "no column " << column;
  return 0;
}

}  // namespace harmonium::testing
