#include "row_range.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "renumbered.hpp"

namespace harmonium {

namespace {

struct Taken {
  Index first = 0, count = 0;
};

/// Throws BadPipeline, naming the parameter, where `rows` rows have no such range.
Taken range_of(const RowRange& node, Index rows) {
  const Index first = node.first < 0 ? rows + node.first : node.first;
  if (first < 0 || first >= rows)
    throw BadPipeline(fmt::format("there is no row {}: the data have {} rows, counted from 0", node.first, rows),
                      "with.first");
  if (node.count > rows - first)
    throw BadPipeline(fmt::format("from row {} on there are {} rows, not {}", first, rows - first, node.count),
                      "with.count");
  return {first, node.count < 0 ? rows - first : node.count};
}

}  // namespace

void RowRange::describe(NodeType<RowRange>& type) {
  type.says("Takes a range of rows: the first 50,000, the last 5,000.").view();
  type.input<Dataset>("data", "What to take rows from.");
  type.parameter("first", &RowRange::first)
      .unit("rows")
      .says("The first row, counted from 0; negative numbers count from the end, -1 being the last row.");
  type.parameter("count", &RowRange::count).unit("rows").at_least(-1).says("How many rows; -1 takes all from there.");
  type.output<Dataset>("data", "The rows.");
}

void RowRange::outputs(const Specs& in, Specs& out) const {
  DataSpec spec = in.get<Dataset>("data");
  if (count == 0) out.problem("with.count", "a range of no rows");
  if (spec.rows == DataSpec::unknown) {
    if (count > 0) spec.rows = count;
  } else {
    spec.rows = range_of(*this, spec.rows).count;
  }
  out.set<Dataset>("data", std::move(spec));
}

Outputs RowRange::run(const Inputs& in, Context&) const {
  const auto& data = in.get<Dataset>("data");
  const Taken range = range_of(*this, data.rows());
  Outputs out;
  out.set("data", renumbered(data, range.count, [offset = range.first](Index row) { return offset + row; }));
  return out;
}

}  // namespace harmonium
