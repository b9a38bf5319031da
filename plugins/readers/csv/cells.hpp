#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harmonium/views.hpp"

namespace harmonium {

/// Where a cell stands, for messages.
struct Place {
  const std::string& path;
  Index line = 0;
  Index column = 0;
  std::string text() const;
};

/// Cuts a line into cells, without the spaces and quotes around them. Between quotes separators are text. A separator
/// that is a space may be several. Throws BadData where a quote is not closed.
void cut(std::string_view line, char separator, const Place& place, std::vector<std::string_view>& cells);

/// The separator that the line has most often: a comma, semicolon, tab, bar or space.
char likely_separator(std::string_view line);

/// Whether a cell reads as a number, nan and inf included.
bool looks_like_number(std::string_view cell);

/// Whether a cell says that its value is not known: it is empty, ? or nan in letters of either size.
bool says_missing(std::string_view cell);

/// The value of a cell. Throws BadData, with line and column, for text, empty cells and what is not finite.
float number_in(std::string_view cell, const Place& place);

}  // namespace harmonium
