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

/// -log p of each row; of a deep belief network up to the log Z of its top RBM.
template <class Model>
struct EnergyOfRows : ImportanceSampling {
  static void describe(NodeType<EnergyOfRows>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

/// log p of rows less log p of others.
template <class Model>
struct CompareRows : ImportanceSampling {
  struct State {
    ImportanceSampling::State rows, others;
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
extern template struct EnergyOfRows<HelmholtzMachine>;
extern template struct EnergyOfRows<DeepBeliefNet>;
extern template struct CompareRows<HelmholtzMachine>;
extern template struct CompareRows<DeepBeliefNet>;

/// The parts of a deep belief network.
struct Halves {
  static void describe(NodeType<Halves>& type);
  void outputs(const Specs& in, Specs& out) const { set_halves(in.get<DeepBeliefNet>("model"), out); }
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium::helmholtz
