#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"

namespace harmonium::figures {

/// Rows of data as pictures.
class RowsFigure {
 public:
  Index rows = 10;
  Index columns = 10;
  Index first = 0;
  std::string part = "features";
  std::vector<std::string> labels;
  std::string title;

  static void describe(NodeType<RowsFigure>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium::figures
