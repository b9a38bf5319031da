#pragma once

#include <string>
#include <vector>

#include "harmonium/type.hpp"

namespace harmonium::plugin {

/// What is wrong with the declaration of a type, a sentence each, naming type and parameter or port: names that are not
/// [a-z][a-z0-9_-]*(.[a-z][a-z0-9_-]*)+ (parameters and ports: [a-z][a-z0-9_]*) or come twice, a missing sentence
/// (says), a port without type, a range without values, a default that its own range or choices refuse.
HARMONIUM_API std::vector<std::string> faults(const TypeInfo& type);

}  // namespace harmonium::plugin
