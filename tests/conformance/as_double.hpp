#pragma once

#include <algorithm>

#include "harmonium/tensor.hpp"

namespace harmonium::conformance {

/// The same values in double.
inline Tensor as_double(const Tensor& values) {
  Tensor copy(Element::float64, values.shape());
  std::copy_n(values.data<float>(), values.size(), copy.data<double>());
  return copy;
}

}  // namespace harmonium::conformance
