#include "tile.hpp"

#include <cmath>

#include "harmonium/errors.hpp"

namespace harmonium::figures {

Tile make_tile(Span<const float> values, const Tensor::Shape& shape) {
  Index channels = 1, rows = 0, columns = 0;
  if (shape.size() == 2) {
    rows = shape[0];
    columns = shape[1];
  } else if (shape.size() == 3) {
    channels = shape[0];
    rows = shape[1];
    columns = shape[2];
  } else {
    columns = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(values.size))));
    rows = columns ? (values.size + columns - 1) / columns : 0;
  }
  const Index width = channels * columns;
  Tile tile{rows, width, std::vector<float>(static_cast<std::size_t>(rows * width), std::nanf("")), ""};
  for (Index i = 0; i < values.size; ++i) {
    const Index channel = i / (rows * columns), row = i / columns % rows, column = i % columns;
    if (channel < channels) tile.values[static_cast<std::size_t>(row * width + channel * columns + column)] = values[i];
  }
  return tile;
}

Index pictured_layer(const Network& model) {
  const std::vector<Index> visible = model.visible();
  if (visible.empty()) throw BadData("the model has no visible layer to draw");
  for (const Index l : visible)
    if (!model.layer(l).shape.empty()) return l;
  return visible.front();
}

}  // namespace harmonium::figures
