#pragma once

#include <string>

#include "harmonium/network.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// The weights among the units of a layer, units x units, symmetric and zero on the diagonal, whatever the connection
/// is. Throws BadData where they are not joined.
Tensor lateral_weights(const Network& model, Index layer);

/// Notes in `outputs`, as a problem of `where`, where no visible layer of the model has its units joined to each other.
/// Returns the number of the first that has, or -1.
Index check_joined(const ModelSpec& model, const std::string& where, Specs& outputs);

}  // namespace harmonium
