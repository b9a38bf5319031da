#include "harmonium/table.hpp"

namespace harmonium {

void Table::Row::visit(Visitor& visitor) {
  visitor("label", label);
  visitor("values", values);
  visitor("verdict", verdict);
}

void Table::visit(Visitor& visitor) {
  visitor("title", title);
  visitor("rows_are", rows_are);
  visitor("columns", columns);
  visitor("units", units);
  visitor("rows", rows);
}

}  // namespace harmonium
