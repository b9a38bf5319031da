#pragma once

#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"

namespace harmonium {

/// Natural parameters of the base, layer by layer. It has the rates of the data, and in hidden units that are joined to
/// each other those with rows of the data shown; no biases of other hidden units, which runs count for more without
/// them, nor without data. Throws BadData where data that are to be checked cannot be states of the visible units.
std::vector<Tensor> base_of(const Network& network, const Dataset* data, bool check, const Stream& stream);

/// States of chains that are to come to rest in the model: half of them from rows of the data, or from the biases alone
/// where there are none, the others from minima of the energy. Where they then still differ, a mode has been missed.
void begin_burn_in(const Network& network, const Dataset* data, const Stream& stream, Chains& chains);

}  // namespace harmonium
