#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"

namespace harmonium::figures {

/// Rows of data over what a model or stack makes of them.
class ReconstructionsFigure {
 public:
  Index images = 20;
  Index columns = 10;
  Index first = 0;
  std::vector<std::string> labels;
  std::string title;

  static void describe(NodeType<ReconstructionsFigure>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium::figures
