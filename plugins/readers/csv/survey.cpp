#include "survey.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "cells.hpp"
#include "harmonium/errors.hpp"
#include "lines.hpp"

namespace harmonium {

namespace {

/// Numbers up to here are whole in double.
constexpr double largest_whole = 9e15;

Index label_column(const CsvFormat& format, const std::vector<std::string_view>& names, bool header) {
  const auto columns = static_cast<Index>(names.size());
  const std::string& label = format.label;
  if (label == "none" || label.empty()) return -1;
  if (columns < 2)
    throw BadPipeline(fmt::format("{} has one column only, which cannot be both label and features", format.path),
                      "with.label");
  if (label == "first") return 0;
  if (label == "last") return columns - 1;
  Index number = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  if (error == std::errc() && end == label.data() + label.size()) {
    if (number >= 1 && number <= columns) return number - 1;
    throw BadPipeline(
        fmt::format("{} has columns 1 to {}, so column {} cannot be the label", format.path, columns, number),
        "with.label");
  }
  if (!header)
    throw BadPipeline(fmt::format("no column can be called '{}', since {} has no header", label, format.path),
                      "with.label");
  const auto found = std::find(names.begin(), names.end(), label);
  if (found == names.end())
    throw BadPipeline(
        fmt::format("{} has no column '{}'; its columns are {}", format.path, label, fmt::join(names, ", ")),
        "with.label");
  return found - names.begin();
}

}  // namespace

std::vector<std::string> header_choices() { return {"auto", "yes", "no", "true", "false"}; }

bool has_header(const std::string& header, const std::vector<std::string_view>& cells, bool missing) {
  if (header != "auto") return header == "yes" || header == "true";
  return std::none_of(cells.begin(), cells.end(), [&](std::string_view cell) {
    return cell.empty() || looks_like_number(cell) || (missing && says_missing(cell));
  });
}

void sort_classes(std::vector<std::string>& classes) {
  const bool numbers =
      std::all_of(classes.begin(), classes.end(), [](const auto& name) { return looks_like_number(name); });
  if (!numbers) return std::sort(classes.begin(), classes.end());
  std::sort(classes.begin(), classes.end(), [](const std::string& a, const std::string& b) {
    const double x = std::strtod(a.c_str(), nullptr), y = std::strtod(b.c_str(), nullptr);
    return x != y ? x < y : a < b;
  });
}

std::string class_name(std::string_view cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  const bool whole = error == std::errc() && end == cell.data() + cell.size() && std::abs(value) < largest_whole &&
                     value == std::trunc(value);
  return whole ? fmt::format("{}", static_cast<std::int64_t>(value)) : std::string(cell);
}

void check_columns(Index columns, std::size_t cells, const std::string& path, Index line) {
  const auto count = static_cast<Index>(cells);
  if (count == columns) return;
  // The first column that is missing or too many.
  const Place place{path, line, std::min(count, columns) + 1};
  throw BadData(fmt::format("{}: the line has {} column{}, the first one has {}", place.text(), count,
                            count == 1 ? "" : "s", columns));
}

CsvSurvey survey_csv(const CsvFormat& format, Index most_bytes) {
  CsvSurvey survey;
  Lines lines(format.path);
  std::string_view line;
  if (!lines.next(line)) throw BadData(fmt::format("{} is empty", format.path));

  survey.separator = format.separator == "auto" ? likely_separator(line) : format.separator[0];
  std::vector<std::string_view> cells;
  cut(line, survey.separator, {format.path, lines.number(), 1}, cells);
  survey.columns = static_cast<Index>(cells.size());
  survey.header = has_header(format.header, cells, format.missing);
  survey.label = label_column(format, cells, survey.header);

  for (const std::string& name : format.classes) {
    survey.classes.push_back(class_name(name));
    if (std::count(survey.classes.begin(), survey.classes.end(), survey.classes.back()) > 1)
      throw BadPipeline(fmt::format("the class '{}' is named twice", survey.classes.back()), "with.classes");
  }
  const bool look_for_classes = survey.label >= 0 && survey.classes.empty();
  std::set<std::string, std::less<>> found;
  bool more = survey.header ? lines.next(line) : true;
  for (; more; more = lines.next(line)) {
    if (lines.consumed() > most_bytes && survey.rows > 0) return survey;
    ++survey.rows;
    if (!look_for_classes) continue;
    const Place place{format.path, lines.number(), survey.label + 1};
    cut(line, survey.separator, place, cells);
    check_columns(survey.columns, cells.size(), format.path, lines.number());
    const std::string_view label = cells[static_cast<std::size_t>(survey.label)];
    if (format.missing && says_missing(label)) continue;
    if (label.empty()) throw BadData(place.text() + ": the label is empty");
    found.insert(class_name(label));
    if (found.size() > most_classes)
      throw BadData(fmt::format("{}: the label column has more than {} different values, so it names no classes",
                                place.text(), most_classes));
  }
  if (survey.rows == 0) throw BadData(fmt::format("{} has a header, but no rows", format.path));
  survey.complete = true;
  if (look_for_classes) {
    survey.classes.assign(found.begin(), found.end());
    sort_classes(survey.classes);
  }
  return survey;
}

}  // namespace harmonium
