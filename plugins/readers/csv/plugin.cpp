#include "harmonium/plugin.hpp"

#include "columns_reader.hpp"
#include "csv_reader.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::CsvReader>("reader.csv");
  registrar.value<harmonium::ColumnClasses>("columns.classes");
  registrar.node<harmonium::ColumnsReader>("reader.columns");
}
