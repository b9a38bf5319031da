#include "collect.hpp"

#include <fmt/format.h>

#include <algorithm>

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

/// Where the columns wanted are in a table. Throws BadData naming one that it lacks, or that is of another unit there.
std::vector<std::size_t> places_of(const std::vector<std::string>& columns, const std::vector<std::string>& units,
                                   const Table& table, const std::string& name) {
  std::vector<std::size_t> places;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto found = std::find(table.columns.begin(), table.columns.end(), columns[c]);
    if (found == table.columns.end())
      throw BadData(
          fmt::format("table '{}' has no column '{}'; it has {}", name, columns[c], fmt::join(table.columns, ", ")));
    places.push_back(static_cast<std::size_t>(found - table.columns.begin()));
    if (!units.empty() && table.units.at(places.back()) != units[c])
      throw BadData(fmt::format("the column '{}' of table '{}' is in '{}', that of the first table in '{}'", columns[c],
                                name, table.units[places.back()], units[c]));
  }
  return places;
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
      .says("The columns that are kept, so that tables may differ in others; else all, which must be the same.");
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
  Table all{title.empty() ? first.title : title, "run", columns.empty() ? first.columns : columns, {}, {}};
  for (Index i = 0; i < inputs.count("table"); ++i) {
    const auto& table = inputs.get<Table>("table", i);
    const std::string name = inputs.label("table", i).str();
    if (columns.empty() && (table.columns != first.columns || table.units != first.units))
      throw_other_columns(inputs, "table", i);
    const std::vector<std::size_t> places = places_of(all.columns, all.units, table, name);
    if (i == 0)
      for (const std::size_t place : places) all.units.push_back(table.units.at(place));
    const std::string label = labels.empty() ? name : labels[static_cast<std::size_t>(i)];
    for (const Table::Row& row : table.rows) {
      Table::Row kept{table.rows.size() == 1 ? label : label.empty() ? row.label : label + ", " + row.label, {}};
      for (const std::size_t place : places) kept.values.push_back(row.values.at(place));
      all.rows.push_back(std::move(kept));
    }
  }
  Outputs outputs;
  outputs.set("table", std::move(all));
  return outputs;
}

}  // namespace harmonium
