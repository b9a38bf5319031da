#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "harmonium/setting.hpp"
#include "harmonium/type.hpp"

namespace harmonium::report {

/// A setting as it would stand in a pipeline file, on one line: `0.1`, `up`, `[1, 2]`, `update.sgd`,
/// `{use: update.sgd, with: {rate: 0.1}}`. Empty for a value that is not given.
HARMONIUM_API std::string yaml_of(const Setting& setting);
/// The same as JSON; null for a value that is not given.
HARMONIUM_API nlohmann::ordered_json json_of(const Setting& setting);

/// "whole number", "number", "true or false", "text", "file", "folder", "update rule", "list of numbers".
HARMONIUM_API std::string kind_of(const ParameterInfo& parameter);
/// "at least 1", "above 0, below 1", "one of up, down"; empty where everything goes.
HARMONIUM_API std::string range_of(const ParameterInfo& parameter);

}  // namespace harmonium::report
