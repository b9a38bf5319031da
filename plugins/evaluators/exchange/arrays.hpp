#pragma once

#include <string>
#include <vector>

#include "harmonium/feedforward.hpp"
#include "harmonium/network.hpp"
#include "npz.hpp"

namespace harmonium {

/// Everything that a network has learned. "LAYER.PARAMETER" (one value a unit) for every parameter of every layer, and
/// "A-B.weights" (of a dense connection: units of A x units of B) for every connection; each after `prefix`.
std::vector<NamedArray> arrays_of(const Network& network, const std::string& prefix);
/// What the arrays do not tell of a network, as JSON text in an array "model" of bytes after `prefix`:
///   {"layers": [{"name", "units", "size", "shape", "visible", "part", "by_channel"}, ...],
///    "links": [{"connection", "a", "b", "weights"}, ...], "certificate": {...} where it has one},
/// units and connections as a pipeline file would say them, a and b numbers of layers from 0, weights the array's name
/// without the prefix.
NamedArray description_of(const Network& network, const std::string& prefix);
/// The same of a directed network: "layerK.weights" (inputs x outputs) and "layerK.PARAMETER", K from 1.
std::vector<NamedArray> arrays_of(const Feedforward& network);

}  // namespace harmonium
