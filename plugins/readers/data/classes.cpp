#include "classes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harmonium/errors.hpp"

namespace harmonium {

void Classes::describe(NodeType<Classes>& type) {
  type.says("Takes the rows of some classes: those named, or all others.");
  type.input<Dataset>("data", "What to take rows from.");
  type.parameter("keep", &Classes::keep)
      .example("[\"0\", \"1\"]")
      .says("The classes to keep; give these or those to drop.");
  type.parameter("drop", &Classes::drop).says("The classes to leave out.");
  type.parameter("by", &Classes::by).says("The part that holds the classes.");
  type.output<Dataset>("data", "The rows, in their order.");
}

void Classes::outputs(const Specs& in, Specs& out) const {
  DataSpec spec = in.get<Dataset>("data");
  spec.rows = DataSpec::unknown;
  if (keep.empty() == drop.empty()) out.problem("with.keep", "either classes to keep or classes to drop are needed");
  const PartSpec* part = spec.find(by);
  if (!part || part->kind != PartSpec::Kind::category) {
    out.problem("with.by", fmt::format("the data have no classes in '{}'", by));
  } else {
    for (const auto& [names, where] : {std::pair{&keep, "with.keep"}, std::pair{&drop, "with.drop"}})
      for (const std::string& name : *names)
        if (std::find(part->classes.begin(), part->classes.end(), name) == part->classes.end())
          out.problem(where, fmt::format("there is no class '{}'; there are {}", name, fmt::join(part->classes, ", ")));
  }
  out.set<Dataset>("data", std::move(spec));
}

PickedRows::State Classes::start(const Inputs& in, Context&) const {
  const auto& data = in.get<Dataset>("data");
  const std::vector<std::string>& names = data.spec().part(by).classes;
  const std::vector<Index> classes = data.classes(by);
  std::vector<Index> rows;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const std::string& name = names[static_cast<std::size_t>(classes[i])];
    const bool kept = keep.empty() ? std::find(drop.begin(), drop.end(), name) == drop.end()
                                   : std::find(keep.begin(), keep.end(), name) != keep.end();
    if (kept) rows.push_back(static_cast<Index>(i));
  }
  if (rows.empty()) throw BadData("no row is of the classes asked for");
  return picked(rows);
}

}  // namespace harmonium
