#include "cli/answer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <vector>

#include "harmonium/missing.hpp"
#include "harmonium/npy.hpp"
#include "run/results.hpp"

namespace harmonium::cli {

namespace {

constexpr Index rows_at_once = 1000;

Index class_of(Span<const float> row) { return std::max_element(row.begin(), row.end()) - row.begin(); }

/// Calls each(part, values of it) for every part of every row, and end() after each row.
template <class Each, class End>
void for_each_row(const Dataset& data, const std::set<std::string>& without, Each&& each, End&& end) {
  const std::vector<PartSpec>& parts = data.spec().parts;
  for (Index first = 0; first < data.rows(); first += rows_at_once) {
    const Index count = std::min(rows_at_once, data.rows() - first);
    std::vector<Tensor> blocks;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      blocks.push_back(Tensor::matrix(count, parts[p].width));
      read_with_missing(data, static_cast<Index>(p), first, count, blocks.back().view());
    }
    for (Index i = 0; i < count; ++i) {
      for (std::size_t p = 0; p < parts.size(); ++p)
        if (!without.contains(parts[p].name)) each(parts[p], Span<const float>(blocks[p].view().row(i)));
      end();
    }
  }
}

/// Whether a cell would be read as a name: not as a number, as missing or as the end of a quotation.
bool says_a_name(const std::string& cell) {
  if (cell.empty() || cell == "?" || cell.find_first_of("\"\r\n") != std::string::npos) return false;
  const char* first = cell.data() + (cell.front() == '+' ? 1 : 0);
  const char* end = cell.data() + cell.size();
  double value = 0;
  const auto read = std::from_chars(first, end, value);
  return read.ec == std::errc::invalid_argument || read.ptr != end;
}

/// A line of names, where columns of some part have any.
std::string header_of(const Dataset& data, const std::set<std::string>& without) {
  std::vector<std::string> names;
  bool any = false, readable = true;
  for (const PartSpec& part : data.spec().parts) {
    if (without.contains(part.name)) continue;
    const Index cells = part.kind == PartSpec::Kind::category ? 1 : part.width;
    const bool named = static_cast<Index>(part.columns.size()) == cells;
    any = any || named;
    for (Index c = 0; c < cells; ++c) {
      const std::string name =
          named ? part.columns[static_cast<std::size_t>(c)] : part.name + (cells > 1 ? fmt::format(".{}", c + 1) : "");
      readable = readable && says_a_name(name);
      names.push_back(run::csv_field(name));
    }
  }
  const std::string line = fmt::format("{}", fmt::join(names, ","));
  // What a reader would take for the separator is the character that the line has most of.
  const auto count = [&](char letter) { return std::count(line.begin(), line.end(), letter); };
  for (const char separator : {';', '\t', '|', ' '})
    readable = readable && (count(separator) == 0 || count(separator) < count(','));
  return any && readable ? line + "\n" : "";
}

void append(std::string& bytes, const void* values, std::size_t size) {
  bytes.append(static_cast<const char*>(values), size);
}

}  // namespace

std::string csv_of(const Dataset& data, const std::set<std::string>& without) {
  std::string text = header_of(data, without);
  bool first = true;
  for_each_row(
      data, without,
      [&](const PartSpec& part, Span<const float> row) {
        const auto cell = [&](const auto& value) {
          fmt::format_to(std::back_inserter(text), "{}{}", first ? "" : ",", value);
          first = false;
        };
        if (part.kind != PartSpec::Kind::category)
          for (const float value : row) cell(value);
        else if (row[0] == row[0])
          cell(run::csv_field(part.classes.at(static_cast<std::size_t>(class_of(row)))));
        else
          cell("nan");
      },
      [&] {
        text += '\n';
        first = true;
      });
  return text;
}

std::string npy_of(const Dataset& data, const std::set<std::string>& without) {
  Index columns = 0;
  for (const PartSpec& part : data.spec().parts)
    if (!without.contains(part.name)) columns += part.kind == PartSpec::Kind::category ? 1 : part.width;
  std::string bytes = write_npy_header(Element::float32, {data.rows(), columns});
  for_each_row(
      data, without,
      [&](const PartSpec& part, Span<const float> row) {
        if (part.kind != PartSpec::Kind::category) {
          append(bytes, row.data, static_cast<std::size_t>(row.size) * sizeof(float));
          return;
        }
        const float number = row[0] == row[0] ? static_cast<float>(class_of(row)) : row[0];
        append(bytes, &number, sizeof number);
      },
      [] {});
  return bytes;
}

std::string npy_of(const Table& table) {
  const auto rows = static_cast<Index>(table.rows.size()), columns = static_cast<Index>(table.columns.size());
  std::string bytes = write_npy_header(Element::float64, {rows, columns});
  for (const Table::Row& row : table.rows) append(bytes, row.values.data(), row.values.size() * sizeof(double));
  return bytes;
}

}  // namespace harmonium::cli
