#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"
#include "stack/lateral_weights.hpp"

namespace harmonium {
namespace {

/// How strongly the units of an image are coupled, by how far they are from each other.
struct Couplings {
  double farthest = 0;

  static void describe(NodeType<Couplings>& type) {
    type.says(
            "How strongly units of a visible layer with an image shape are coupled to each other, by the distance "
            "between their places.")
        .input<Network>("model", "A model whose visible units are joined to each other.")
        .output<Table>("table",
                       "A row for each distance in pixels: mean, standard deviation and mean size of the weights, and "
                       "how many pairs there are.");
    type.parameter("farthest", &Couplings::farthest)
        .at_least(0)
        .unit("pixels")
        .says("The largest distance of which there is a row; 0: all.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    const Index layer = check_joined(model, "in.model", out);
    if (layer >= 0 && model.layers[static_cast<std::size_t>(layer)].shape.size() < 2)
      out.problem("in.model", fmt::format("layer '{}' has no image shape, so its units have no distance",
                                          model.layers[static_cast<std::size_t>(layer)].name));
    out.set<Table>("table", {});
  }

  Outputs run(const Inputs& in, Context&) const {
    const auto& model = in.get<Network>("model");
    const ModelSpec spec = model.spec();
    Specs unused;
    const Index layer = check_joined(spec, "in.model", unused);
    const Tensor weights = lateral_weights(model, layer);
    const Tensor::Shape& shape = model.layer(layer).shape;
    const Index columns = shape.back(), rows = shape[shape.size() - 2];
    struct Sums {
      double weight = 0, square = 0, size = 0, pairs = 0;
    };
    // By the square of the distance, which is whole.
    std::map<Index, Sums> at;
    const double most = farthest > 0 ? farthest * farthest : std::numeric_limits<double>::infinity();
    for (Index i = 0; i < weights.rows(); ++i)
      for (Index j = 0; j < i; ++j) {
        const Index down = i / columns % rows - j / columns % rows, across = i % columns - j % columns;
        const Index square = down * down + across * across;
        if (static_cast<double>(square) > most) continue;
        const double weight = weights.view()(i, j);
        Sums& sums = at[square];
        sums.weight += weight;
        sums.square += weight * weight;
        sums.size += std::abs(weight);
        ++sums.pairs;
      }
    Table table{"couplings by distance",
                "distance",
                {"mean", "standard deviation", "mean size", "pairs"},
                {"", "", "", ""},
                {}};
    for (const auto& [square, sums] : at) {
      const double mean = sums.weight / sums.pairs;
      table.rows.push_back({fmt::format("{:.4g}", std::sqrt(static_cast<double>(square))),
                            {mean, std::sqrt(std::max(0.0, sums.square / sums.pairs - mean * mean)),
                             sums.size / sums.pairs, sums.pairs}});
    }
    Outputs out;
    out.set("table", std::move(table));
    return out;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Couplings>("evaluator.couplings"); }
