#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/missing.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// How near to the truth values are that were missing, and how near the means of the training data come: what a model
/// of independent units would say.
class Imputation {
 public:
  std::string part = "features";

  static void describe(NodeType<Imputation>& type) {
    type.says(
            "How well missing values were filled in: the mean squared error over them alone, beside that of the "
            "independent model, which fills in the mean of the column in the training data.")
        .input<Dataset>("data", "The truth: the rows before values were hidden.")
        .input<Dataset>("hidden", "The same rows with holes, as data.hide makes them.")
        .input<Dataset>("imputed", "The same rows filled in, as ask.complete does.")
        .input<Dataset>("train", "The rows whose column means are the independent model.")
        .output<Table>("table", "One row: missing values, both errors and their ratio.");
    type.parameter("part", &Imputation::part).says("The part that is looked at.");
  }

  void outputs(const Specs& in, Specs& out) const {
    Index width = -1;
    for (const char* port : {"data", "hidden", "imputed", "train"}) {
      const PartSpec* found = in.get<Dataset>(port).find(part);
      const std::string where = std::string("in.") + port;
      if (!found)
        out.problem(where, fmt::format("the data have no part '{}'", part));
      else if (width >= 0 && found->width != width)
        out.problem(where, fmt::format("'{}' has {} columns here, but {} in 'data'", part, found->width, width));
      else
        width = found->width;
    }
  }

  Outputs run(const Inputs& in, Context& context) const {
    const auto &truth = in.get<Dataset>("data"), &hidden = in.get<Dataset>("hidden");
    const auto &imputed = in.get<Dataset>("imputed"), &train = in.get<Dataset>("train");
    for (const auto& [port, data] : {std::pair("hidden", &hidden), std::pair("imputed", &imputed)})
      if (data->rows() != truth.rows())
        throw BadData(fmt::format("'{}' has {} rows, the truth has {}", port, data->rows(), truth.rows()));
    const ColumnSummary columns = summarise(train, train.part(part));
    const auto width = static_cast<Index>(columns.mean.size());
    constexpr Index block = 1000;
    Tensor x = Tensor::matrix(std::min(block, truth.rows()), width), holes = x, filled = x;
    double missing = 0, error = 0, independent = 0;
    for (Index first = 0; first < truth.rows(); first += block) {
      const Index count = std::min(block, truth.rows() - first);
      truth.read(truth.part(part), first, count, x.view().row_range(0, count));
      read_with_missing(hidden, hidden.part(part), first, count, holes.view().row_range(0, count));
      imputed.read(imputed.part(part), first, count, filled.view().row_range(0, count));
      for (Index i = 0; i < count; ++i)
        for (Index j = 0; j < width; ++j) {
          if (holes.view()(i, j) == holes.view()(i, j)) continue;
          const auto value = static_cast<double>(x.view()(i, j));
          const double far = value - static_cast<double>(filled.view()(i, j));
          const double from_mean = value - columns.mean[static_cast<std::size_t>(j)];
          missing += 1;
          error += far * far;
          independent += from_mean * from_mean;
        }
    }
    if (missing == 0) throw BadData("no value is missing, so there is nothing to be found again");
    context.metric("squared error", error / missing, "");
    Outputs outputs;
    outputs.set("table", Table{"missing values filled in",
                               "",
                               {"missing values", "squared error", "of column means", "ratio"},
                               {"", "", "", ""},
                               {{"", {missing, error / missing, independent / missing, error / independent}}}});
    return outputs;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Imputation>("evaluator.imputation"); }
