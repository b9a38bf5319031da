#include "columns_survey.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "cells.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/type.hpp"
#include "lines.hpp"

namespace harmonium {

namespace {

using Kind = PartSpec::Kind;
using Distinct = std::set<std::string, std::less<>>;

/// Columns of several kinds, in the order of their parts.
struct Group {
  Kind kind;
  const char* name;
};
constexpr Group groups[] = {{Kind::real, "real"}, {Kind::binary, "binary"}, {Kind::count, "count"}};

std::vector<std::string> names_in(const std::vector<std::string_view>& cells, bool header) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < cells.size(); ++i)
    names.push_back(header ? std::string(cells[i]) : std::to_string(i + 1));
  return names;
}

/// The place of a column by its name, or by its number where it has no name.
Index find_column(const std::vector<std::string>& names, const ColumnsSchema::Named& wanted, const std::string& path) {
  const auto found = std::find(names.begin(), names.end(), wanted.name);
  if (found != names.end()) {
    if (std::find(found + 1, names.end(), wanted.name) != names.end())
      throw BadPipeline(fmt::format("{} has several columns '{}'", path, wanted.name), wanted.where);
    return found - names.begin();
  }
  throw BadPipeline(fmt::format("{} has no column '{}'; its columns are {}", path, wanted.name, fmt::join(names, ", ")),
                    wanted.where);
}

std::vector<FoundColumn> find_columns(const ColumnsSchema& schema, const std::vector<std::string>& names) {
  std::vector<FoundColumn> all;
  for (const ColumnsSchema::Named& wanted : schema.columns) {
    FoundColumn column{wanted.name, wanted.kind, find_column(names, wanted, schema.path), {}};
    for (const FoundColumn& other : all)
      if (other.number == column.number)
        throw BadPipeline(fmt::format("column '{}' is named twice", wanted.name), wanted.where);
    if (column.kind == Kind::category)
      for (const Group& group : groups)
        if (column.name == group.name)
          throw BadPipeline(
              fmt::format("a categorical column is a part of its own, which cannot be called '{}'", group.name),
              wanted.where);
    for (const std::string& name : wanted.classes) {
      column.classes.push_back(class_name(name));
      if (std::count(column.classes.begin(), column.classes.end(), column.classes.back()) > 1)
        throw BadPipeline(
            fmt::format("the class '{}' of column '{}' is named twice", column.classes.back(), column.name),
            "with.classes");
    }
    if (column.kind == Kind::binary && !column.classes.empty() && column.classes.size() != 2)
      throw BadPipeline(fmt::format("binary column '{}' has 2 values, not {}", column.name, column.classes.size()),
                        "with.classes");
    all.push_back(std::move(column));
  }
  return all;
}

bool has_classes(const FoundColumn& column) { return column.kind == Kind::category || column.kind == Kind::binary; }

void note(const FoundColumn& column, std::string_view cell, const Place& place, Distinct& distinct) {
  if (cell.empty()) throw BadData(place.text() + empty_cell);
  if (cell == "?")
    throw BadData(place.text() +
                  ": '?' names no class; 'missing: true' takes it for an unknown value, 'classes' for one");
  const std::string name = class_name(cell);
  if (distinct.contains(name)) return;
  if (column.kind == Kind::binary && distinct.size() == 2)
    throw BadData(fmt::format("{}: '{}' is a third value of the binary column '{}', beside '{}' and '{}'", place.text(),
                              name, column.name, *distinct.begin(), *distinct.rbegin()));
  distinct.insert(name);
  if (distinct.size() > most_classes)
    throw BadData(fmt::format("{}: column '{}' has more than {} different values, so it names no classes", place.text(),
                              column.name, most_classes));
}

std::vector<std::string> classes_in(const FoundColumn& column, const Distinct& distinct) {
  // What is 0 or 1 means it, also where only one of them occurs.
  if (column.kind == Kind::binary &&
      std::all_of(distinct.begin(), distinct.end(), [](const auto& name) { return name == "0" || name == "1"; }))
    return {"0", "1"};
  std::vector<std::string> classes(distinct.begin(), distinct.end());
  sort_classes(classes);
  return classes;
}

}  // namespace

void ColumnClasses::describe(ValueType<ColumnClasses>& type) {
  type.says("The classes of a column, in their order.").from_map();
  type.parameter("column", &ColumnClasses::column).required().example("city").says("The name of the column.");
  type.parameter("classes", &ColumnClasses::classes)
      .required()
      .example("[Lund, Uppsala]")
      .says("Its classes; of a binary column what 0 and 1 are written as.");
}

ColumnsSurvey survey_columns(const ColumnsSchema& schema, Index most_bytes) {
  ColumnsSurvey survey;
  Lines lines(schema.path);
  std::string_view line;
  if (!lines.next(line)) throw BadData(fmt::format("{} is empty", schema.path));
  survey.separator = schema.separator == "auto" ? likely_separator(line) : schema.separator[0];
  std::vector<std::string_view> cells;
  cut(line, survey.separator, {schema.path, lines.number(), 1}, cells);
  survey.header = has_header(schema.header, cells, schema.missing);
  survey.width = static_cast<Index>(cells.size());
  survey.columns = find_columns(schema, names_in(cells, survey.header));

  std::vector<Distinct> distinct(survey.columns.size());
  bool more = survey.header ? lines.next(line) : true;
  for (; more; more = lines.next(line)) {
    if (lines.consumed() > most_bytes && survey.rows > 0) return survey;
    ++survey.rows;
    cut(line, survey.separator, {schema.path, lines.number(), 1}, cells);
    check_columns(survey.width, cells.size(), schema.path, lines.number());
    for (std::size_t c = 0; c < survey.columns.size(); ++c) {
      const FoundColumn& column = survey.columns[c];
      const std::string_view cell = cells[static_cast<std::size_t>(column.number)];
      if (has_classes(column) && column.classes.empty() && !(schema.missing && says_missing(cell)))
        note(column, cell, {schema.path, lines.number(), column.number + 1}, distinct[c]);
    }
  }
  if (survey.rows == 0) throw BadData(fmt::format("{} has a header, but no rows", schema.path));
  survey.complete = true;
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    FoundColumn& column = survey.columns[c];
    if (!has_classes(column) || !column.classes.empty()) continue;
    column.classes = classes_in(column, distinct[c]);
    if (column.classes.empty())
      throw BadData(fmt::format("{}: all values of column '{}' are missing", schema.path, column.name));
    if (column.kind == Kind::binary && column.classes.size() != 2)
      throw BadData(
          fmt::format("{}: the binary column '{}' has the one value '{}'; list the values under 'classes' to "
                      "say which is 1",
                      schema.path, column.name, column.classes.front()));
  }
  return survey;
}

std::vector<PartSpec> parts_of(const ColumnsSurvey& survey) {
  std::vector<PartSpec> parts;
  for (const Group& group : groups) {
    PartSpec part{group.name, 0, {}, group.kind, {}};
    for (const FoundColumn& column : survey.columns)
      if (column.kind == group.kind) part.columns.push_back(column.name);
    part.width = static_cast<Index>(part.columns.size());
    if (part.width > 0) parts.push_back(std::move(part));
  }
  for (const FoundColumn& column : survey.columns)
    if (column.kind == Kind::category)
      parts.push_back({column.name, static_cast<Index>(column.classes.size()), {}, Kind::category, column.classes});
  return parts;
}

}  // namespace harmonium
