#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// The computed part first, then the parts of the data that are not `consumed`.
DataSpec encoded(const DataSpec& data, PartSpec computed, const std::vector<std::string>& consumed);
/// The same with the rows: `values` are those of the computed part.
Dataset encoded(const Dataset& data, PartSpec computed, std::shared_ptr<const Tensor> values,
                const std::vector<std::string>& consumed);

}  // namespace harmonium
