#pragma once

#include <memory>
#include <string>
#include <vector>

#include "columns_survey.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Reads a table whose columns are of several kinds. Columns of one kind become one part of the data, each categorical
/// column a part of its own, so that every part can be shown by units of one type.
struct ColumnsReader {
  FilePath path;
  std::vector<std::string> real, binary, count, category;
  std::vector<Handle<ColumnClasses>> classes;
  std::string header = "auto";
  std::string separator = "auto";
  bool missing = false;

  /// One part of the data.
  struct Part {
    PartSpec spec;
    /// Of a category: the class of each row. Of others: rows x columns.
    std::shared_ptr<Tensor> values = std::make_shared<Tensor>();
    void visit(Visitor& visitor);
  };
  struct State {
    std::vector<Part> parts;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<ColumnsReader>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  ColumnsSchema schema() const;
};

}  // namespace harmonium
