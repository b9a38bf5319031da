#include "collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "harmonium/certificate.hpp"
#include "harmonium/errors.hpp"
#include "one_row.hpp"

namespace harmonium {

void throw_other_columns(const Inputs& inputs, Text port, Index i) {
  const auto name = [&](Index k) { return fmt::format("table '{}'", inputs.label(port, k).str()); };
  throw BadData(
      fmt::format("{} has the columns {}, but {} has {}: only tables of the same columns and units can be put together",
                  name(i), fmt::join(inputs.get<Table>(port, i).columns, ", "), name(0),
                  fmt::join(inputs.get<Table>(port, 0).columns, ", ")));
}

std::vector<const Table*> one_row_tables(const Inputs& inputs, Text port) {
  std::vector<const Table*> tables;
  for (Index i = 0; i < inputs.count(port); ++i) {
    const auto& table = inputs.get<Table>(port, i);
    if (table.rows.size() != 1)
      throw BadData(fmt::format("table '{}' has {} rows; only tables of one row can be put together",
                                inputs.label(port, i).str(), table.rows.size()));
    tables.push_back(&table);
    if (table.columns != tables[0]->columns || table.units != tables[0]->units) throw_other_columns(inputs, port, i);
  }
  return tables;
}

namespace {

/// Whether a column has that name, or has it with the kind of rows it was measured on: "log-likelihood of drawn rows".
bool is_called(const std::string& column, const std::string& name) {
  return column == name || (column.starts_with(name + " of ") && column.ends_with(" rows"));
}

/// Columns and their units, in the order of the names that ask for them, then of the tables. Throws BadData where no
/// table has one of some name, where a table has none of any, or in another unit than a table before.
void choose_columns(const std::vector<std::string>& names, const Inputs& inputs, Table& all) {
  std::vector<bool> of_table(static_cast<std::size_t>(inputs.count("table")), false);
  for (const std::string& name : names) {
    bool any = false;
    for (Index i = 0; i < inputs.count("table"); ++i) {
      const auto& table = inputs.get<Table>("table", i);
      const std::string label = inputs.label("table", i).str();
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        if (!is_called(table.columns[c], name)) continue;
        any = of_table[static_cast<std::size_t>(i)] = true;
        const auto found = std::find(all.columns.begin(), all.columns.end(), table.columns[c]);
        if (found == all.columns.end()) {
          all.columns.push_back(table.columns[c]);
          all.units.push_back(table.units.at(c));
        } else if (const std::string& unit = all.units[static_cast<std::size_t>(found - all.columns.begin())];
                   unit != table.units.at(c)) {
          throw BadData(fmt::format("the column '{}' of table '{}' is in '{}', that of a table before it in '{}'",
                                    table.columns[c], label, table.units[c], unit));
        }
      }
    }
    if (!any) throw BadData(fmt::format("no table has a column '{}'", name));
  }
  for (Index i = 0; i < inputs.count("table"); ++i)
    if (!of_table[static_cast<std::size_t>(i)])
      throw BadData(fmt::format("table '{}' has none of these columns: {}; it has {}", inputs.label("table", i).str(),
                                fmt::join(names, ", "), fmt::join(inputs.get<Table>("table", i).columns, ", ")));
}

/// The values of a row of a table in the order of the columns wanted; not a number where the table has none of them.
std::vector<double> arranged(const Table& table, const Table::Row& row, const std::vector<std::string>& columns) {
  std::vector<double> values;
  for (const std::string& column : columns) {
    const auto found = std::find(table.columns.begin(), table.columns.end(), column);
    values.push_back(found == table.columns.end()
                         ? std::numeric_limits<double>::quiet_NaN()
                         : row.values.at(static_cast<std::size_t>(found - table.columns.begin())));
  }
  return values;
}

/// Highest first, by the first column of that name in which a row has a value: those of other columns cannot be
/// compared and follow by themselves. Rows that cannot be trusted, or have no value, keep their order behind all
/// others. Throws BadData where there is no such column.
void sort_best_first(Table& table, const std::string& name) {
  std::vector<std::size_t> called;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (is_called(table.columns[c], name)) called.push_back(c);
  if (called.empty())
    throw BadData(
        fmt::format("there is no column '{}' to sort by; there are {}", name, fmt::join(table.columns, ", ")));
  // Smaller is earlier.
  const auto place = [&](const Table::Row& row) {
    if (trusted(row.verdict))
      for (const std::size_t c : called)
        if (!std::isnan(row.values[c])) return std::pair(c, -row.values[c]);
    return std::pair(table.columns.size(), 0.0);
  };
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [&](const Table::Row& a, const Table::Row& b) { return place(a) < place(b); });
}

}  // namespace

void Collect::describe(NodeType<Collect>& type) {
  type.says(
          "Puts tables under each other, each row with the label of its table: the values of an 'each', or the nodes "
          "of a list. Rows of a table of several have their own label after it.")
      .list_input<Table>("table", "Tables with the same columns, or with those that are named.")
      .output<Table>("table", "The rows of all tables.");
  type.parameter("labels", &Collect::labels)
      .says(
          "Names for the tables, in their order; else their labels. Of a table of several rows an empty name leaves "
          "those of its rows alone.");
  type.parameter("columns", &Collect::columns)
      .says(
          "The columns that are kept, so that tables may differ in others; else all, which must be the same. A table "
          "that lacks some of them has no value there. "
          "Likelihoods of rows that were made binary in different ways, 'log-likelihood of drawn rows' and "
          "'log-likelihood of thresholded rows', are both 'log-likelihood' and keep columns of their own.");
  type.parameter("best_first", &Collect::best_first)
      .says(
          "A column by which rows are sorted, the highest value first, likelihoods of one kind of rows after those of "
          "another; rows whose verdict says that they cannot be trusted follow unsorted. Else rows keep the order of "
          "the tables.");
  type.parameter("title", &Collect::title).says("What the table is about; else the title of the first table.");
}

void Collect::outputs(const Specs& inputs, Specs& outputs) const {
  const Index tables = inputs.count("table");
  if (!labels.empty() && static_cast<Index>(labels.size()) != tables)
    outputs.problem("with.labels", fmt::format("{} labels for {} tables", labels.size(), tables));
}

Outputs Collect::run(const Inputs& inputs, Context&) const {
  if (inputs.count("table") == 0) throw BadData("there are no tables to put together");
  const auto& first = inputs.get<Table>("table", 0);
  Table all{title.empty() ? first.title : title, "run", {}, {}, {}};
  if (columns.empty()) {
    all.columns = first.columns;
    all.units = first.units;
  } else {
    choose_columns(columns, inputs, all);
  }
  for (Index i = 0; i < inputs.count("table"); ++i) {
    const auto& table = inputs.get<Table>("table", i);
    if (columns.empty() && (table.columns != first.columns || table.units != first.units))
      throw_other_columns(inputs, "table", i);
    const std::string label = labels.empty() ? inputs.label("table", i).str() : labels[static_cast<std::size_t>(i)];
    for (const Table::Row& row : table.rows)
      all.rows.push_back({table.rows.size() == 1 ? label
                          : label.empty()        ? row.label
                                                 : label + ", " + row.label,
                          arranged(table, row, all.columns), row.verdict});
  }
  if (!best_first.empty()) sort_best_first(all, best_first);
  Outputs outputs;
  outputs.set("table", std::move(all));
  return outputs;
}

}  // namespace harmonium
