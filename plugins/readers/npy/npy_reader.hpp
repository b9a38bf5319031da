#pragma once

#include <memory>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Reads rows, and labels beside them, from NumPy array files. Files are mapped where their values can be used as they
/// lie.
struct NpyReader {
  FilePath path;
  FilePath labels;
  std::vector<std::int64_t> shape;
  std::int64_t classes = 0;
  bool missing = false;

  struct State {
    /// Whether the values are taken from the file itself.
    bool mapped = false;
    std::shared_ptr<Tensor> features = std::make_shared<Tensor>();
    /// The class of each row; empty without labels.
    std::shared_ptr<Tensor> labels = std::make_shared<Tensor>();
    std::int64_t classes = 0;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<NpyReader>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
