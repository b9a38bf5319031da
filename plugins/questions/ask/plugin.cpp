#include "harmonium/plugin.hpp"

#include "ask_features.hpp"
#include "columns.hpp"
#include "complete.hpp"
#include "energies.hpp"
#include "generate.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::EnergyQuestion>("ask.energy");
  registrar.node<harmonium::CompareQuestion>("ask.compare");
  registrar.node<harmonium::CompleteQuestion>("ask.complete");
  registrar.node<harmonium::ClassifyQuestion>("ask.classify");
  registrar.node<harmonium::GenerateQuestion>("ask.generate");
  registrar.node<harmonium::DenoiseQuestion>("ask.denoise");
  registrar.composite("ask.features", ask_features);
  registrar.node<harmonium::Columns>("data.columns");
}
