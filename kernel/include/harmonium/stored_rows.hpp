#pragma once

#include <memory>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/export.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// Stands for a class that nobody knows: the row is given out as nan.
inline constexpr int missing_class = -1;

/// A data set whose values lie in memory, in the store or in a mapped file, with one tensor for each part of the spec:
///  - numbers: rows x width values of any element, given out as they are;
///  - a category: one class number a row, counted from 0, of any whole element, given out as one of K; or
///    missing_class.
/// std::logic_error where tensors do not fit the spec; reading throws BadData where a class number is out of range.
HARMONIUM_API Dataset stored_rows(DataSpec spec, std::vector<std::shared_ptr<const Tensor>> parts);

}  // namespace harmonium
