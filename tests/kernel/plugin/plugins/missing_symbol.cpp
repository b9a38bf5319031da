#include "node.hpp"

void nowhere_to_be_found();

HARMONIUM_PLUGIN(registrar) {
  nowhere_to_be_found();
  registrar.node<Good>("refused.good");
}
