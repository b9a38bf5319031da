#pragma once

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Takes a range of rows.
struct RowRange {
  std::int64_t first = 0;
  std::int64_t count = -1;

  static void describe(NodeType<RowRange>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
