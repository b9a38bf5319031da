#include "cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

constexpr std::size_t longest_quotation = 40;

/// So many digits are a whole number that float and int hold exactly.
constexpr std::size_t plain_digits = 7;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A cell as messages show it: short, and printable.
std::string shown(std::string_view cell) {
  std::string text(cell.substr(0, longest_quotation));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
  return text + (cell.size() > longest_quotation ? "..." : "");
}

std::errc parse(std::string_view cell, double& value) {
  if (cell.size() > 1 && cell[0] == '+' && cell[1] != '-') cell.remove_prefix(1);
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return end == cell.data() + cell.size() ? error : std::errc::invalid_argument;
}

}  // namespace

std::string Place::text() const { return fmt::format("{}: line {}, column {}", path, line, column); }

void cut(std::string_view line, char separator, const Place& place, std::vector<std::string_view>& cells) {
  cells.clear();
  if (separator == ' ') line = trimmed(line);
  const bool quotes = line.find('"') != std::string_view::npos;
  while (true) {
    std::size_t end = line.find(separator);
    if (quotes) {
      const std::size_t first = line.find_first_not_of(separator == '\t' ? " " : " \t");
      if (first != std::string_view::npos && line[first] == '"') {
        const std::size_t closing = line.find('"', first + 1);
        if (closing == std::string_view::npos)
          throw BadData(Place{place.path, place.line, static_cast<Index>(cells.size()) + 1}.text() +
                        ": a quote is not closed");
        cells.push_back(line.substr(first + 1, closing - first - 1));
        end = line.find(separator, closing);
        if (!trimmed(line.substr(closing + 1, std::min(end, line.size()) - closing - 1)).empty())
          throw BadData(Place{place.path, place.line, static_cast<Index>(cells.size())}.text() +
                        ": there is text behind a closing quote");
      } else {
        cells.push_back(trimmed(line.substr(0, end)));
      }
    } else {
      cells.push_back(trimmed(line.substr(0, end)));
    }
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
    if (separator == ' ') line = line.substr(std::min(line.find_first_not_of(' '), line.size()));
  }
}

char likely_separator(std::string_view line) {
  char likely = ',';
  std::ptrdiff_t most = 0;
  for (const char separator : {',', ';', '\t', '|', ' '}) {
    const auto count = std::count(line.begin(), line.end(), separator);
    // "1, 2, 3" has as many spaces as commas, and more with names in it.
    if (separator == ' ' && most > 0) break;
    if (count > most) {
      most = count;
      likely = separator;
    }
  }
  return likely;
}

bool looks_like_number(std::string_view cell) {
  double value = 0;
  return parse(cell, value) != std::errc::invalid_argument;
}

bool says_missing(std::string_view cell) {
  if (cell.empty() || cell == "?") return true;
  const auto is = [](char c, char small) { return (c | ' ') == small; };
  return cell.size() == 3 && is(cell[0], 'n') && is(cell[1], 'a') && is(cell[2], 'n');
}

float number_in(std::string_view cell, const Place& place) {
  if (!cell.empty() && cell.size() <= plain_digits) {
    int whole = 0;
    bool digits = true;
    for (const char c : cell) {
      digits = digits && c >= '0' && c <= '9';
      whole = 10 * whole + (c - '0');
    }
    if (digits) return static_cast<float>(whole);
  }
  if (says_missing(cell))
    throw BadData(fmt::format("{}: {}; 'missing: true' takes it for an unknown value", place.text(),
                              cell.empty()  ? "the cell is empty"
                              : cell == "?" ? "'?' is not a number"
                                            : fmt::format("'{}' is not a finite number", cell)));
  double value = 0;
  const std::errc error = parse(cell, value);
  if (error == std::errc::invalid_argument)
    throw BadData(fmt::format("{}: '{}' is not a number", place.text(), shown(cell)));
  if (error == std::errc() && !std::isfinite(value))
    throw BadData(fmt::format("{}: '{}' is not a finite number", place.text(), shown(cell)));
  // Out of range is either end; what is too close to zero to be told from it is zero.
  if (error != std::errc()) value = std::strtod(std::string(cell).c_str(), nullptr);
  if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max()))
    throw BadData(fmt::format("{}: '{}' is too large for single precision", place.text(), shown(cell)));
  return static_cast<float>(value);
}

}  // namespace harmonium
