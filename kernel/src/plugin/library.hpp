#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harmonium/plugin.hpp"

namespace harmonium::plugin {

/// Why the kernel cannot use a plugin with that handshake, as a sentence; empty where it can. Reads no more of it than
/// the fields before have shown to be there, and calls nothing.
HARMONIUM_API std::string objection(const PluginHandshake& handshake);

/// Opens a library, for good, and returns what it registers. Throws Error (plugin_missing) with one sentence that says
/// what is wrong: not a library, no plugin, another SDK, another ABI, an error while it registers.
std::vector<TypeInfo> types_of_library(const std::filesystem::path& file);

}  // namespace harmonium::plugin
