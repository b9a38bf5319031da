#pragma once

#include "harmonium/node.hpp"

namespace harmonium {

/// The free energy of each row.
struct EnergyQuestion {
  static void describe(NodeType<EnergyQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

/// How much likelier some rows are than others, as far as a model knows: log Z, which nobody has, cancels.
struct CompareQuestion {
  static void describe(NodeType<CompareQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
