#pragma once

#include <string>
#include <vector>

#include "picked_rows.hpp"

namespace harmonium {

/// Takes the rows of some classes.
struct Classes : PickedRows {
  std::vector<std::string> keep;
  std::vector<std::string> drop;
  std::string by = "label";

  static void describe(NodeType<Classes>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
