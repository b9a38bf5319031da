#pragma once

#include "harmonium/node.hpp"
#include "likelihood.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {

/// What recognition makes of rows, by means: of the highest layer, of which generation then makes rows again where they
/// are to be denoised.
template <class Model>
struct Recognised {
  static void describe(NodeType<Recognised>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};
template <class Model>
struct Denoised {
  Index sweeps = 1;

  static void describe(NodeType<Denoised>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};
extern template struct Recognised<HelmholtzMachine>;
extern template struct Recognised<DeepBeliefNet>;
extern template struct Denoised<HelmholtzMachine>;
extern template struct Denoised<DeepBeliefNet>;

/// -log p of each row.
struct EnergyOfRows : Likelihood {
  static void describe(NodeType<EnergyOfRows>& type);
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

/// log p of rows less log p of others.
struct CompareRows : Likelihood {
  struct State {
    Likelihood::State rows, others;
    void visit(Visitor& visitor) {
      visitor("rows", rows);
      visitor("others", others);
    }
  };
  static void describe(NodeType<CompareRows>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

/// The parts of a deep belief network.
struct Halves {
  static void describe(NodeType<Halves>& type);
  void outputs(const Specs& in, Specs& out) const { set_halves(in.get<DeepBeliefNet>("model"), out); }
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium::helmholtz
