#include "harmonium/plugin.hpp"

#include "class_samples.hpp"
#include "complete.hpp"
#include "divergence.hpp"
#include "fantasies.hpp"
#include "likelihood.hpp"
#include "model.hpp"
#include "questions.hpp"
#include "unroll.hpp"
#include "up_down.hpp"
#include "wake_sleep.hpp"

HARMONIUM_PLUGIN(registrar) {
  using namespace harmonium::helmholtz;
  using harmonium::DeepBeliefNet;
  using harmonium::HelmholtzMachine;
  registrar.node<Untrained>("model.helmholtz");
  registrar.node<Fantasies>("model.fantasies");
  registrar.node<WakeSleep>("trainer.wake_sleep");
  registrar.node<Unroll>("model.deep_belief");
  registrar.node<UpDown>("trainer.up_down");
  registrar.node<ClassSamples>("model.class_samples");
  registrar.node<Divergence>("evaluator.helmholtz_divergence");
  registrar.node<DivergenceCourse>("evaluator.helmholtz_divergence_course");
  registrar.node<Halves>("model.halves");
  registrar.node<Recognised<HelmholtzMachine>>("ask.features.helmholtz");
  registrar.node<Recognised<DeepBeliefNet>>("ask.features.belief_net");
  registrar.node<Denoised<HelmholtzMachine>>("ask.denoise.helmholtz");
  registrar.node<Denoised<DeepBeliefNet>>("ask.denoise.belief_net");
  registrar.node<Complete<HelmholtzMachine>>("ask.complete.helmholtz");
  registrar.node<Complete<DeepBeliefNet>>("ask.complete.belief_net");
  registrar.node<EnergyOfRows<HelmholtzMachine>>("ask.energy.helmholtz");
  registrar.node<EnergyOfRows<DeepBeliefNet>>("ask.energy.belief_net");
  registrar.node<CompareRows<HelmholtzMachine>>("ask.compare.helmholtz");
  registrar.node<CompareRows<DeepBeliefNet>>("ask.compare.belief_net");
  registrar.node<Likelihood>("evaluator.helmholtz_likelihood");
}
