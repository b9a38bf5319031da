#pragma once

#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {

/// What a deep belief network dreams of each class: chains run in its top RBM with the class held, and one pass of
/// draws goes down from where they end. Hinton, Osindero, Teh 2006, section 7.
class ClassSamples {
 public:
  Index each = 10;
  Index sweeps = 1000;
  std::string label = "label";
  std::string values = "means";
  Handle<Sampler> sampler{"sampler.gibbs"};

  struct State {
    Index done = 0;
    std::vector<Tensor> chains;  ///< states of the top's layers, with the replicas of each chain
    Tensor drawn;                ///< of the lowest layer, when all sweeps are done
    Chains moving;               ///< made anew from `chains`
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<ClassSamples>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  DataSpec data_of(const DeepBeliefSpec& net, const DataSpec& named) const;
};

}  // namespace harmonium::helmholtz
