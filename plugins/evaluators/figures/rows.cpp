#include "rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/missing.hpp"
#include "sheet.hpp"

namespace harmonium::figures {

void RowsFigure::describe(NodeType<RowsFigure>& type) {
  type.says(
          "Rows of data as pictures, those of several data sets side by side on one scale: digits over fantasies. "
          "Missing values stay blank.")
      .list_input<Dataset>("data", "Data sets whose first rows are drawn.")
      .output<File>("figure", "NODE.png");
  type.parameter("rows", &RowsFigure::rows).at_least(1).at_most(40).says("Rows of pictures, of each data set.");
  type.parameter("columns", &RowsFigure::columns)
      .at_least(1)
      .at_most(40)
      .says("Columns of the figure; rows times columns pictures are drawn, fewer where the data have fewer.");
  type.parameter("first", &RowsFigure::first).at_least(0).says("Rows of data passed over before the first drawn.");
  type.parameter("part", &RowsFigure::part).says("The part of the data that is drawn.");
  type.parameter("labels", &RowsFigure::labels)
      .says("Headings of the data sets, in their order; else the names by which they are connected.");
  type.parameter("title", &RowsFigure::title).says("The figure's title.");
}

void RowsFigure::outputs(const Specs& inputs, Specs& outputs) const {
  const Index sets = inputs.count("data");
  for (Index i = 0; i < sets; ++i)
    if (!inputs.get<Dataset>("data", i).find(part))
      outputs.problem("with.part", fmt::format("the data have no part '{}'", part));
  if (!labels.empty() && static_cast<Index>(labels.size()) != sets)
    outputs.problem("with.labels", fmt::format("{} labels for {} data sets", labels.size(), sets));
}

Outputs RowsFigure::run(const Inputs& inputs, Context&) const {
  const Index sets = inputs.count("data");
  Sheet sheet;
  sheet.title = title.empty() ? "Rows of data" : title;
  for (Index s = 0; s < sets; ++s) {
    const auto& data = inputs.get<Dataset>("data", s);
    const Index number = data.part(part), count = std::min(rows * columns, data.rows() - first);
    if (count < 1)
      throw BadData(
          fmt::format("the data have {} rows, so none are left to draw after the first {}", data.rows(), first));
    const PartSpec& shown = data.spec().parts[static_cast<std::size_t>(number)];
    Tensor values = Tensor::matrix(count, shown.width);
    read_with_missing(data, number, first, count, values.view());
    std::vector<Tile> tiles;
    for (Index i = 0; i < count; ++i) tiles.push_back(make_tile(values.view().row(i), shown.shape));
    std::string heading;
    if (!labels.empty())
      heading = labels[static_cast<std::size_t>(s)];
    else if (sets > 1)
      heading = inputs.label("data", s).str();
    sheet.panels.push_back({heading, bands_of(std::move(tiles), columns)});
  }
  sheet.scale = picture_scale(sheet.panels);
  sheet.scale_says = "value";
  Outputs outputs;
  outputs.set("figure", sheet.draw());
  return outputs;
}

}  // namespace harmonium::figures
