#pragma once

#include <map>
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

/// Reference pages in Markdown, by their file names: one for each first word of the types' names, and README.md that
/// leads to them.
HARMONIUM_API std::map<std::string, std::string> reference(const std::vector<TypeInfo>& types);

}  // namespace harmonium::report
