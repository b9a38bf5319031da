#pragma once

#include <memory>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// What nodes share that give some of the rows, in their order: which ones is looked for once and stored.
struct PickedRows {
  struct State {
    std::shared_ptr<Tensor> rows = std::make_shared<Tensor>();
    void visit(Visitor& visitor) { visitor("rows", *rows); }
  };

  /// The state of a node that picked these rows.
  static State picked(const std::vector<Index>& rows);
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
