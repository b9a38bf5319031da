#include "harmonium/plugin.hpp"
#include "stack_greedy.hpp"

HARMONIUM_PLUGIN(registrar) { registrar.composite("stack.greedy", stack_greedy); }
