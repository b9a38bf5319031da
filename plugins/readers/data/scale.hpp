#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Maps values linearly: out = to[0] + (x - minimum) (to[1] - to[0]) / (maximum - minimum). Minimum and maximum are
/// given, or found in the data fitted on; what was fitted is the state. Every value between minimum and maximum comes
/// out between the ends of `to`, rounding included.
struct Scale {
  std::vector<double> from;
  std::vector<double> to{0, 1};
  bool per_column = false;
  bool clip = false;
  std::string part = "features";

  struct State {
    /// One value, or one a column.
    std::vector<double> minimum, maximum;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<Scale>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
