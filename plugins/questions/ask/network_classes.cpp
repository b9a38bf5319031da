#include "network_classes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

void NetworkClasses::describe(NodeType<NetworkClasses>& type) {
  type.says(
          "The probability of each class given the features, by a read-out or a network that was trained to classify.")
      .input<Feedforward>("model", "The network.")
      .input<Dataset>("data", "The features, without missing values; of a read-out, those that it was trained on.")
      .output<Table>("table", "A row for each row, named by its likeliest class: the probability of each.");
}

void NetworkClasses::outputs(const Specs& in, Specs& out) const {
  const FeedforwardSpec& network = in.get<Feedforward>("model");
  if (network.classes.empty()) out.problem("in.model", "it was not trained to classify");
  const PartSpec* part = in.get<Dataset>("data").find(network.part);
  if (!part)
    out.problem("in.data", fmt::format("the network reads the part '{}', which the data do not have", network.part));
  else if (part->width != network.inputs)
    out.problem("in.data",
                fmt::format("rows of {} values are given, but the network reads {}", part->width, network.inputs));
}

Outputs NetworkClasses::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Feedforward>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("the data have no rows");
  constexpr Index block = 1000;
  const Index part = data.part(network.part), inputs = network.spec().inputs;
  const auto classes = static_cast<Index>(network.classes.size());
  Table table{"classes", "class", {}, {}, {}};
  for (const std::string& name : network.classes) {
    table.columns.push_back("p(" + name + ")");
    table.units.emplace_back();
  }
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    Tensor rows = Tensor::matrix(count, inputs), p = Tensor::matrix(count, classes);
    data.read(part, first, count, rows.view());
    network.forward(rows.view(), p.view());
    for (Index i = 0; i < count; ++i) {
      const Span<const float> of = std::as_const(p).view().row(i);
      const auto best = std::max_element(of.begin(), of.end()) - of.begin();
      table.rows.push_back({network.classes[static_cast<std::size_t>(best)], {of.begin(), of.end()}});
    }
    context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium
