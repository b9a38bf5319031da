#pragma once

#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Gives every column mean 0 and standard deviation 1 over the data fitted on (dividing by the number of rows): out =
/// (x - mean) / deviation. Constant columns are centred only. What was fitted is the state.
struct Standardise {
  std::string part = "features";

  struct State {
    std::vector<double> mean, deviation;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<Standardise>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
