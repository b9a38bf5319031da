#pragma once

#include <string>

#include "fitting.hpp"

namespace harmonium {

/// A stack of RBMs with hidden layers of W_1, ..., W_L unrolled into a network that goes up through W_1, ..., W_L and
/// down again through their transposes, W_L', ..., W_1', whose biases are those of the visible units; then both halves
/// are trained by backpropagation to give back what was put in. A code that is to be linear is a topmost RBM of
/// Gaussian hidden units. Hinton, Salakhutdinov 2006. Where inputs are corrupted the targets stay clean: a denoising
/// autoencoder. Vincent, Larochelle, Bengio, Manzagol 2008.
struct Autoencoder : Fitting {
  std::string initial = "stack";

  Autoencoder() { target.clear(); }
  static void describe(NodeType<Autoencoder>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
