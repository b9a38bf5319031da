#pragma once

#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/schedule.hpp"

namespace harmonium {

class Course;

/// Whether a memory comes back to its patterns: from noisy ones, or from a part of them that is held.
struct Recall {
  Handle<Sampler> sampler{"sampler.descent"};
  Handle<Schedule> temperature{"1"};
  Index sweeps = 50;
  Index repeats = 10;
  Index average = 1;
  std::string until = "end";
  std::string from = "noise";
  std::vector<double> shares = {0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5};

  static void describe(NodeType<Recall>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;

 private:
  /// The columns of a row.
  std::vector<double> outcome(const Course& course, View<const float> wanted, float high) const;
};

/// The energy along a sampler's way.
struct Energies {
  Handle<Sampler> sampler{"sampler.gibbs"};
  Handle<Schedule> temperature{"1"};
  Index sweeps = 20;
  double noise = 0.3;
  Index chains = 20;

  static void describe(NodeType<Energies>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

/// Which minima there are besides the patterns.
struct Minima {
  Index starts = 1000;
  Index sweeps = 100;

  static void describe(NodeType<Minima>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

/// The two states of a layer's units; RunFailed, naming what asks, where they have others.
struct TwoStates {
  float low = 0, high = 1;
};
TwoStates two_states(const Layer& layer, const char* what);
/// The same before any work: notes the layers of the model that have others.
void demand_two_states(const ModelSpec& model, const char* what, Specs& out);

}  // namespace harmonium
