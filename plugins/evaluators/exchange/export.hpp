#pragma once

#include <string>

#include "harmonium/node.hpp"

namespace harmonium {

/// Models as one .npz file.
class ExportNpz {
 public:
  static void describe(NodeType<ExportNpz>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

/// One array of a model as an .npy file.
class ExportNpy {
 public:
  std::string array;

  static void describe(NodeType<ExportNpy>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
