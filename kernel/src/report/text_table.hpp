#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/table.hpp"

namespace harmonium::report {

/// Rows of cells in aligned columns, two blanks apart, for a terminal or a log.
class HARMONIUM_API TextTable {
 public:
  struct Column {
    std::string heading;
    /// Numbers are aligned at their right ends.
    bool right = false;
  };
  /// Without any heading there is no line of headings.
  explicit TextTable(std::vector<Column> columns);
  /// Missing cells are empty. Throws std::logic_error where there are more cells than columns.
  void row(std::vector<std::string> cells);
  /// Each line ends with a line feed and has no blanks before it.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Whether a row has a verdict, so that there is a column of them.
HARMONIUM_API bool has_verdicts(const Table& table);

/// A table as people read it: title, headings with their units, numbers with as many decimals as their column needs
/// for four digits of its largest value.
HARMONIUM_API std::string text_of(const Table& table);

/// {title, rows_are, columns, units, rows: [{label, values, verdict}]}, a verdict only where a row has one; what is not
/// a number becomes null.
HARMONIUM_API nlohmann::ordered_json json_of(const Table& table);

}  // namespace harmonium::report
