#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// How often the most probable class is the wrong one, and which classes are taken for which.
class Accuracy {
 public:
  std::string label = "label";

  static void describe(NodeType<Accuracy>& type) {
    type.says(
            "The error of a classifier on labelled rows: how often the most probable class is not the row's own, the "
            "mean of -log p(own class), and which classes are taken for which.")
        .input<Feedforward>("readout", "A network that classifies.")
        .input<Dataset>("data", "Labelled rows.")
        .output<Table>("table", "One row: error, errors, rows, loss.")
        .output<Table>("confusion", "A row for each true class, a column for each class predicted: counts.");
    type.parameter("label", &Accuracy::label).says("The part that holds the true classes.");
  }

  void outputs(const Specs& inputs, Specs& outputs) const {
    const FeedforwardSpec& readout = inputs.get<Feedforward>("readout");
    const DataSpec& data = inputs.get<Dataset>("data");
    if (readout.classes.empty()) outputs.problem("in.readout", "this network does not classify");
    const PartSpec* features = data.find(readout.part);
    if (!features)
      outputs.problem("in.data",
                      fmt::format("the network reads the part '{}', which the data do not have", readout.part));
    else if (features->width != readout.inputs)
      outputs.problem("in.data", fmt::format("the data's part '{}' has {} columns, but the network reads {}",
                                             readout.part, features->width, readout.inputs));
    const PartSpec* truth = data.find(label);
    if (!truth || truth->kind != PartSpec::Kind::category) {
      outputs.problem("in.data", fmt::format("the data have no labels: accuracy needs a part '{}' of classes", label));
      return;
    }
    if (readout.classes.empty() || truth->classes.empty()) return;
    if (truth->classes.size() != readout.classes.size())
      outputs.problem("in.data", fmt::format("the data have {} classes, but the network knows {}",
                                             truth->classes.size(), readout.classes.size()));
    else
      for (std::size_t c = 0; c < truth->classes.size(); ++c)
        if (truth->classes[c] != readout.classes[c]) {
          outputs.problem("in.data", fmt::format("class {} is '{}' in the data, but '{}' in the network", c + 1,
                                                 truth->classes[c], readout.classes[c]));
          break;
        }
  }

  Outputs run(const Inputs& inputs, Context& context) const {
    const auto& readout = inputs.get<Feedforward>("readout");
    const auto& data = inputs.get<Dataset>("data");
    const Index features = data.part(readout.part);
    const std::vector<Index> truth = data.classes(label);
    const auto classes = static_cast<Index>(readout.classes.size());
    if (readout.stages.empty() || readout.stages.back().outputs() != classes)
      throw BadData("the network has not one output for each of its classes");
    if (data.rows() == 0) throw BadData("the error of a classifier needs at least one row");

    Table confusion{"predicted class", "true class", readout.classes, {}, {}};
    confusion.units.resize(readout.classes.size());
    for (const std::string& name : readout.classes)
      confusion.rows.push_back({name, std::vector<double>(readout.classes.size(), 0.0)});

    Index errors = 0;
    double loss = 0;
    constexpr Index block = 1000;
    Tensor in = Tensor::matrix(std::min(block, data.rows()), readout.stages.front().inputs());
    Tensor out = Tensor::matrix(in.rows(), classes);
    for (Index first = 0; first < data.rows(); first += block) {
      const Index count = std::min(block, data.rows() - first);
      const View<float> read = in.view().row_range(0, count), mean = out.view().row_range(0, count);
      data.read(features, first, count, read);
      readout.forward(read, mean);
      for (Index i = 0; i < count; ++i) {
        const Index own = truth[static_cast<std::size_t>(first + i)];
        if (own < 0 || own >= classes)
          throw BadData(
              fmt::format("row {} is of class {}, but the network knows {} classes", first + i + 1, own + 1, classes));
        const Span<float> p = mean.row(i);
        const Index best = std::max_element(p.begin(), p.end()) - p.begin();
        errors += best != own;
        // A probability below the smallest float is 0, and its loss unknown: it counts as that smallest one.
        loss -= std::log(std::max(p[own], std::numeric_limits<float>::min()));
        confusion.rows[static_cast<std::size_t>(own)].values[static_cast<std::size_t>(best)] += 1;
      }
      context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
    }

    const auto rows = static_cast<double>(data.rows());
    const double error = 100 * static_cast<double>(errors) / rows;
    context.metric("error", error, "%");
    Outputs outputs;
    outputs.set("table", Table{"classification error",
                               "",
                               {"error", "errors", "rows", "loss"},
                               {"%", "", "", "nats"},
                               {{"", {error, static_cast<double>(errors), rows, loss / rows}}}});
    outputs.set("confusion", std::move(confusion));
    return outputs;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Accuracy>("evaluator.accuracy"); }
