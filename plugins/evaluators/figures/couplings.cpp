#include "couplings.hpp"

#include <fmt/format.h>

#include <cmath>

#include "harmonium/errors.hpp"
#include "incoming_weights.hpp"
#include "sheet.hpp"
#include "stack/lateral_weights.hpp"

namespace harmonium::figures {
namespace {

/// The first visible layer whose units are joined to each other.
Index joined_layer(const Network& model) {
  for (const Index l : model.visible())
    if (model.joined_within(l)) return l;
  throw BadData("no visible layer of the model has its units joined to each other");
}

/// A tile for each visible unit: its weights to all the others, itself left blank. In the layer's own shape where it
/// has one.
std::vector<Band> lateral_bands(const Network& model, Index most, bool largest) {
  const Index layer = joined_layer(model);
  Tensor weights = lateral_weights(model, layer);
  const Tensor::Shape& shape = model.layer(layer).shape;
  const std::vector<Index> chosen = choose_rows(weights.view(), most, largest);
  std::vector<Tile> tiles;
  for (const Index unit : chosen) {
    weights.view()(unit, unit) = std::nanf("");
    tiles.push_back(make_tile(weights.view().row(unit), shape));
  }
  const bool whole = static_cast<Index>(chosen.size()) == weights.rows() && !largest;
  return bands_of(std::move(tiles), whole && !shape.empty() ? shape.back() : 0);
}

std::vector<Band> hidden_bands(const Network& model, Index most, bool largest) {
  const Tensor weights = incoming_weights({&model});
  const Tensor::Shape& shape = model.layer(pictured_layer(model)).shape;
  std::vector<Tile> tiles;
  for (const Index unit : choose_rows(weights.view(), most, largest))
    tiles.push_back(make_tile(weights.view().row(unit), shape));
  const auto columns = static_cast<Index>(std::min<std::size_t>(tiles.size(), 16));
  return bands_of(std::move(tiles), columns);
}

}  // namespace

void CouplingsFigure::describe(NodeType<CouplingsFigure>& type) {
  type.says(
          "The weights of machines, one under the other, all on one scale with zero in its middle: of every visible "
          "unit a tile with its weights to the other visible units, or of every hidden unit one with those to the "
          "visible layer.")
      .list_input<Network>("model", "The machines.")
      .version(2)
      .output<File>("figure", "NODE.png");
  type.parameter("of", &CouplingsFigure::of)
      .one_of({"visible", "hidden"})
      .says("Which units have a tile: visible ones, that are joined to each other, or hidden ones.");
  type.parameter("tiles", &CouplingsFigure::tiles)
      .at_least(1)
      .at_most(1024)
      .unit("units")
      .says("The most units drawn of each machine.");
  type.parameter("order", &CouplingsFigure::order)
      .one_of({"norm", "index"})
      .says("Which units are drawn: those of the largest weights, or the first ones.");
  type.parameter("colours", &CouplingsFigure::colours)
      .one_of({"blue-red", "grey"})
      .says("Negative to positive; zero in the middle.");
  type.parameter("labels", &CouplingsFigure::labels)
      .says("Headings of the machines, in their order; else the names by which they are connected.");
  type.parameter("title", &CouplingsFigure::title).says("The figure's title.");
}

void CouplingsFigure::outputs(const Specs& inputs, Specs& outputs) const {
  const Index machines = inputs.count("model");
  for (Index i = 0; i < machines; ++i) {
    const ModelSpec& model = inputs.get<Network>("model", i);
    if (of == "visible") check_joined(model, "in.model", outputs);
    if (of == "hidden" && model.hidden_units() == 0) outputs.problem("in.model", "the model has no hidden units");
  }
  if (!labels.empty() && static_cast<Index>(labels.size()) != machines)
    outputs.problem("with.labels", fmt::format("{} labels for {} machines", labels.size(), machines));
}

Outputs CouplingsFigure::run(const Inputs& inputs, Context&) const {
  Sheet sheet;
  sheet.title = !title.empty()    ? title
                : of == "visible" ? "Weights of visible units to each other"
                                  : "Incoming weights of hidden units";
  const Index machines = inputs.count("model");
  for (Index i = 0; i < machines; ++i) {
    const Network& model = inputs.get<Network>("model", i);
    const std::string name = !labels.empty() ? labels[static_cast<std::size_t>(i)]
                             : machines > 1  ? inputs.label("model", i).str()
                                             : std::string();
    add_certificate(sheet, model, name);
    sheet.panels.push_back({name, of == "visible" ? lateral_bands(model, tiles, order == "norm")
                                                  : hidden_bands(model, tiles, order == "norm")});
  }
  sheet.scale = signed_scale(sheet.panels, colours == "grey" ? Palette::grey : Palette::blue_red);
  const double largest = largest_size(sheet.panels);
  sheet.scale_says =
      largest > sheet.scale.high ? fmt::format("weight; the largest, {:.3g}, drawn as the end", largest) : "weight";
  Outputs outputs;
  outputs.set("figure", sheet.draw());
  return outputs;
}

}  // namespace harmonium::figures
