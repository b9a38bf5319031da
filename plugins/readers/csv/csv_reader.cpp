#include "csv_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>

#include "cells.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/stored_rows.hpp"
#include "lines.hpp"
#include "survey.hpp"

namespace harmonium {

namespace {

CsvFormat format_of(const CsvReader& node) {
  return {node.path.path, node.label, node.header, node.separator, node.classes, node.missing};
}

DataSpec make_spec(const CsvReader& node, Index rows, Index width, const std::vector<std::string>& classes) {
  DataSpec spec;
  spec.rows = rows;
  spec.parts.push_back({"features", width, node.shape, PartSpec::Kind::real, {}});
  if (!classes.empty())
    spec.parts.push_back({"label", static_cast<Index>(classes.size()), {}, PartSpec::Kind::category, classes});
  return spec;
}

/// Finds the number of a class by its name; rows often have the same class as the one before, or the same text.
class ClassNumbers {
 public:
  explicit ClassNumbers(const std::vector<std::string>& classes) {
    for (const std::string& name : classes) numbers_.emplace(name, static_cast<std::int32_t>(numbers_.size()));
  }
  std::int32_t find(std::string_view cell, const Place& place) const {
    auto found = numbers_.find(cell);
    if (found == numbers_.end()) found = numbers_.find(class_name(cell));
    if (found == numbers_.end()) throw BadData(fmt::format("{}: '{}' is none of the classes", place.text(), cell));
    return found->second;
  }

 private:
  std::map<std::string, std::int32_t, std::less<>> numbers_;
};

}  // namespace

void CsvReader::State::visit(Visitor& visitor) {
  visitor("features", *features);
  visitor("labels", *labels);
  visitor("classes", classes);
}

void CsvReader::describe(NodeType<CsvReader>& type) {
  type.says("Rows, and labels among them, from text: a line a row, cells separated by commas, plain or gzip.");
  type.parameter("path", &CsvReader::path).required().says("The file.");
  type.parameter("label", &CsvReader::label)
      .says("The column of the label: none, first, last, its name, or its number from 1.");
  type.parameter("header", &CsvReader::header)
      .one_of(header_choices())
      .says("Whether the first line names the columns; auto: when none of its cells is a number.");
  type.parameter("separator", &CsvReader::separator)
      .says("What separates cells, one character; auto: what the first line has most of, of , ; tab | and space.");
  type.parameter("shape", &CsvReader::shape)
      .says("The image shape of a row: [rows, columns] or [channels, rows, columns].");
  type.parameter("classes", &CsvReader::classes)
      .says("The labels that there are, in their order; may be left out where the file has up to 4 MiB of text.");
  type.parameter("missing", &CsvReader::missing)
      .says(
          "Whether values may be unknown: an empty cell, ? or nan. Nodes that need rows whole refuse them where they "
          "meet one; ask.complete fills them in.");
  type.output<Dataset>("data", "Parts 'features' and, with a label column, 'label' (one of K).");
}

void CsvReader::outputs(const Specs&, Specs& out) const {
  if (separator != "auto" && separator.size() != 1)
    return out.problem("with.separator", fmt::format("'{}' is not one character", separator));
  const CsvSurvey survey = survey_csv(format_of(*this), looked_through_bytes);
  Index product = 1;
  for (const std::int64_t extent : shape)
    if (extent < 1 || __builtin_mul_overflow(product, extent, &product)) product = -1;
  if (!shape.empty() && product != survey.width())
    out.problem("with.shape", fmt::format("a shape of {} does not have the {} values of a row of {}",
                                          fmt::join(shape, " x "), survey.width(), path.path));
  if (survey.label >= 0 && survey.classes.empty())
    return out.problem("with.classes", fmt::format("{} has more than {} MiB of text, too much to be looked through for "
                                                   "its classes before the run; name them, as in [a, b, c]",
                                                   path.path, looked_through_bytes >> 20));
  out.set<Dataset>("data", make_spec(*this, survey.complete ? survey.rows : DataSpec::unknown, survey.width(),
                                     survey.label >= 0 ? survey.classes : std::vector<std::string>{}));
}

CsvReader::State CsvReader::start(const Inputs&, Context& context) const {
  const CsvSurvey survey = survey_csv(format_of(*this));
  const bool labelled = survey.label >= 0;
  State state;
  if (labelled) state.classes = survey.classes;
  const Tensor::Shape extents{survey.rows, survey.width()};
  const bool large = survey.rows > on_disk_from_bytes / bytes_of(Element::float32) / std::max<Index>(survey.width(), 1);
  *state.features = large ? context.on_disk("features", Element::float32, extents) : Tensor(Element::float32, extents);
  *state.labels = Tensor::of<std::int32_t>({labelled ? survey.rows : 0});
  const ClassNumbers numbers(state.classes);

  Lines lines(path.path);
  std::string_view line;
  std::vector<std::string_view> cells;
  if (survey.header) lines.next(line);
  for (Index row = 0; row < survey.rows && lines.next(line); ++row) {
    cut(line, survey.separator, {path.path, lines.number(), 1}, cells);
    check_columns(survey.columns, cells.size(), path.path, lines.number());
    float* to = state.features->view().row(row).data;
    for (Index column = 0; column < survey.columns; ++column) {
      const std::string_view cell = cells[static_cast<std::size_t>(column)];
      const Place place{path.path, lines.number(), column + 1};
      const bool unknown = missing && says_missing(cell);
      if (column == survey.label)
        state.labels->data<std::int32_t>()[row] = unknown ? missing_class : numbers.find(cell, place);
      else
        *to++ = unknown ? std::numeric_limits<float>::quiet_NaN() : number_in(cell, place);
    }
    if ((row + 1) % rows_between_reports == 0)
      context.progress(static_cast<double>(row + 1), static_cast<double>(survey.rows), "rows");
  }
  return state;
}

void CsvReader::finish(State& state, const Inputs&, Outputs& out) const {
  std::vector<std::shared_ptr<const Tensor>> parts{state.features};
  if (!state.classes.empty()) parts.push_back(state.labels);
  out.set("data", stored_rows(make_spec(*this, state.features->rows(), state.features->columns(), state.classes),
                              std::move(parts)));
}

}  // namespace harmonium
