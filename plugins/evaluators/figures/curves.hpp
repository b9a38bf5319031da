#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"

namespace harmonium::figures {

/// Tables as curves: a curve for each table, or for each column of one.
class CurvesFigure {
 public:
  std::vector<std::string> columns;
  std::vector<std::string> labels;
  std::vector<std::string> marks;
  std::string title;
  std::string x;
  bool log_x = false, log_y = false;

  static void describe(NodeType<CurvesFigure>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium::figures
