#pragma once

#include <vector>

#include "harmonium/network.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::figures {

/// The incoming weights of every unit of the highest model's first hidden layer, as the lowest model's pictured layer
/// sees them: hidden units x visible units. Above the first model they are projected down linearly, W1 W2 ... Wn.
/// `models` stand in the order of a stack, the lowest first. Throws BadData where layers are not joined.
Tensor incoming_weights(const std::vector<const Network*>& models);

/// The first `count` rows of a matrix, or those of the largest norm, largest first.
std::vector<Index> choose_rows(View<const float> matrix, Index count, bool largest);

}  // namespace harmonium::figures
