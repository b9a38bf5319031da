#pragma once

#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Rows as one grey picture: each a rectangle of pixels, side by side without frames, as reader.patches cuts them
/// again.
class ExportPng {
 public:
  std::string part;
  std::vector<double> range{0, 1};

  static void describe(NodeType<ExportPng>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
