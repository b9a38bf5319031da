#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harmonium/type.hpp"

namespace harmonium::report {

/// What a type says of itself: sentence, ports, parameters with unit, default, range and citation, version, plugin and
/// a snippet. Everything is from its one declaration.
HARMONIUM_API std::string describe(const TypeInfo& type);
HARMONIUM_API nlohmann::ordered_json describe_as_json(const TypeInfo& type);

/// Text for a pipeline file with every parameter at its default: of a node, an entry of `nodes` whose inputs are called
/// as their ports; of a value, a map. What must be given stands as a placeholder, "<file>".
HARMONIUM_API std::string snippet(const TypeInfo& type);

/// All types, a line each, grouped by the first word of their names.
HARMONIUM_API std::string overview(const std::vector<TypeInfo>& types);

}  // namespace harmonium::report
