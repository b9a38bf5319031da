#include "harmonium/plugin.hpp"

// Of another major version; must not be called.
extern "C" __attribute__((visibility("default"))) const harmonium::PluginHandshake harmonium_plugin = {
    harmonium::plugin_magic, sizeof(harmonium::PluginHandshake),
    HARMONIUM_SDK_MAJOR + 1, HARMONIUM_SDK_MINOR,
    HARMONIUM_ABI,           [](harmonium::Registrar*) -> const char* { __builtin_trap(); }};
