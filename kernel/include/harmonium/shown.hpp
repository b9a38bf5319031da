#pragma once

#include <string>

#include "harmonium/export.hpp"
#include "harmonium/network.hpp"
#include "harmonium/spec.hpp"

namespace harmonium {

/// Notes in `outputs`, as a problem of `where` ("in.data"), what the data lack of what the model's visible layers show:
/// a part, or its width.
HARMONIUM_API void check_shown(const ModelSpec& model, const DataSpec& data, const std::string& where, Specs& outputs);

/// Throws BadData, with the row and the remedy, where rows (rows x size) are no states of a layer's units: of such a
/// model they have no likelihood. `first` is the number of the first row in the data.
HARMONIUM_API void demand_states(const Layer& layer, View<const float> rows, Index first);

/// The name of a column of likelihoods of rows, which tells those apart that cannot be compared: "log-likelihood",
/// "log-likelihood of drawn rows", "log-likelihood of thresholded rows".
HARMONIUM_API std::string column_of(const std::string& name, const ModelSpec& model, const DataSpec& data);
HARMONIUM_API std::string column_of(const std::string& name, const PartSpec& part);

}  // namespace harmonium
