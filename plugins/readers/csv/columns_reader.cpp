#include "columns_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "cells.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/stored_rows.hpp"
#include "lines.hpp"

namespace harmonium {

namespace {

Index class_number(const FoundColumn& column, std::string_view cell, const Place& place) {
  if (cell.empty()) throw BadData(place.text() + empty_cell);
  const auto found = std::find(column.classes.begin(), column.classes.end(), class_name(cell));
  if (found == column.classes.end())
    throw BadData(fmt::format("{}: '{}' is none of the {} of column '{}'", place.text(), cell,
                              column.kind == PartSpec::Kind::binary ? "two values" : "classes", column.name));
  return found - column.classes.begin();
}

float count_in(const FoundColumn& column, std::string_view cell, const Place& place) {
  const float value = number_in(cell, place);
  if (value < 0 || value != std::floor(value))
    throw BadData(fmt::format("{}: '{}' in column '{}' is no count", place.text(), cell, column.name));
  return value;
}

}  // namespace

void ColumnsReader::Part::visit(Visitor& visitor) {
  visitor("name", spec.name);
  visitor("width", spec.width);
  auto kind = static_cast<std::int64_t>(spec.kind);
  visitor("kind", kind);
  visitor("classes", spec.classes);
  visitor("columns", spec.columns);
  if (visitor.loading()) {
    spec.kind = static_cast<PartSpec::Kind>(kind);
    values = std::make_shared<Tensor>();
  }
  visitor("values", *values);
}

void ColumnsReader::State::visit(Visitor& visitor) { visitor("parts", parts); }

void ColumnsReader::describe(NodeType<ColumnsReader>& type) {
  type.says(
      "A table whose columns are of several kinds, from text as reader.csv reads it: its real, binary and count "
      "columns "
      "become one part of the data each, every categorical column a part of its own. Columns that are not named are "
      "left out. model.mixed-rbm shows such data.");
  type.parameter("path", &ColumnsReader::path).required().says("The file.");
  type.parameter("real", &ColumnsReader::real)
      .says("Columns of numbers, by name or, where there is no header, by number from 1: the part 'real'.");
  type.parameter("binary", &ColumnsReader::binary)
      .says(
          "Columns of 0 and 1, or of two other values, of which the second in the order of numbers or the alphabet is "
          "1: the part 'binary'.");
  type.parameter("count", &ColumnsReader::count).says("Columns of whole numbers from 0 on: the part 'count'.");
  type.parameter("category", &ColumnsReader::category)
      .says("Columns of classes: for each a part of its name, one of K.");
  type.parameter("classes", &ColumnsReader::classes)
      .says(
          "The values of binary and categorical columns, in their order; those of the file, sorted, where it has up to "
          "4 MiB of text.");
  type.parameter("header", &ColumnsReader::header)
      .one_of(header_choices())
      .says("Whether the first line names the columns; auto: when none of its cells is a number.");
  type.parameter("separator", &ColumnsReader::separator)
      .says("What separates cells, one character; auto: what the first line has most of, of , ; tab | and space.");
  type.parameter("missing", &ColumnsReader::missing)
      .says(
          "Whether values may be unknown: an empty cell, ? or nan. Nodes that need rows whole refuse them where they "
          "meet one; ask.complete fills them in.");
  type.output<Dataset>("data", "Parts 'real', 'binary' and 'count', where there are such columns, and categories.");
}

ColumnsSchema ColumnsReader::schema() const {
  ColumnsSchema schema{path.path, header, separator, {}, missing};
  const auto add = [&](const std::vector<std::string>& names, PartSpec::Kind kind, const char* parameter) {
    for (std::size_t i = 0; i < names.size(); ++i)
      schema.columns.push_back({names[i], kind, fmt::format("with.{}.{}", parameter, i + 1)});
  };
  add(real, PartSpec::Kind::real, "real");
  add(binary, PartSpec::Kind::binary, "binary");
  add(count, PartSpec::Kind::count, "count");
  add(category, PartSpec::Kind::category, "category");
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const std::string where = fmt::format("with.classes.{}", i + 1);
    const auto found = std::find_if(schema.columns.begin(), schema.columns.end(), [&](const auto& column) {
      return column.name == classes[i]->column &&
             (column.kind == PartSpec::Kind::category || column.kind == PartSpec::Kind::binary);
    });
    if (found == schema.columns.end())
      throw BadPipeline(fmt::format("'{}' is no binary or categorical column here", classes[i]->column), where);
    if (!found->classes.empty())
      throw BadPipeline(fmt::format("the classes of '{}' are listed twice", classes[i]->column), where);
    found->classes = classes[i]->classes;
  }
  return schema;
}

void ColumnsReader::outputs(const Specs&, Specs& out) const {
  if (separator != "auto" && separator.size() != 1)
    return out.problem("with.separator", fmt::format("'{}' is not one character", separator));
  const ColumnsSchema wanted = schema();
  if (wanted.columns.empty()) return out.problem("", "no column is named: real, binary, count or category");
  const ColumnsSurvey survey = survey_columns(wanted, looked_through_bytes);
  for (const FoundColumn& column : survey.columns)
    if (column.classes.empty() && (column.kind == PartSpec::Kind::category || column.kind == PartSpec::Kind::binary))
      return out.problem("with.classes", fmt::format("{} has more than {} MiB of text, too much to be looked through "
                                                     "before the run for the values of '{}'; list them",
                                                     path.path, looked_through_bytes >> 20, column.name));
  out.set<Dataset>("data", {survey.complete ? survey.rows : DataSpec::unknown, parts_of(survey)});
}

ColumnsReader::State ColumnsReader::start(const Inputs&, Context& context) const {
  const ColumnsSurvey survey = survey_columns(schema());
  State state;
  for (PartSpec& spec : parts_of(survey)) {
    const bool one_of_k = spec.kind == PartSpec::Kind::category;
    const Element element = one_of_k ? Element::int32 : Element::float32;
    const Tensor::Shape extents = one_of_k ? Tensor::Shape{survey.rows} : Tensor::Shape{survey.rows, spec.width};
    const bool large = survey.rows > on_disk_from_bytes / bytes_of(element) / (one_of_k ? 1 : spec.width);
    Part part;
    *part.values = large ? context.on_disk(spec.name, element, extents) : Tensor(element, extents);
    part.spec = std::move(spec);
    state.parts.push_back(std::move(part));
  }
  // Where the values of each column go: the part, and the column in it.
  std::vector<std::pair<Part*, Index>> to;
  for (const FoundColumn& column : survey.columns)
    for (Part& part : state.parts) {
      if (part.spec.kind != column.kind) continue;
      if (column.kind == PartSpec::Kind::category && part.spec.name != column.name) continue;
      const auto& names = part.spec.columns;
      to.emplace_back(&part, std::find(names.begin(), names.end(), column.name) - names.begin());
    }

  Lines lines(path.path);
  std::string_view line;
  std::vector<std::string_view> cells;
  if (survey.header) lines.next(line);
  for (Index row = 0; row < survey.rows && lines.next(line); ++row) {
    cut(line, survey.separator, {path.path, lines.number(), 1}, cells);
    check_columns(survey.width, cells.size(), path.path, lines.number());
    for (std::size_t c = 0; c < survey.columns.size(); ++c) {
      const FoundColumn& column = survey.columns[c];
      const std::string_view cell = cells[static_cast<std::size_t>(column.number)];
      const Place place{path.path, lines.number(), column.number + 1};
      Tensor& values = *to[c].first->values;
      const bool unknown = missing && says_missing(cell);
      if (column.kind == PartSpec::Kind::category)
        values.data<std::int32_t>()[row] =
            unknown ? missing_class : static_cast<std::int32_t>(class_number(column, cell, place));
      else if (unknown)
        values.view()(row, to[c].second) = std::numeric_limits<float>::quiet_NaN();
      else
        values.view()(row, to[c].second) = column.kind == PartSpec::Kind::real ? number_in(cell, place)
                                           : column.kind == PartSpec::Kind::count
                                               ? count_in(column, cell, place)
                                               : static_cast<float>(class_number(column, cell, place));
    }
    if ((row + 1) % rows_between_reports == 0)
      context.progress(static_cast<double>(row + 1), static_cast<double>(survey.rows), "rows");
  }
  return state;
}

void ColumnsReader::finish(State& state, const Inputs&, Outputs& out) const {
  DataSpec spec;
  std::vector<std::shared_ptr<const Tensor>> values;
  for (const Part& part : state.parts) {
    spec.parts.push_back(part.spec);
    values.push_back(part.values);
  }
  spec.rows = state.parts.front().values->rows();
  out.set("data", stored_rows(std::move(spec), std::move(values)));
}

}  // namespace harmonium
