#include "mixed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {

void MixedRbm::describe(NodeType<MixedRbm>& type) {
  type.says(
          "An RBM of mixed data, untrained: a visible layer for every part of the data, named like it, whose units "
          "suit "
          "what the part holds, and one hidden layer, 'hidden', joined to all.")
      .cites("Welling, Rosen-Zvi, Hinton 2004; Tran, Phung, Venkatesh 2011")
      .input<Dataset>("data", "What it will show, as reader.columns gives it: sizes, kinds, and visible biases.")
      .output<Network>("model", "The untrained model.")
      .random();
  type.parameter("hidden", &MixedRbm::hidden)
      .required()
      .example("20")
      .at_least(1)
      .at_most(1e7)
      .unit("units")
      .says("Hidden units.");
  type.parameter("hidden_units", &MixedRbm::hidden_units)
      .says("The type of the hidden units; counts without a bound need bounded ones.");
  type.parameter("real", &MixedRbm::real)
      .says("The type of units that show real numbers; they want the part standardised first.");
  type.parameter("binary", &MixedRbm::binary).says("The type of units that show binary values.");
  type.parameter("category", &MixedRbm::category).says("The type of units that show classes.");
  type.parameter("count", &MixedRbm::count)
      .says("The type of units that show counts; units.binomial where there is a largest one.");
  type.parameter("parts", &MixedRbm::parts).says("The parts that it shows; unless given, all.");
  type.parameter("weights_deviation", &MixedRbm::weights_deviation)
      .at_least(0)
      .says("Standard deviation of the initial weights.");
  type.parameter("hidden_bias", &MixedRbm::hidden_bias).says("Initial hidden biases.");
  type.parameter("visible_bias", &MixedRbm::visible_bias)
      .one_of({"data", "zero"})
      .says("Whether initial visible biases give the means of the data, or are left at zero.");
}

const Handle<Units>& MixedRbm::units_of(PartSpec::Kind kind) const {
  switch (kind) {
    case PartSpec::Kind::binary:
      return binary;
    case PartSpec::Kind::category:
      return category;
    case PartSpec::Kind::count:
      return count;
    case PartSpec::Kind::real:
      break;
  }
  return real;
}

Declared MixedRbm::declared(const DataSpec& data) const {
  std::vector<std::string> shown = parts;
  if (parts.empty())
    for (const PartSpec& part : data.parts) shown.push_back(part.name);
  Declared all;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const PartSpec* part = nullptr;
    try {
      part = &data.part(shown[i]);
    } catch (const BadPipeline& error) {
      throw BadPipeline(error.what(), fmt::format("with.parts.{}", i + 1));
    }
    LayerDeclaration layer;
    layer.name = layer.part = part->name;
    layer.units = units_of(part->kind);
    layer.visible = true;
    all.layers.push_back(std::move(layer));
    Join join;
    join.between = {part->name, "hidden"};
    join.weights_deviation = weights_deviation;
    all.joins.push_back(std::move(join));
  }
  LayerDeclaration above;
  above.name = "hidden";
  above.units = hidden_units;
  above.size = hidden;
  above.bias = hidden_bias;
  all.layers.push_back(std::move(above));
  return all;
}

void MixedRbm::outputs(const Specs& in, Specs& out) const {
  const DataSpec& data = in.get<Dataset>("data");
  try {
    out.set<Network>("model", declared(data).skeleton(&data).spec());
  } catch (const BadPipeline& error) {
    const std::string where = error.where();
    // What does not fit lies in a part of the data and the units that show it.
    out.problem(where.starts_with("with.parts")         ? where
                : where.starts_with("with.connections") ? "with.hidden_units"
                                                        : "in.data",
                error.what());
  }
}

Outputs MixedRbm::run(const Inputs& in, Context& context) const {
  return declared(in.get<Dataset>("data").spec()).run(in, context, visible_bias == "data");
}

}  // namespace harmonium
