#pragma once

#include "harmonium/node.hpp"
#include "likelihood.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {

/// The features of rows: the means of the highest layer under q, each layer driven by the means of the one below.
struct Recognised {
  static void describe(NodeType<Recognised>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

/// -log p of each row.
struct EnergyOfRows : Likelihood {
  static void describe(NodeType<EnergyOfRows>& type);
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

/// The parts of a deep belief network.
struct Halves {
  static void describe(NodeType<Halves>& type);
  void outputs(const Specs& in, Specs& out) const { set_halves(in.get<DeepBeliefNet>("model"), out); }
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium::helmholtz
