#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "harmonium/views.hpp"

namespace harmonium {

/// How a file is to be read, as the parameters say it.
struct CsvFormat {
  std::string path;
  /// "none", "first", "last", the name of a column, or its number from 1.
  std::string label = "none";
  /// "auto", "yes" or "no".
  std::string header = "auto";
  /// "auto", or one character.
  std::string separator = "auto";
  /// The classes, where they are known.
  std::vector<std::string> classes;
  /// Whether cells may say that their value is not known.
  bool missing = false;
};

/// What a look over the file finds, before its numbers are read.
struct CsvSurvey {
  char separator = ',';
  bool header = false;
  /// Columns of a line, the label's included.
  Index columns = 0;
  /// The label's column from 0; negative where there is none.
  Index label = -1;
  /// Whether the look reached the end of the file. If not, neither all rows nor all classes are known.
  bool complete = false;
  Index rows = 0;
  /// The label's distinct values: ascending if all are numbers, else in alphabetical order. Those of the format where
  /// it names them.
  std::vector<std::string> classes;

  Index width() const { return columns - (label >= 0 ? 1 : 0); }
};

/// Looks over the file until its end or until `most_bytes` of text. Throws BadData for what cannot be such a file, with
/// line and column; BadPipeline where the label's column is not there.
CsvSurvey survey_csv(const CsvFormat& format, Index most_bytes = std::numeric_limits<Index>::max());

/// More classes than this, and the column is hardly one of classes.
inline constexpr std::size_t most_classes = 1000;

/// What a parameter `header` may say: auto, yes, no; true and false mean the latter.
std::vector<std::string> header_choices();
/// Whether a first line of these cells names the columns; auto: when none of them is a number, or missing where values
/// may be.
bool has_header(const std::string& header, const std::vector<std::string_view>& cells, bool missing);

/// Numbers by value, anything else by alphabet.
void sort_classes(std::vector<std::string>& classes);

/// A label as classes are named: whole numbers in their shortest form ("3" for "3.0"), all else as it is.
std::string class_name(std::string_view cell);

/// Throws BadData where a line has not as many cells as the first one.
void check_columns(Index columns, std::size_t cells, const std::string& path, Index line);

}  // namespace harmonium
