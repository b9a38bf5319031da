#include "harmonium/plugin.hpp"

#include "idx_reader.hpp"

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::IdxReader>("reader.idx"); }
