#include <stdexcept>

#include "node.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<Good>("refused.before");
  throw std::runtime_error("on purpose");
}
