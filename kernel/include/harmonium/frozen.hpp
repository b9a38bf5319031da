#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"

namespace harmonium {

/// Which parameters of a network keep their values while the others learn. Default: none.
struct Frozen {
  /// One flag a layer and one a connection, or empty.
  std::vector<std::uint8_t> layers, links;

  /// By name: a layer stands for the parameters of its units, "a-b" (or "b-a", or "a-a") for the weights between layers
  /// a and b, and with them all weights that are shared. Throws BadPipeline where a name stands for nothing.
  HARMONIUM_API static Frozen named(const ModelSpec& model, const std::vector<std::string>& names);

  bool layer(Index i) const { return !layers.empty() && layers[static_cast<std::size_t>(i)] != 0; }
  bool link(Index i) const { return !links.empty() && links[static_cast<std::size_t>(i)] != 0; }
};

/// Notes in `outputs`, as problems of "with.frozen", a name that stands for nothing, that nothing is left to learn, and
/// layers where learning is centred, which makes biases take up what weights do.
HARMONIUM_API void check_frozen(const ModelSpec& model, const std::vector<std::string>& names, bool centred,
                                Specs& outputs);

}  // namespace harmonium
