#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Reads rows, and labels among them, from text: a line a row, cells separated by commas or the like. It is converted
/// once, into the store.
struct CsvReader {
  FilePath path;
  std::string label = "none";
  std::string header = "auto";
  std::string separator = "auto";
  std::vector<std::int64_t> shape;
  std::vector<std::string> classes;
  bool missing = false;

  struct State {
    std::shared_ptr<Tensor> features = std::make_shared<Tensor>();
    /// The class of each row; empty without labels.
    std::shared_ptr<Tensor> labels = std::make_shared<Tensor>();
    std::vector<std::string> classes;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<CsvReader>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
