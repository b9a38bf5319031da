#include "harmonium/plugin.hpp"

#include "ais.hpp"

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Ais>("evaluator.ais"); }
