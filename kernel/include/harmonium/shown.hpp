#pragma once

#include <string>

#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"

namespace harmonium {

/// Notes in `outputs`, as a problem of `where` ("in.data"), what the data lack of what the model's visible layers show:
/// a part, or its width.
HARMONIUM_API void check_shown(const ModelSpec& model, const DataSpec& data, const std::string& where, Specs& outputs);

}  // namespace harmonium
