#pragma once

#include "harmonium/node.hpp"
#include "row_energies.hpp"

namespace harmonium {

/// The free energy of each row.
struct EnergyQuestion : Annealing {
  using State = RowEnergies;
  static void describe(NodeType<EnergyQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

/// How much likelier some rows are than others, as far as a model knows: log Z, which nobody has, cancels.
struct CompareQuestion : Annealing {
  struct State {
    RowEnergies rows, others;
    void visit(Visitor& visitor) {
      visitor("rows", rows);
      visitor("others", others);
    }
  };
  static void describe(NodeType<CompareQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
