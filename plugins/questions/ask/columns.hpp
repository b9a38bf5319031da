#pragma once

#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Cuts the columns of one part into the parts that a model shows, or gives the part another name.
struct Columns {
  std::string part = "features", name;

  static void describe(NodeType<Columns>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
