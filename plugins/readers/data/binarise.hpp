#pragma once

#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Makes a value 1 where it is above the threshold, else 0.
struct Binarise {
  double threshold = 0.5;
  std::string part = "features";

  static void describe(NodeType<Binarise>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
