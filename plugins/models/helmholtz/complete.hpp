#pragma once

#include <memory>
#include <string>

#include "harmonium/node.hpp"
#include "posterior_chains.hpp"

namespace harmonium::helmholtz {

/// Fills in the missing values of rows, by chains of a Helmholtz machine or a deep belief network in which what is
/// known is held.
template <class Model>
struct Complete {
  Index chains = 10;
  Index burn_in = 50;
  Index sweeps = 100;
  Index proposals = 10;
  std::string give = "mean";

  struct Work;
  struct State {
    std::shared_ptr<Tensor> answer = std::make_shared<Tensor>();  ///< rows x size
    Index done = 0;                                               ///< rows
    double moved = 0;            ///< sum over their chains of the share of sweeps that moved hidden layers
    std::shared_ptr<Work> work;  ///< of the rows at work; these are begun anew after a resume
    void visit(Visitor& visitor);
  };
  static void describe(NodeType<Complete>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  void sweep(Work& work, const Model& model, Index copies) const;
};

extern template struct Complete<HelmholtzMachine>;
extern template struct Complete<DeepBeliefNet>;

}  // namespace harmonium::helmholtz
