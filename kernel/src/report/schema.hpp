#pragma once

#include <nlohmann/json_fwd.hpp>

#include "plugin/registry.hpp"

namespace harmonium::report {

/// JSON Schema (draft 7, which editors' YAML language servers understand) of pipeline files that use the types of a
/// registry. A `$name` may stand for any value. It is meant to help while writing: what it cannot know (whether
/// references lead somewhere, sizes, parameters given by `each`), `harmonium validate` checks.
HARMONIUM_API nlohmann::ordered_json schema(const Registry& registry);

}  // namespace harmonium::report
