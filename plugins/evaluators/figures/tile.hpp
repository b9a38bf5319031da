#pragma once

#include <string>
#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::figures {

/// A small picture: rows x columns values, and a few words above it. What is not a number is left blank.
struct Tile {
  Index rows = 0, columns = 0;
  std::vector<float> values;
  std::string caption;
};

/// The values of one layer as a tile, in the layer's shape: {rows, columns}, or {channels, rows, columns} with the
/// channels side by side. Values without a shape fill the rows of a square, or of the next larger rectangle.
Tile make_tile(Span<const float> values, const Tensor::Shape& shape);

/// The layer of a model that pictures show: the first visible one with a shape, else the first visible one.
Index pictured_layer(const Network& model);

}  // namespace harmonium::figures
