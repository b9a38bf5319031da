#pragma once

#include <memory>

#include "harmonium/dataset.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Pushes a data set through a feed-forward network: codes by an encoder, rows from codes by a decoder, reconstructions
/// by an autoencoder.
struct Forward {
  bool autoencoder = false;

  struct State {
    std::shared_ptr<Tensor> means = std::make_shared<Tensor>();
    Index done = 0;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<Forward>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
