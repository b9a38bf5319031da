#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// What a classifier takes rows without labels for: whether a generative model has found all classes of its data, and
/// in equal shares. The effective number of classes is exp(entropy of the shares), as in the inception score's first
/// half (Salimans et al. 2016).
class Classes {
 public:
  double confidence = 0;
  Index at_least = 1;

  static void describe(NodeType<Classes>& type) {
    type.says("What a classifier takes rows for: how many of its classes are among them, and how often.")
        .cites("Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen 2016")
        .input<Feedforward>("readout", "A network that classifies.")
        .input<Dataset>("data", "The rows; they need no labels.")
        .output<Table>("table", "One row: classes found, their effective number, rows counted, share of the commonest.")
        .output<Table>("counts", "A row for each class: how many rows, their share and the mean probability.");
    type.parameter("confidence", &Classes::confidence)
        .at_least(0)
        .below(1)
        .says("Rows of which no class has a probability above this are not counted.");
    type.parameter("at_least", &Classes::at_least)
        .at_least(1)
        .unit("rows")
        .says("How many rows a class needs to count as found.");
  }

  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

void Classes::outputs(const Specs& inputs, Specs& outputs) const {
  const FeedforwardSpec& readout = inputs.get<Feedforward>("readout");
  if (readout.classes.empty()) outputs.problem("in.readout", "this network does not classify");
  const PartSpec* features = inputs.get<Dataset>("data").find(readout.part);
  if (!features)
    outputs.problem("in.data",
                    fmt::format("the network reads the part '{}', which the data do not have", readout.part));
  else if (features->width != readout.inputs)
    outputs.problem("in.data", fmt::format("the data's part '{}' has {} columns, but the network reads {}",
                                           readout.part, features->width, readout.inputs));
}

Outputs Classes::run(const Inputs& inputs, Context& context) const {
  const auto& readout = inputs.get<Feedforward>("readout");
  const auto& data = inputs.get<Dataset>("data");
  const std::size_t classes = readout.classes.size();
  if (readout.stages.empty() || readout.stages.back().outputs() != static_cast<Index>(classes))
    throw BadData("the network has not one output for each of its classes");
  if (data.rows() == 0) throw BadData("there are no rows");

  std::vector<double> counts(classes, 0), probabilities(classes, 0);
  constexpr Index block = 1000;
  Tensor in = Tensor::matrix(std::min(block, data.rows()), readout.stages.front().inputs());
  Tensor out = Tensor::matrix(in.rows(), static_cast<Index>(classes));
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    const View<float> read = in.view().row_range(0, count), mean = out.view().row_range(0, count);
    data.read(data.part(readout.part), first, count, read);
    readout.forward(read, mean);
    for (Index i = 0; i < count; ++i) {
      const Span<float> p = mean.row(i);
      const auto best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
      const auto most = static_cast<double>(p[static_cast<Index>(best)]);
      if (!(most > confidence)) continue;
      counts[best] += 1;
      probabilities[best] += most;
    }
  }

  double counted = 0, found = 0, entropy = 0, commonest = 0;
  for (const double count : counts) counted += count;
  Table each{"classes", "class", {"rows", "share", "mean probability"}, {"", "%", ""}, {}};
  for (std::size_t c = 0; c < classes; ++c) {
    const double share = counted > 0 ? counts[c] / counted : 0;
    found += counts[c] >= static_cast<double>(at_least) ? 1 : 0;
    commonest = std::max(commonest, share);
    if (share > 0) entropy -= share * std::log(share);
    each.rows.push_back(
        {readout.classes[c], {counts[c], 100 * share, counts[c] > 0 ? probabilities[c] / counts[c] : 0}});
  }
  context.metric("classes found", found, "");
  Outputs outputs;
  outputs.set("table", Table{"classes among the rows",
                             "",
                             {"classes found", "effective number", "rows counted", "rows", "share of the commonest"},
                             {"", "", "", "", "%"},
                             {{"",
                               {found, counted > 0 ? std::exp(entropy) : 0, counted, static_cast<double>(data.rows()),
                                100 * commonest}}}});
  outputs.set("counts", std::move(each));
  return outputs;
}

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Classes>("evaluator.classes"); }
