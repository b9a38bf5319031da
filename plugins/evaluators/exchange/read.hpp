#pragma once

#include "harmonium/node.hpp"

namespace harmonium {

/// A network as export.npz wrote it.
class ReadModel {
 public:
  FilePath path;
  Index number = 0;

  static void describe(NodeType<ReadModel>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
