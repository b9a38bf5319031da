#include "harmonium/plugin.hpp"

#include "recall.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Recall>("evaluator.recall");
  registrar.node<harmonium::Energies>("evaluator.energies");
  registrar.node<harmonium::Minima>("evaluator.minima");
}
