#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::figures {

/// Hidden units of a model's first hidden layer that differ: all, or one of each channel where the units of a channel
/// share their parameters, since they differ in where they look alone.
std::vector<Index> different_units(const Network& model);

/// The incoming weights of those units of the highest model's first hidden layer, as the lowest model's pictured layer
/// sees them: units x visible units. Above the first model they are projected down linearly, W1 W2 ... Wn.
/// `models` stand in the order of a stack, the lowest first. Throws BadData where layers are not joined.
Tensor incoming_weights(const std::vector<const Network*>& models);

/// Cuts images that are zero beyond a window to the smallest window that holds what is not zero in any of them: where a
/// convolution's units look. `shape` becomes that of the rows of what is given back.
Tensor cut_to_window(View<const float> images, Tensor::Shape& shape);

/// The first `count` rows of a matrix, or those of the largest norm, largest first.
std::vector<Index> choose_rows(View<const float> matrix, Index count, bool largest);

}  // namespace harmonium::figures
