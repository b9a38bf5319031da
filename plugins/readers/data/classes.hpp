#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Takes the rows of some classes.
struct Classes {
  std::vector<std::string> keep;
  std::vector<std::string> drop;
  std::string by = "label";

  struct State {
    std::shared_ptr<Tensor> rows = std::make_shared<Tensor>();
    void visit(Visitor& visitor) { visitor("rows", *rows); }
  };

  static void describe(NodeType<Classes>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
