#include "harmonium/plugin.hpp"

#include "evaluation.hpp"
#include "training.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Classification>("trainer.classification");
  registrar.node<harmonium::ClassificationError>("evaluator.classification");
  registrar.node<harmonium::RegressionError>("evaluator.regression");
}
