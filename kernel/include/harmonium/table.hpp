#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// Numbers for people and programs: named columns, rows with a label. What evaluators return.
class HARMONIUM_API Table {
 public:
  static constexpr const char* port_type = "table";
  using Spec = NoSpec;

  struct Row {
    std::string label;
    /// One for each column; what is not known is not a number.
    std::vector<double> values;
    /// Whether the values can be trusted, as in a Certificate; empty where nobody doubts them.
    std::string verdict{};
    HARMONIUM_API void visit(Visitor& visitor);
  };
  /// What the table is about, in a few words.
  std::string title;
  /// What the rows are: "class", "epoch", ...; empty for a table of one row without a name.
  std::string rows_are;
  std::vector<std::string> columns;
  /// One for each column: "%", "nats", ...; empty strings for pure numbers.
  std::vector<std::string> units;
  std::vector<Row> rows;

  void visit(Visitor& visitor);
};

}  // namespace harmonium
