#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "harmonium/spec.hpp"
#include "harmonium/value.hpp"
#include "survey.hpp"

namespace harmonium {

template <class T>
class ValueType;

/// The values of a binary or categorical column, where the file is not to be asked for them.
struct ColumnClasses {
  static constexpr const char* kind = "class list";
  using Contract = ColumnClasses;

  std::string column;
  std::vector<std::string> classes;

  static void describe(ValueType<ColumnClasses>& type);
};

/// What the columns of a file are said to hold, kind by kind, by their names or numbers from 1.
struct ColumnsSchema {
  struct Named {
    std::string name;
    PartSpec::Kind kind = PartSpec::Kind::real;
    /// The parameter that names it, for messages.
    std::string where;
    /// Its classes, where they are listed.
    std::vector<std::string> classes{};
  };
  std::string path, header = "auto", separator = "auto";
  std::vector<Named> columns;
  /// Whether cells may say that their value is not known.
  bool missing = false;
};

/// A column of a file, found.
struct FoundColumn {
  std::string name;
  PartSpec::Kind kind = PartSpec::Kind::real;
  /// From 0.
  Index number = 0;
  /// Of a category, its classes; of a binary column, what 0 and 1 are written as.
  std::vector<std::string> classes;
};

struct ColumnsSurvey {
  char separator = ',';
  bool header = false;
  /// Whether the look reached the end of the file. If not, neither rows nor classes that are not listed are known.
  bool complete = false;
  Index rows = 0;
  /// Cells of a line.
  Index width = 0;
  std::vector<FoundColumn> columns;
};

/// The end of a message about an empty cell.
inline constexpr const char* empty_cell = ": the cell is empty; 'missing: true' takes it for an unknown value";

/// Looks over the file until its end or until `most_bytes` of text. Throws BadPipeline, naming the parameter, for a
/// column that is not there or of two kinds, and BadData, with line and column, for a binary column with a third value
/// and for what is no table.
ColumnsSurvey survey_columns(const ColumnsSchema& schema, Index most_bytes = std::numeric_limits<Index>::max());

/// The parts that such columns make, those of several columns first: 'real', 'binary', 'count', then every categorical
/// column by its name.
std::vector<PartSpec> parts_of(const ColumnsSurvey& survey);

}  // namespace harmonium
