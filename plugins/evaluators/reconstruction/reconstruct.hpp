#pragma once

#include <memory>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Passes a data set up through a model or a stack and down again, by means: E[v | E[h | v]].
struct Reconstruct {
  Index passes = 1;

  struct State {
    /// One matrix for each visible layer.
    std::vector<std::shared_ptr<Tensor>> shown;
    Index done = 0;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<Reconstruct>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  static DataSpec reconstructed(DataSpec data, const ModelSpec& model);
};

}  // namespace harmonium
