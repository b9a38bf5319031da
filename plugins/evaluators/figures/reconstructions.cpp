#include "reconstructions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"
#include "sheet.hpp"
#include "stack/stack.hpp"

namespace harmonium::figures {
namespace {

/// Names of the classes of some rows; empty where the data have none.
std::vector<std::string> class_names(const Dataset& data, Index first, Index count) {
  const PartSpec* label = data.spec().find("label");
  if (!label || label->kind != PartSpec::Kind::category) return {};
  Tensor codes = Tensor::matrix(count, label->width);
  data.read(data.part("label"), first, count, codes.view());
  std::vector<std::string> names;
  for (Index i = 0; i < count; ++i) {
    const Span<float> row = codes.view().row(i);
    const auto number = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    names.push_back(number < label->classes.size() ? label->classes[number] : fmt::format("class {}", number + 1));
  }
  return names;
}

}  // namespace

void ReconstructionsFigure::describe(NodeType<ReconstructionsFigure>& type) {
  type.says(
          "Rows of data over what comes back of them after a pass up through a model or stack, by means, and down "
          "again. Of several data sets each has a part of the figure: seen, unseen and foreign rows side by side. "
          "Classes are written above the rows where the data have labels.")
      .list_input<Network>("model", "A model, or the models of a stack, the lowest first.")
      .list_input<Dataset>("data", "Data sets whose first rows are drawn.")
      .output<File>("figure", "NODE.png");
  type.parameter("images", &ReconstructionsFigure::images)
      .at_least(1)
      .at_most(500)
      .unit("rows")
      .says("The most rows drawn of each data set.");
  type.parameter("columns", &ReconstructionsFigure::columns)
      .at_least(1)
      .at_most(40)
      .says("How many stand beside each other.");
  type.parameter("first", &ReconstructionsFigure::first).at_least(0).says("Rows passed over before the first drawn.");
  type.parameter("labels", &ReconstructionsFigure::labels)
      .says("Headings of the data sets, in their order; else the names by which they are connected.");
  type.parameter("title", &ReconstructionsFigure::title).says("The figure's title.");
}

void ReconstructionsFigure::outputs(const Specs& inputs, Specs& outputs) const {
  check_stack(inputs, "model", outputs);
  const Index sets = inputs.count("data");
  for (Index i = 0; i < sets; ++i)
    check_shown(inputs.get<Network>("model", 0), inputs.get<Dataset>("data", i), "in.data", outputs);
  if (!labels.empty() && static_cast<Index>(labels.size()) != sets)
    outputs.problem("with.labels", fmt::format("{} labels for {} data sets", labels.size(), sets));
}

Outputs ReconstructionsFigure::run(const Inputs& inputs, Context&) const {
  Stack stack(inputs, "model", images);
  const Index pictured = pictured_layer(stack.bottom());
  const Tensor::Shape& shape = stack.bottom().layer(pictured).shape;
  const Index sets = inputs.count("data");
  Sheet sheet;
  sheet.title = title.empty() ? "Data and their reconstructions" : title;
  for (Index s = 0; s < sets; ++s) {
    const auto& data = inputs.get<Dataset>("data", s);
    const Index count = std::min(images, data.rows() - first);
    if (count < 1)
      throw BadData(
          fmt::format("the data have {} rows, so none are left to draw after the first {}", data.rows(), first));
    stack.show(data, first, count);
    stack.up();
    stack.down();
    const std::vector<std::string> names = class_names(data, first, count);
    Panel panel;
    if (!labels.empty())
      panel.heading = labels[static_cast<std::size_t>(s)];
    else if (sets > 1)
      panel.heading = inputs.label("data", s).str();
    const Chains::Layer& layer = stack.bottom_chains()[pictured];
    for (Index at = 0; at < count; at += columns) {
      Band shown{"data", {}, true}, rebuilt{"reconstruction", {}, false};
      for (Index i = at; i < std::min(at + columns, count); ++i) {
        shown.tiles.push_back(make_tile(layer.state.row(i), shape));
        if (!names.empty()) shown.tiles.back().caption = names[static_cast<std::size_t>(i)];
        rebuilt.tiles.push_back(make_tile(layer.mean.row(i), shape));
      }
      panel.bands.push_back(std::move(shown));
      panel.bands.push_back(std::move(rebuilt));
    }
    sheet.panels.push_back(std::move(panel));
  }
  sheet.notes.push_back(stack.size() > 1 ? fmt::format("up through {} layers and down again, by means", stack.size())
                                         : "up to the hidden units and down again, by means");
  sheet.scale = picture_scale(sheet.panels);
  sheet.scale_says = "value, and mean of the visible units";
  Outputs outputs;
  outputs.set("figure", sheet.draw());
  return outputs;
}

}  // namespace harmonium::figures
