#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "harmonium/spec.hpp"

namespace harmonium::report {

/// What a model is, from its spec: its layers and connections, which layers are sampled at once (Network::colours), and
/// which quantities are exact in it.
HARMONIUM_API std::string describe_model(const ModelSpec& model);
HARMONIUM_API nlohmann::ordered_json describe_model_as_json(const ModelSpec& model);

}  // namespace harmonium::report
