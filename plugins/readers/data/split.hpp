#pragma once

#include <memory>
#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Parts rows at random into training, test and validation sets. Stratified, every class is shared out in proportion,
/// by the method of largest remainders: sizes are right in all, and for each class within one row.
struct Split {
  double test = 0.2;
  double validation = 0;
  bool stratify = true;
  std::string by = "label";

  struct State {
    /// Numbers of the rows of each set, ascending.
    std::shared_ptr<Tensor> train = std::make_shared<Tensor>();
    std::shared_ptr<Tensor> test = std::make_shared<Tensor>();
    std::shared_ptr<Tensor> validation = std::make_shared<Tensor>();
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<Split>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
