#pragma once

#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Draws a binary value for every value in [0, 1], which is its probability of being 1; a new one at every
/// presentation. Whatever looks at data once always sees the same draws. Salakhutdinov, Murray 2008.
struct Sample {
  std::string part = "features";

  static void describe(NodeType<Sample>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
