#include "harmonium/plugin.hpp"

// Of another compiler; must not be called.
extern "C" __attribute__((visibility("default"))) const harmonium::PluginHandshake harmonium_plugin = {
    harmonium::plugin_magic, sizeof(harmonium::PluginHandshake),
    HARMONIUM_SDK_MAJOR,     HARMONIUM_SDK_MINOR,
    "another-abi",           [](harmonium::Registrar*) -> const char* { __builtin_trap(); }};
