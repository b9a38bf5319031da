#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/file.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"
#include "stack/stack.hpp"

namespace harmonium::figures {

/// What a model dreams: chains run in it, drawn at their end.
class SamplesFigure {
 public:
  Handle<Sampler> sampler = "sampler.gibbs";
  Index sweeps = 1000;
  Index rows = 10;
  Index columns = 10;
  std::string clamped;
  std::string title;

  struct State {
    Index done = 0;
    std::vector<Tensor> chains;  ///< states of the highest model's layers, with the replicas of each chain
    Tensor picture;              ///< the figure, when all sweeps are done
    std::vector<Tensor> ends;    ///< likewise: means of the visible layers of the lowest model, or states
    Stream stream;
    std::shared_ptr<Stack> live;     ///< made anew after a resume
    std::shared_ptr<Chains> moving;  ///< made anew from `chains`
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<SamplesFigure>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  State start(const Inputs& inputs, Context& context) const;
  bool advance(State& state, const Inputs& inputs, Context& context) const;
  void finish(State& state, const Inputs& inputs, Outputs& outputs) const;

 private:
  /// The layer of the highest model that is held, chain by chain, at one of its classes; -1 for none.
  Index held_layer(const Network& top) const;
  /// What the ends of the chains are as data: a part for each visible layer of the lowest model.
  DataSpec ends_of(const ModelSpec& lowest, const DataSpec* data) const;
  /// Without states.
  std::shared_ptr<Chains> chains_for(const Network& top) const;
  Tensor draw(Stack& stack, bool from_data) const;
};

}  // namespace harmonium::figures
