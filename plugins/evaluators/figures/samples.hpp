#pragma once

#include <memory>
#include <string>
#include <vector>

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
  std::string title;

  struct State {
    Index done = 0;
    std::vector<Tensor> chains;  ///< states of the highest model's layers
    Tensor picture;              ///< the figure, when all sweeps are done
    std::vector<Tensor> ends;    ///< likewise: means of the visible layers of the lowest model
    Stream stream;
    std::shared_ptr<Stack> live;  ///< made anew from `chains` after a resume
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<SamplesFigure>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  State start(const Inputs& inputs, Context& context) const;
  bool advance(State& state, const Inputs& inputs, Context& context) const;
  void finish(State& state, const Inputs& inputs, Outputs& outputs) const;

 private:
  Tensor draw(Stack& stack, bool from_data) const;
};

}  // namespace harmonium::figures
