#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"
#include "harmonium/table.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

/// Two layers with this many units together are added up at most: 2^24 terms, a tenth of a second.
inline constexpr Index most_joined_units = 24;

/// p(x_0) for every state of the lowest layer, unit j being bit j of its number: layer by layer from the top,
///   p(x_l) = sum over x_{l+1} of p(x_{l+1}) p(x_l | x_{l+1}).
/// All in double. Throws RunFailed where two joined layers have more than most_joined_units.
std::vector<double> visible_probabilities(const HelmholtzMachine& machine);

/// KL(data, machine) = sum over x of f(x) log(f(x) / p(x)), f being the frequencies of rows, beside that of the
/// independent model which has the data's means (the total correlation of the data), and the entropy of f.
class Divergence {
 public:
  std::string frequencies;

  static void describe(NodeType<Divergence>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

/// The same for every snapshot of a training.
class DivergenceCourse {
 public:
  std::string frequencies;

  static void describe(NodeType<DivergenceCourse>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium::helmholtz
