#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// log Z by adding up the states of some layers, the others, which are not joined to each other, being summed out: the
/// free energy of the machine that shows those layers.
double log_partition_by(const Network& network, const std::vector<Index>& side);
/// The layers with the fewest units, of two states and at most 22 of them, by whose states log Z can be added
/// up; none where there are none.
std::vector<Index> fewest_to_add_up(const ModelSpec& model);

/// The mean of log p(v) over rows, exactly.
struct ExactLikelihood {
  static void describe(NodeType<ExactLikelihood>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
