#include "harmonium/plugin.hpp"

#include "ask_classify_belief_net.hpp"
#include "ask_classify_stack.hpp"
#include "ask_compare_stack.hpp"
#include "ask_complete_stack.hpp"
#include "ask_denoise_feedforward.hpp"
#include "ask_denoise_stack.hpp"
#include "ask_energy_stack.hpp"
#include "ask_features.hpp"
#include "ask_features_feedforward.hpp"
#include "ask_features_stack.hpp"
#include "ask_generate_belief_net.hpp"
#include "ask_generate_helmholtz.hpp"
#include "ask_generate_stack.hpp"
#include "columns.hpp"
#include "complete.hpp"
#include "energies.hpp"
#include "generate.hpp"
#include "network_classes.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::EnergyQuestion>("ask.energy");
  registrar.node<harmonium::CompareQuestion>("ask.compare");
  registrar.node<harmonium::CompleteQuestion>("ask.complete");
  registrar.node<harmonium::ClassifyQuestion>("ask.classify");
  registrar.node<harmonium::GenerateQuestion>("ask.generate");
  registrar.node<harmonium::DenoiseQuestion>("ask.denoise");
  registrar.composite("ask.features", ask_features);
  // What other models than networks are asked.
  registrar.node<harmonium::NetworkClasses>("ask.classify.feedforward");
  registrar.composite("ask.denoise.feedforward", ask_denoise_feedforward);
  registrar.composite("ask.features.feedforward", ask_features_feedforward);
  registrar.composite("ask.classify.stack", ask_classify_stack);
  registrar.composite("ask.compare.stack", ask_compare_stack);
  registrar.composite("ask.complete.stack", ask_complete_stack);
  registrar.composite("ask.denoise.stack", ask_denoise_stack);
  registrar.composite("ask.energy.stack", ask_energy_stack);
  registrar.composite("ask.features.stack", ask_features_stack);
  registrar.composite("ask.generate.stack", ask_generate_stack);
  registrar.composite("ask.generate.helmholtz", ask_generate_helmholtz);
  registrar.composite("ask.classify.belief_net", ask_classify_belief_net);
  registrar.composite("ask.generate.belief_net", ask_generate_belief_net);
  registrar.node<harmonium::Columns>("data.columns");
}
