#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"

namespace harmonium::figures {

/// The weights of one machine, or of several under each other on one scale.
class CouplingsFigure {
 public:
  std::string of = "visible";
  Index tiles = 100;
  std::string order = "index";
  std::string colours = "blue-red";
  std::vector<std::string> labels;
  std::string title;

  static void describe(NodeType<CouplingsFigure>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium::figures
