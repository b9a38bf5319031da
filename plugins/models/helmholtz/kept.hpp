#pragma once

#include <string>
#include <vector>

#include "harmonium/spec.hpp"

namespace harmonium::helmholtz {

/// Which parameters of directed layers keep their values while the others learn, by their names in export.npz: "layer1"
/// stands for the biases of layer 1 either way, "layer1-layer0" for the weights of generation into layer 0,
/// "layer0-layer1" for those of recognition into layer 1.
struct Kept {
  std::vector<bool> biases, generation, recognition;

  /// Nothing is kept.
  explicit Kept(const HelmholtzSpec& machine = {});
  /// Keeps what a name stands for; whether there is any.
  bool keep(const std::string& name);
  bool everything() const;
  /// All names that stand for something, for messages.
  std::string names() const;
};

}  // namespace harmonium::helmholtz
