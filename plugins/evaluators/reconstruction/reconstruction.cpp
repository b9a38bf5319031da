#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/table.hpp"
#include "reconstruct.hpp"
#include "stack/stack.hpp"

namespace harmonium {
namespace {

/// What is summed over the rows of one visible layer. In double.
struct Sums {
  double squared = 0;                 ///< (x - r)^2
  double cross_entropy = 0;           ///< -x log r - (1 - x) log(1 - r)
  std::vector<double> value, square;  ///< x and x^2, per unit
  bool in_unit_interval = true;       ///< every x
};

void add(View<const float> shown, View<const float> rebuilt, Sums& sums) {
  sums.value.resize(static_cast<std::size_t>(shown.columns));
  sums.square.resize(static_cast<std::size_t>(shown.columns));
  // Means within rounding of 0 and 1 would make one wrong unit cost infinitely much.
  constexpr double least = 1e-7;
  for (Index i = 0; i < shown.rows; ++i)
    for (Index j = 0; j < shown.columns; ++j) {
      const double x = shown(i, j), r = rebuilt(i, j);
      sums.in_unit_interval = sums.in_unit_interval && x >= 0 && x <= 1;
      sums.squared += (x - r) * (x - r);
      const double p = std::clamp(r, least, 1 - least);
      sums.cross_entropy -= x * std::log(p) + (1 - x) * std::log1p(-p);
      sums.value[static_cast<std::size_t>(j)] += x;
      sums.square[static_cast<std::size_t>(j)] += x * x;
    }
}

/// How well rows come back after a pass up through a stack of models and down again, by means.
class Reconstruction {
 public:
  static void describe(NodeType<Reconstruction>& type) {
    type.says(
            "How well rows come back after a pass up through one model or a stack, by the means of the hidden units, "
            "and down again, or through an autoencoder. A row of the table for each visible layer of the lowest model. "
            "The squared error is that "
            "of a row, summed over its units; 'explained' is the part of the data's variance that it removes: 0 % is "
            "no better than the mean row. Cross entropy is given for values in [0, 1].")
        .optional_list_input<Network>("model", "The models of a stack, the lowest first.")
        .input<Dataset>("data", "Rows to reconstruct.")
        .optional_input<Feedforward>("autoencoder", "In place of models: a network that gives back what it reads.")
        .output<Table>("table", "Errors of the reconstruction, means over rows.");
  }

  void outputs(const Specs& inputs, Specs& outputs) const {
    if (inputs.has("model") == inputs.has("autoencoder")) {
      outputs.problem("in.model", "connect either models or an autoencoder");
    } else if (inputs.has("model")) {
      check_stack(inputs, "model", outputs);
      check_shown(inputs.get<Network>("model", 0), inputs.get<Dataset>("data"), "in.data", outputs);
    } else {
      check_autoencoder(inputs.get<Feedforward>("autoencoder"), inputs.get<Dataset>("data"), outputs);
    }
    outputs.set<Table>("table", {});
  }

  Outputs run(const Inputs& inputs, Context& context) const {
    const auto& data = inputs.get<Dataset>("data");
    if (data.rows() == 0) throw BadData("a reconstruction error needs at least one row");
    std::vector<Part> parts = inputs.has("model") ? of_models(inputs, context) : of_autoencoder(inputs, context);
    const bool in_unit_interval =
        std::all_of(parts.begin(), parts.end(), [](const Part& part) { return part.sums.in_unit_interval; });
    Table table{"reconstruction", "", {"squared error", "squared error per unit", "explained"}, {"", "", "%"}, {}};
    if (parts.size() > 1) table.rows_are = "layer";
    if (in_unit_interval) {
      table.columns.emplace_back("cross entropy");
      table.units.emplace_back("nats");
    }
    const auto rows = static_cast<double>(data.rows());
    for (const auto& [name, sums] : parts) {
      double variance = 0;
      for (std::size_t j = 0; j < sums.value.size(); ++j)
        variance += sums.square[j] - sums.value[j] * sums.value[j] / rows;
      const double error = sums.squared / rows;
      Table::Row row{parts.size() > 1 ? name : "",
                     {error, error / static_cast<double>(sums.value.size()),
                      variance > 0 ? 100 * (1 - sums.squared / variance) : 0}};
      if (in_unit_interval) row.values.push_back(sums.cross_entropy / rows);
      table.rows.push_back(std::move(row));
    }
    context.metric("squared error", table.rows.front().values.front(), "");
    Outputs outputs;
    outputs.set("table", std::move(table));
    return outputs;
  }

 private:
  static constexpr Index block = 500;
  struct Part {
    std::string name;
    Sums sums;
  };

  static void check_autoencoder(const FeedforwardSpec& network, const DataSpec& data, Specs& outputs) {
    if (network.inputs != network.outputs)
      outputs.problem("in.autoencoder", fmt::format("it reads {} values and gives {}: no reconstruction",
                                                    network.inputs, network.outputs));
    const PartSpec* part = data.find(network.part);
    if (!part)
      outputs.problem("in.data",
                      fmt::format("the network reads the part '{}', which the data do not have", network.part));
    else if (part->width != network.inputs)
      outputs.problem("in.data", fmt::format("the data's part '{}' has {} columns, but the network reads {}",
                                             network.part, part->width, network.inputs));
  }

  static std::vector<Part> of_models(const Inputs& inputs, Context& context) {
    const auto& data = inputs.get<Dataset>("data");
    Stack stack(inputs, "model", std::min(block, data.rows()));
    std::vector<Part> parts;
    const std::vector<Index> visible = stack.bottom().visible();
    for (const Index l : visible) parts.push_back({stack.bottom().layer(l).name, {}});
    for (Index first = 0; first < data.rows(); first += block) {
      const Index count = std::min(block, data.rows() - first);
      stack.show(data, first, count);
      stack.up();
      stack.down();
      for (std::size_t l = 0; l < visible.size(); ++l) {
        const Chains::Layer& layer = stack.bottom_chains()[visible[l]];
        add(layer.state, layer.mean, parts[l].sums);
      }
      context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
    }
    return parts;
  }

  static std::vector<Part> of_autoencoder(const Inputs& inputs, Context& context) {
    const auto& data = inputs.get<Dataset>("data");
    const auto& network = inputs.get<Feedforward>("autoencoder");
    std::vector<Part> parts{{network.part, {}}};
    Tensor shown = Tensor::matrix(std::min(block, data.rows()), network.spec().inputs);
    Tensor rebuilt = Tensor::matrix(shown.rows(), network.spec().outputs);
    for (Index first = 0; first < data.rows(); first += block) {
      const Index count = std::min(block, data.rows() - first);
      const View<float> in = shown.view().row_range(0, count), out = rebuilt.view().row_range(0, count);
      data.read(data.part(network.part), first, count, in);
      network.forward(in, out);
      add(in, out, parts[0].sums);
      context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
    }
    return parts;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Reconstruction>("evaluator.reconstruction");
  registrar.node<harmonium::Reconstruct>("model.reconstruct");
}
