#pragma once

#include <memory>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Reads images, and the labels beside them, from IDX files as MNIST has them. Values are given out as they are. What
/// is compressed is decompressed once, into the store; plain files of bytes are mapped.
struct IdxReader {
  FilePath images;
  FilePath labels;
  std::int64_t classes = 10;

  struct State {
    /// Whether the values are taken from the file itself.
    bool mapped = false;
    std::shared_ptr<Tensor> images = std::make_shared<Tensor>();
    /// The class of each row; empty without labels.
    std::shared_ptr<Tensor> labels = std::make_shared<Tensor>();
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<IdxReader>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
