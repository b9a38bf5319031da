#include "harmonium/plugin.hpp"

#include "npy_reader.hpp"

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::NpyReader>("reader.npy"); }
