#pragma once

#include <string>

#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// A file for the run's folder: a figure, an exported model. The kernel writes it there as NODE.EXTENSION.
class HARMONIUM_API File {
 public:
  static constexpr const char* port_type = "file";
  using Spec = NoSpec;

  /// "png", "npz", ...
  std::string extension;
  /// The content, as uint8.
  Tensor bytes;

  void visit(Visitor& visitor);
};

}  // namespace harmonium
