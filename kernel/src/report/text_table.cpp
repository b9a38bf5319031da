#include "report/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace harmonium::report {

namespace {

/// Characters, not bytes, of UTF-8 text.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Decimals that give the column's largest value four digits; -1 where magnitudes ask for powers of ten.
int decimals_for(const Table& table, std::size_t column) {
  constexpr int most = 6;
  double largest = 0;
  bool whole = true;
  for (const Table::Row& row : table.rows) {
    const double value = column < row.values.size() ? row.values[column] : 0;
    if (!std::isfinite(value)) continue;
    largest = std::max(largest, std::abs(value));
    whole = whole && value == std::floor(value);
  }
  if (largest >= 1e9) return -1;
  if (whole) return 0;
  const int decimals = 3 - static_cast<int>(std::floor(std::log10(largest)));
  return decimals > most ? -1 : std::max(decimals, 0);
}

}  // namespace

bool has_verdicts(const Table& table) {
  return std::any_of(table.rows.begin(), table.rows.end(), [](const Table::Row& row) { return !row.verdict.empty(); });
}

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::row(std::vector<std::string> cells) {
  if (cells.size() > columns_.size()) throw std::logic_error("a row with more cells than the table has columns");
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::string> headings;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    headings.push_back(column.heading);
    widths.push_back(width(column.heading));
  }
  for (const auto& cells : rows_)
    for (std::size_t j = 0; j < cells.size(); ++j) widths[j] = std::max(widths[j], width(cells[j]));
  std::string all;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t j = 0; j < cells.size(); ++j) {
      const std::string blanks(widths[j] - width(cells[j]), ' ');
      text += (j ? "  " : "") + (columns_[j].right ? blanks + cells[j] : cells[j] + blanks);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    all += text + "\n";
  };
  if (std::any_of(headings.begin(), headings.end(), [](const std::string& heading) { return !heading.empty(); }))
    line(headings);
  for (const auto& cells : rows_) line(cells);
  return all;
}

std::string text_of(const Table& table) {
  const bool labelled =
      std::any_of(table.rows.begin(), table.rows.end(), [](const Table::Row& row) { return !row.label.empty(); });
  std::vector<TextTable::Column> columns;
  std::vector<int> decimals;
  if (labelled) columns.push_back({table.rows_are, false});
  for (std::size_t j = 0; j < table.columns.size(); ++j) {
    const std::string unit = j < table.units.size() ? table.units[j] : "";
    columns.push_back({unit.empty() ? table.columns[j] : fmt::format("{} ({})", table.columns[j], unit), true});
    decimals.push_back(decimals_for(table, j));
  }
  const bool judged = has_verdicts(table);
  if (judged) columns.push_back({"verdict", false});
  TextTable text(std::move(columns));
  // Of a long one the beginning and the end: it is in a file as well.
  constexpr std::size_t most = 24, first = 6, last = 16;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (table.rows.size() > most && i == first) {
      text.row({fmt::format("... {} rows ...", table.rows.size() - first - last)});
      i = table.rows.size() - last;
    }
    const Table::Row& row = table.rows[i];
    std::vector<std::string> cells;
    if (labelled) cells.push_back(row.label);
    for (std::size_t j = 0; j < std::min(table.columns.size(), row.values.size()); ++j)
      cells.push_back(std::isnan(row.values[j]) ? "-"
                      : decimals[j] < 0         ? fmt::format("{:.4g}", row.values[j])
                                                : fmt::format("{:.{}f}", row.values[j], decimals[j]));
    if (judged) {
      cells.resize(table.columns.size() + (labelled ? 1 : 0));
      cells.push_back(row.verdict);
    }
    text.row(std::move(cells));
  }
  return (table.title.empty() ? "" : table.title + "\n") + text.text();
}

nlohmann::ordered_json json_of(const Table& table) {
  using nlohmann::ordered_json;
  ordered_json rows = ordered_json::array();
  for (const Table::Row& row : table.rows) {
    ordered_json one = {{"label", row.label}, {"values", row.values}};
    if (!row.verdict.empty()) one["verdict"] = row.verdict;
    rows.push_back(std::move(one));
  }
  return {{"title", table.title},
          {"rows_are", table.rows_are},
          {"columns", table.columns},
          {"units", table.units},
          {"rows", std::move(rows)}};
}

}  // namespace harmonium::report
