#include "weights.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "harmonium/snapshots.hpp"
#include "incoming_weights.hpp"
#include "sheet.hpp"
#include "stack/stack.hpp"

namespace harmonium::figures {
namespace {

template <class Type, class Figure>
void describe_look(Type& type, std::string Figure::*order, std::string Figure::*colours, std::string Figure::*title) {
  type.parameter("order", order)
      .one_of({"norm", "index"})
      .says("Which units are drawn: those of the largest weights, or the first ones.");
  type.parameter("colours", colours).one_of({"blue-red", "grey"}).says("Negative to positive; zero in the middle.");
  type.parameter("title", title).says("The figure's title.");
}

void set_scale(Sheet& sheet, const std::string& colours) {
  sheet.scale = signed_scale(sheet.panels, colours == "grey" ? Palette::grey : Palette::blue_red);
  const double largest = largest_size(sheet.panels);
  sheet.scale_says =
      largest > sheet.scale.high ? fmt::format("weight; the largest, {:.3g}, drawn as the end", largest) : "weight";
}

/// What is drawn of a model or a stack: a row for each unit, in this shape.
struct Drawn {
  Tensor weights;
  Tensor::Shape shape;
  /// One unit stands for all of its channel.
  bool kernels = false;

  explicit Drawn(const std::vector<const Network*>& models)
      : weights(incoming_weights(models)),
        shape(models.front()->layer(pictured_layer(*models.front())).shape),
        kernels(weights.rows() < models.back()->layer(models.back()->hidden().front()).size) {
    if (kernels && shape.size() >= 2) weights = cut_to_window(weights.view(), shape);
  }
};

}  // namespace

void WeightsFigure::describe(NodeType<WeightsFigure>& type) {
  type.says(
          "The incoming weights of hidden units, each a tile in the shape of the visible layer, all on one scale with "
          "zero in its middle. Of a stack, those of the highest model projected down linearly through the weights "
          "below. A layer without a shape is drawn row by row as a near-square. Of a convolution one unit of each map, "
          "where it looks: its kernel.")
      .list_input<Network>("model", "A model, or the models of a stack, the lowest first.")
      .version(2)
      .output<File>("figure", "NODE.png");
  type.parameter("tiles", &WeightsFigure::tiles).at_least(1).at_most(1024).unit("units").says("The most units drawn.");
  describe_look(type, &WeightsFigure::order, &WeightsFigure::colours, &WeightsFigure::title);
}

void WeightsFigure::outputs(const Specs& inputs, Specs& outputs) const { check_stack(inputs, "model", outputs); }

Outputs WeightsFigure::run(const Inputs& inputs, Context&) const {
  std::vector<const Network*> models;
  for (Index i = 0; i < inputs.count("model"); ++i) models.push_back(&inputs.get<Network>("model", i));
  const Drawn all(models);
  const View<const float> weights = all.weights.view();
  std::vector<Tile> drawn;
  for (const Index unit : choose_rows(weights, tiles, order == "norm"))
    drawn.push_back(make_tile(weights.row(unit), all.shape));

  Sheet sheet;
  sheet.title = !title.empty() ? title : all.kernels ? "Kernels" : "Incoming weights of hidden units";
  const auto shown = static_cast<Index>(drawn.size());
  const char* what = all.kernels ? "kernels" : "hidden units";
  const std::string which = shown == weights.rows ? fmt::format("all {} {}", shown, what)
                            : order == "norm"
                                ? fmt::format("the {} of {} {} with the largest weights", shown, weights.rows, what)
                                : fmt::format("the first {} of {} {}", shown, weights.rows, what);
  sheet.notes.push_back(which + (order == "norm" ? ", largest first" : ""));
  if (models.size() > 1)
    sheet.notes.push_back(
        fmt::format("layer {}, projected down through the weights of {} below", models.size(),
                    models.size() > 2 ? fmt::format("the {} layers", models.size() - 1) : "the layer"));
  add_certificate(sheet, *models.back());
  sheet.panels.push_back({"", bands_of(std::move(drawn), 0)});
  set_scale(sheet, colours);
  Outputs outputs;
  outputs.set("figure", sheet.draw());
  return outputs;
}

void SnapshotsFigure::describe(NodeType<SnapshotsFigure>& type) {
  type.says(
          "The incoming weights of some hidden units as training goes on: a row for each snapshot, a column for each "
          "unit, all on one scale with zero in its middle.")
      .input<Snapshots>("snapshots", "The models at some epochs of a training.")
      .output<File>("figure", "NODE.png");
  type.parameter("units", &SnapshotsFigure::units).at_least(1).at_most(64).unit("units").says("The most units drawn.");
  describe_look(type, &SnapshotsFigure::order, &SnapshotsFigure::colours, &SnapshotsFigure::title);
}

Outputs SnapshotsFigure::run(const Inputs& inputs, Context& context) const {
  const auto& taken = inputs.get<Snapshots>("snapshots").taken;
  if (taken.empty()) throw BadData("no snapshots were taken");
  // Units are chosen by how training ended.
  const std::vector<Index> chosen = choose_rows(Drawn({&taken.back().model}).weights.view(), units, order == "norm");
  Sheet sheet;
  sheet.title = title.empty() ? "Incoming weights of hidden units during training" : title;
  sheet.panels.emplace_back();
  for (const Snapshots::Taken& snapshot : taken) {
    const Drawn all({&snapshot.model});
    Band band{fmt::format("epoch {}", snapshot.epoch), {}, false};
    for (const Index unit : chosen) {
      band.tiles.push_back(make_tile(all.weights.view().row(unit), all.shape));
      if (sheet.panels[0].bands.empty())
        band.tiles.back().caption = fmt::format("{} {}", all.kernels ? "map" : "unit", unit + 1);
    }
    sheet.panels[0].bands.push_back(std::move(band));
    context.progress(static_cast<double>(sheet.panels[0].bands.size()), static_cast<double>(taken.size()), "snapshots");
  }
  set_scale(sheet, colours);
  Outputs outputs;
  outputs.set("figure", sheet.draw());
  return outputs;
}

}  // namespace harmonium::figures
