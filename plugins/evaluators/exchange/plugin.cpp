#include "harmonium/plugin.hpp"

#include "export.hpp"
#include "export_png.hpp"
#include "harmonium/belief_net.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/helmholtz.hpp"
#include "import.hpp"
#include "read.hpp"
#include "read_directed.hpp"

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::ExportNpz>("export.npz");
  registrar.node<harmonium::ExportNpy>("export.npy");
  registrar.node<harmonium::ExportPng>("export.png");
  registrar.node<harmonium::ImportNpz>("model.npz");
  registrar.node<harmonium::ReadModel>("model.read");
  registrar.node<harmonium::ReadDirected<harmonium::Feedforward>>("model.read.feedforward");
  registrar.node<harmonium::ReadDirected<harmonium::HelmholtzMachine>>("model.read.helmholtz");
  registrar.node<harmonium::ReadDirected<harmonium::DeepBeliefNet>>("model.read.belief_net");
}
