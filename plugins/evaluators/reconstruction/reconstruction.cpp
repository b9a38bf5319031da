#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/errors.hpp"
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
};

void add(View<const float> shown, View<const float> rebuilt, Sums& sums) {
  sums.value.resize(static_cast<std::size_t>(shown.columns));
  sums.square.resize(static_cast<std::size_t>(shown.columns));
  // Means within rounding of 0 and 1 would make one wrong unit cost infinitely much.
  constexpr double least = 1e-7;
  for (Index i = 0; i < shown.rows; ++i)
    for (Index j = 0; j < shown.columns; ++j) {
      const double x = shown(i, j), r = rebuilt(i, j);
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
            "and down again. A row of the table for each visible layer of the lowest model. The squared error is that "
            "of a row, summed over its units; 'explained' is the part of the data's variance that it removes: 0 % is "
            "no better than the mean row. Cross entropy is given for values in [0, 1].")
        .list_input<Network>("model", "The models of a stack, the lowest first.")
        .input<Dataset>("data", "Rows to reconstruct.")
        .output<Table>("table", "Errors of the reconstruction, means over rows.");
  }

  void outputs(const Specs& inputs, Specs& outputs) const {
    check_stack(inputs, "model", outputs);
    check_shown(inputs.get<Network>("model", 0), inputs.get<Dataset>("data"), "in.data", outputs);
  }

  Outputs run(const Inputs& inputs, Context& context) const {
    const auto& data = inputs.get<Dataset>("data");
    if (data.rows() == 0) throw BadData("a reconstruction error needs at least one row");
    constexpr Index block = 500;
    Stack stack(inputs, "model", std::min(block, data.rows()));
    const std::vector<Index> visible = stack.bottom().visible();
    std::vector<Sums> sums(visible.size());
    bool in_unit_interval = true;
    for (Index first = 0; first < data.rows(); first += block) {
      const Index count = std::min(block, data.rows() - first);
      stack.show(data, first, count);
      stack.up();
      stack.down();
      for (std::size_t l = 0; l < visible.size(); ++l) {
        const Chains::Layer& layer = stack.bottom_chains()[visible[l]];
        add(layer.state, layer.mean, sums[l]);
        for (Index i = 0; i < count && in_unit_interval; ++i)
          in_unit_interval = std::all_of(layer.state.row(i).begin(), layer.state.row(i).end(),
                                         [](float x) { return x >= 0 && x <= 1; });
      }
      context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
    }

    Table table{"reconstruction", "", {"squared error", "squared error per unit", "explained"}, {"", "", "%"}, {}};
    if (visible.size() > 1) table.rows_are = "layer";
    if (in_unit_interval) {
      table.columns.emplace_back("cross entropy");
      table.units.emplace_back("nats");
    }
    const auto rows = static_cast<double>(data.rows());
    for (std::size_t l = 0; l < visible.size(); ++l) {
      const Layer& layer = stack.bottom().layer(visible[l]);
      double variance = 0;
      for (std::size_t j = 0; j < sums[l].value.size(); ++j)
        variance += sums[l].square[j] - sums[l].value[j] * sums[l].value[j] / rows;
      const double error = sums[l].squared / rows;
      Table::Row row{
          visible.size() > 1 ? layer.name : "",
          {error, error / static_cast<double>(layer.size), variance > 0 ? 100 * (1 - sums[l].squared / variance) : 0}};
      if (in_unit_interval) row.values.push_back(sums[l].cross_entropy / rows);
      table.rows.push_back(std::move(row));
    }
    context.metric("squared error", table.rows.front().values.front(), "");
    Outputs outputs;
    outputs.set("table", std::move(table));
    return outputs;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Reconstruction>("evaluator.reconstruction");
  registrar.node<harmonium::Reconstruct>("model.reconstruct");
}
