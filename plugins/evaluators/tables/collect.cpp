#include "collect.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "one_row.hpp"

namespace harmonium {

std::vector<const Table*> one_row_tables(const Inputs& inputs, Text port) {
  std::vector<const Table*> tables;
  for (Index i = 0; i < inputs.count(port); ++i) {
    const auto& table = inputs.get<Table>(port, i);
    const auto name = [&](Index k) { return fmt::format("table '{}'", inputs.label(port, k).str()); };
    if (table.rows.size() != 1)
      throw BadData(
          fmt::format("{} has {} rows; only tables of one row can be put together", name(i), table.rows.size()));
    if (table.columns != (tables.empty() ? table.columns : tables[0]->columns) ||
        table.units != (tables.empty() ? table.units : tables[0]->units))
      throw BadData(
          fmt::format("{} has the columns {}, but {} has {}: only tables of the same columns and units can be "
                      "put together",
                      name(i), fmt::join(table.columns, ", "), name(0), fmt::join(tables[0]->columns, ", ")));
    tables.push_back(&table);
  }
  return tables;
}

void Collect::describe(NodeType<Collect>& type) {
  type.says(
          "Puts tables of one row under each other, each row with the label of its table: the values of an 'each', or "
          "the nodes of a list.")
      .list_input<Table>("table", "Tables of one row with the same columns.")
      .output<Table>("table", "A row for each table.");
  type.parameter("labels", &Collect::labels).says("Names for the rows, in the order of the tables; else their labels.");
  type.parameter("title", &Collect::title).says("What the table is about; else the title of the first table.");
}

void Collect::outputs(const Specs& inputs, Specs& outputs) const {
  const Index tables = inputs.count("table");
  if (!labels.empty() && static_cast<Index>(labels.size()) != tables)
    outputs.problem("with.labels", fmt::format("{} labels for {} tables", labels.size(), tables));
}

Outputs Collect::run(const Inputs& inputs, Context&) const {
  const std::vector<const Table*> tables = one_row_tables(inputs, "table");
  if (tables.empty()) throw BadData("there are no tables to put together");
  Table all{title.empty() ? tables[0]->title : title, "run", tables[0]->columns, tables[0]->units, {}};
  for (std::size_t i = 0; i < tables.size(); ++i)
    all.rows.push_back(
        {labels.empty() ? inputs.label("table", static_cast<Index>(i)).str() : labels[i], tables[i]->rows[0].values});
  Outputs outputs;
  outputs.set("table", std::move(all));
  return outputs;
}

}  // namespace harmonium
