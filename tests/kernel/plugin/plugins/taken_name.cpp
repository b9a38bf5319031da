#include "node.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<Good>("refused.free");
  registrar.node<Good>("toy.numbers");
}
