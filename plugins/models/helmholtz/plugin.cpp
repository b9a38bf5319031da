#include "harmonium/plugin.hpp"

#include "divergence.hpp"
#include "fantasies.hpp"
#include "likelihood.hpp"
#include "model.hpp"
#include "wake_sleep.hpp"

HARMONIUM_PLUGIN(registrar) {
  using namespace harmonium::helmholtz;
  registrar.node<Untrained>("model.helmholtz");
  registrar.node<Fantasies>("model.fantasies");
  registrar.node<WakeSleep>("trainer.wake_sleep");
  registrar.node<Divergence>("evaluator.helmholtz_divergence");
  registrar.node<DivergenceCourse>("evaluator.helmholtz_divergence_course");
  registrar.node<Likelihood>("evaluator.helmholtz_likelihood");
}
