#pragma once

#include "picked_rows.hpp"

namespace harmonium {

/// Takes the rows of which no value is missing: statistics' complete cases.
struct CompleteCases : PickedRows {
  static void describe(NodeType<CompleteCases>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
