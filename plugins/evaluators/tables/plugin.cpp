#include "harmonium/plugin.hpp"

#include "collect.hpp"
#include "summary.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Collect>("table.collect");
  registrar.node<harmonium::Summary>("table.summary");
}
