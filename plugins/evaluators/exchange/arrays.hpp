#pragma once

#include <string>
#include <vector>

#include "harmonium/belief_net.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/helmholtz.hpp"
#include "harmonium/network.hpp"
#include "npz.hpp"

namespace harmonium {

/// Everything that models have learned, each array's name after `prefix`. With `described`, what the arrays do not tell
/// as well: JSON text in an array of bytes, units and connections as a pipeline file would say them.

/// "LAYER.PARAMETER" (one value a unit) for every parameter of every layer, and "A-B.weights" (of a dense connection:
/// units of A x units of B) for every connection. Described in "model":
///   {"format": 1, "layers": [{"name", "units", "size", "shape", "visible", "part", "by_channel"}, ...],
///    "links": [{"connection", "a", "b", "weights"}, ...], "certificate": {...} where it has one},
/// a and b being numbers of layers from 0, weights the array's name without the prefix.
std::vector<NamedArray> arrays_of(const Network& network, const std::string& prefix, bool described);

/// "layerK.weights" (inputs x outputs) and "layerK.PARAMETER", K from 1. Described in "readout":
///   {"format": 1, "layers": [{"units"}, ...], "classes", "part", "input_shape", "output_shape"}.
std::vector<NamedArray> arrays_of(const Feedforward& network, bool described);

/// "helmholtz.layerK.bias" and "helmholtz.layerK.recognition_bias", K from 0 at the data; of generation
/// "helmholtz.layer1-layer0.weights" (units above x units below), of recognition "helmholtz.layer0-layer1.weights".
/// Described in "helmholtz": {"format": 1, "sizes", "shape", "part"}.
std::vector<NamedArray> arrays_of(const HelmholtzMachine& machine, bool described);

/// The directed layers as those of a Helmholtz machine, and described like them, as "belief_net", the top RBM as a
/// network after the prefix "belief_net.top.".
std::vector<NamedArray> arrays_of(const DeepBeliefNet& net, bool described);

}  // namespace harmonium
