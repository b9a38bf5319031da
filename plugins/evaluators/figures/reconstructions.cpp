#include "reconstructions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
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

/// Rows of data, and under them one or more versions of them.
struct Pictures {
  Tensor::Shape shape;
  std::vector<std::string> labels;
  std::vector<Tensor> rows;
};

Pictures of_models(Stack& stack, const Dataset& data, Index first, Index count) {
  const Index pictured = pictured_layer(stack.bottom());
  stack.show(data, first, count);
  stack.up();
  stack.down();
  const Chains::Layer& layer = stack.bottom_chains()[pictured];
  Pictures pictures{stack.bottom().layer(pictured).shape, {"data", "reconstruction"}, {}};
  for (const View<const float> from : {View<const float>(layer.state), View<const float>(layer.mean)}) {
    pictures.rows.push_back(Tensor::matrix(count, from.columns));
    for (Index i = 0; i < count; ++i)
      std::copy_n(from.row(i).data, from.columns, pictures.rows.back().view().row(i).data);
  }
  return pictures;
}

Pictures of_autoencoders(const Inputs& inputs, const Dataset& data, Index first, Index count) {
  const Index networks = inputs.count("autoencoder");
  const std::string& part = inputs.get<Feedforward>("autoencoder").part;
  const PartSpec& shown = data.spec().part(part);
  Pictures pictures{shown.shape, {"data"}, {Tensor::matrix(count, shown.width)}};
  data.read(data.part(part), first, count, pictures.rows[0].view());
  for (Index n = 0; n < networks; ++n) {
    pictures.labels.push_back(networks > 1 ? inputs.label("autoencoder", n).str() : "reconstruction");
    pictures.rows.push_back(Tensor::matrix(count, shown.width));
    inputs.get<Feedforward>("autoencoder", n).forward(pictures.rows[0].view(), pictures.rows.back().view());
  }
  return pictures;
}

void check_autoencoders(const Specs& inputs, Specs& outputs) {
  const std::string& part = inputs.get<Feedforward>("autoencoder", 0).part;
  for (Index n = 0; n < inputs.count("autoencoder"); ++n) {
    const FeedforwardSpec& network = inputs.get<Feedforward>("autoencoder", n);
    if (network.part != part)
      outputs.problem("in.autoencoder", fmt::format("network {} reads the part '{}', but the first reads '{}'", n + 1,
                                                    network.part, part));
    if (network.inputs != network.outputs)
      outputs.problem("in.autoencoder", fmt::format("network {} reads {} values and gives {}: no reconstruction", n + 1,
                                                    network.inputs, network.outputs));
    for (Index i = 0; i < inputs.count("data"); ++i) {
      const PartSpec* found = inputs.get<Dataset>("data", i).find(network.part);
      if (!found)
        outputs.problem("in.data",
                        fmt::format("the network reads the part '{}', which the data do not have", network.part));
      else if (found->width != network.inputs)
        outputs.problem("in.data", fmt::format("the data's part '{}' has {} columns, but the network reads {}",
                                               network.part, found->width, network.inputs));
    }
  }
}

}  // namespace

void ReconstructionsFigure::describe(NodeType<ReconstructionsFigure>& type) {
  type.says(
          "Rows of data over what comes back of them after a pass up through a model or stack, by means, and down "
          "again, or through autoencoders. Of several data sets each has a part of the figure: seen, unseen and "
          "foreign rows side by side. "
          "Classes are written above the rows where the data have labels.")
      .optional_list_input<Network>("model", "A model, or the models of a stack, the lowest first.")
      .list_input<Dataset>("data", "Data sets whose first rows are drawn.")
      .optional_list_input<Feedforward>(
          "autoencoder",
          "In place of models: networks that give back what they read, whose reconstructions stand under each other.")
      .version(2)
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
  const Index sets = inputs.count("data");
  if (inputs.has("model") == inputs.has("autoencoder")) {
    outputs.problem("in.model", "connect either models or autoencoders");
  } else if (inputs.has("model")) {
    check_stack(inputs, "model", outputs);
    for (Index i = 0; i < sets; ++i)
      check_shown(inputs.get<Network>("model", 0), inputs.get<Dataset>("data", i), "in.data", outputs);
  } else {
    check_autoencoders(inputs, outputs);
  }
  if (!labels.empty() && static_cast<Index>(labels.size()) != sets)
    outputs.problem("with.labels", fmt::format("{} labels for {} data sets", labels.size(), sets));
}

Outputs ReconstructionsFigure::run(const Inputs& inputs, Context&) const {
  Sheet sheet;
  sheet.title = title.empty() ? "Data and their reconstructions" : title;
  const bool models = inputs.has("model");
  std::optional<Stack> stack;
  if (models) stack.emplace(inputs, "model", images);
  for (Index s = 0; s < inputs.count("data"); ++s) {
    const auto& data = inputs.get<Dataset>("data", s);
    const Index count = std::min(images, data.rows() - first);
    if (count < 1)
      throw BadData(
          fmt::format("the data have {} rows, so none are left to draw after the first {}", data.rows(), first));
    Pictures pictures = models ? of_models(*stack, data, first, count) : of_autoencoders(inputs, data, first, count);
    const std::vector<std::string> names = class_names(data, first, count);
    Panel panel;
    if (!labels.empty())
      panel.heading = labels[static_cast<std::size_t>(s)];
    else if (inputs.count("data") > 1)
      panel.heading = inputs.label("data", s).str();
    for (Index at = 0; at < count; at += columns)
      for (std::size_t b = 0; b < pictures.rows.size(); ++b) {
        Band band{pictures.labels[b], {}, b == 0};
        for (Index i = at; i < std::min(at + columns, count); ++i) {
          band.tiles.push_back(make_tile(pictures.rows[b].view().row(i), pictures.shape));
          if (b == 0 && !names.empty()) band.tiles.back().caption = names[static_cast<std::size_t>(i)];
        }
        panel.bands.push_back(std::move(band));
      }
    sheet.panels.push_back(std::move(panel));
  }
  if (models)
    sheet.notes.push_back(stack->size() > 1
                              ? fmt::format("up through {} layers and down again, by means", stack->size())
                              : "up to the hidden units and down again, by means");
  if (models) add_certificate(sheet, stack->top());
  // Networks may give anything; what lies beyond the data is drawn as the end of their scale.
  std::vector<Panel> of_scale = sheet.panels;
  if (!models)
    for (Panel& panel : of_scale) std::erase_if(panel.bands, [](const Band& band) { return !band.apart; });
  sheet.scale = picture_scale(of_scale);
  sheet.scale_says = models ? "value, and mean of the visible units" : "value, and what comes back of it";
  Outputs outputs;
  outputs.set("figure", sheet.draw());
  return outputs;
}

}  // namespace harmonium::figures
