#pragma once

#include <string>

#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// What repeats of one measurement say together.
class Summary {
 public:
  std::string statistic = "all";
  std::string title;

  static void describe(NodeType<Summary>& type);
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
