#include "convolutional.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/registry.hpp"

namespace harmonium {

void ConvolutionalRbm::describe(NodeType<ConvolutionalRbm>& type) {
  type.says(
          "A convolutional RBM, untrained: kernels that look everywhere in an image with the same weights, one map of "
          "hidden units for each, with one bias a map. With pools at most one unit of a pool is on (probabilistic "
          "max-pooling), and data.pool makes its features the pools.")
      .cites("Lee, Grosse, Ranganath, Ng 2009; Norouzi, Ranjbar, Mori 2009")
      .optional_input<Dataset>("data", "What it will show: gives the shape of the image, and its biases.")
      .output<Network>("model", "The untrained model.")
      .random();
  type.parameter("maps", &ConvolutionalRbm::maps)
      .required()
      .example("40")
      .at_least(1)
      .at_most(1e5)
      .says("Kernels, each with a map of hidden units.");
  type.parameter("kernel", &ConvolutionalRbm::kernel)
      .required()
      .example("[5, 5]")
      .at_least(1)
      .at_most(4096)
      .unit("pixels")
      .says("The size of the kernels, [rows, columns]; they lie within the image as a whole.");
  type.parameter("pool", &ConvolutionalRbm::pool)
      .at_least(1)
      .at_most(64)
      .unit("units")
      .says("Rows and columns of a pool, of whose units at most one is on; 1: no pools, binary units.");
  type.parameter("image", &ConvolutionalRbm::image)
      .at_least(1)
      .at_most(1e5)
      .unit("pixels")
      .says("The shape of the image, [rows, columns] or [channels, rows, columns], where the data do not give it.");
  type.parameter("visible_units", &ConvolutionalRbm::visible_units).says("The type of the visible units.");
  type.parameter("weights_deviation", &ConvolutionalRbm::weights_deviation)
      .at_least(0)
      .says("Standard deviation of the initial weights.");
  type.parameter("hidden_bias", &ConvolutionalRbm::hidden_bias).says("The initial bias of every map.");
  type.parameter("visible_bias", &ConvolutionalRbm::visible_bias)
      .one_of({"data", "zero"})
      .says("Whether initial visible biases give the means of the data, or are zero.");
  type.parameter("one_visible_bias", &ConvolutionalRbm::one_visible_bias)
      .says("Whether all pixels of a channel share one bias, or each has its own.");
  type.parameter("part", &ConvolutionalRbm::part).says("The part of the data that the visible layer shows.");
}

Declared ConvolutionalRbm::declared(const DataSpec* data) const {
  LayerDeclaration shown, maps_of;
  shown.name = "visible";
  shown.units = visible_units;
  shown.visible = true;
  shown.part = part;
  shown.by_channel = one_visible_bias;
  shown.shape = image;
  if (const PartSpec* seen = data ? &data->part(part) : nullptr; seen && image.empty()) {
    if (seen->shape.empty())
      throw BadPipeline(fmt::format("'{}' of the data has no shape [rows, columns]; say here how its {} values lie",
                                    part, seen->width),
                        "with.image");
    shown.shape = seen->shape;
  }
  const std::size_t dimensions = shown.shape.size();
  if (dimensions != 2 && dimensions != 3)
    throw BadPipeline(dimensions == 0 ? std::string("the shape of the image must be said where no data are connected")
                                      : fmt::format("an image is [rows, columns] or [channels, rows, columns], got {} "
                                                    "numbers",
                                                    dimensions),
                      "with.image");
  if (kernel.size() != 2)
    throw BadPipeline(fmt::format("a kernel is [rows, columns], got {} numbers", kernel.size()), "with.kernel");
  // Where kernels do not fit, the connection says so.
  const auto pools = [&](std::size_t side) {
    return std::max<Index>(1, (shown.shape[dimensions - 2 + side] - kernel[side] + 1) / pool);
  };
  maps_of.name = "hidden";
  maps_of.shape = {maps, pools(0), pools(1) * pool * pool};
  maps_of.by_channel = true;
  maps_of.bias = hidden_bias;
  maps_of.units = make_value<Units>(
      pool > 1 ? fmt::format("{{use: units.at_most_one, with: {{block: {}}}}}", pool * pool) : "units.bernoulli");
  Join join;
  join.between = {"visible", "hidden"};
  join.connection = make_value<Connection>(
      fmt::format("{{use: connection.convolution, with: {{kernel: [{}], pool: {}}}}}", fmt::join(kernel, ", "), pool));
  join.weights_deviation = weights_deviation;
  return {{shown, maps_of}, {join}};
}

void ConvolutionalRbm::outputs(const Specs& in, Specs& out) const {
  const DataSpec* data = in.has("data") ? &in.get<Dataset>("data") : nullptr;
  try {
    out.set<Network>("model", declared(data).skeleton(data).spec());
  } catch (const BadPipeline& error) {
    const std::string where = error.where();
    out.problem(where.empty()                   ? "with.part"
                : where == "with.connections.1" ? "with.kernel"
                : where == "with.layers.1"      ? "in.data"
                : where == "with.layers.2"      ? "with.maps"
                                                : where,
                error.what());
  }
}

Outputs ConvolutionalRbm::run(const Inputs& in, Context& context) const {
  const DataSpec* data = in.has("data") ? &in.get<Dataset>("data").spec() : nullptr;
  return declared(data).run(in, context, visible_bias == "data");
}

}  // namespace harmonium
