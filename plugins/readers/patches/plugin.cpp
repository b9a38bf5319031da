#include "harmonium/plugin.hpp"

#include "patches.hpp"

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Patches>("reader.patches"); }
