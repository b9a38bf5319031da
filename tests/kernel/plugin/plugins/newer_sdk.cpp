#include "harmonium/plugin.hpp"

// Of a newer minor version; must not be called.
extern "C" __attribute__((visibility("default"))) const harmonium::PluginHandshake harmonium_plugin = {
    harmonium::plugin_magic, sizeof(harmonium::PluginHandshake),
    HARMONIUM_SDK_MAJOR,     HARMONIUM_SDK_MINOR + 1,
    HARMONIUM_ABI,           [](harmonium::Registrar*) -> const char* { __builtin_trap(); }};
