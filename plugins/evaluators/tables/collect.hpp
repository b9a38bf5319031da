#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// Tables under each other.
class Collect {
 public:
  std::vector<std::string> labels, columns;
  std::string title, best_first;

  static void describe(NodeType<Collect>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
