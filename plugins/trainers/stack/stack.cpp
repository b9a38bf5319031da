#include "harmonium/plugin.hpp"
#include "stack_dbm.hpp"
#include "stack_greedy.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.composite("stack.greedy", stack_greedy);
  registrar.composite("stack.dbm", stack_dbm);
}
