#include "kept.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace harmonium::helmholtz {

Kept::Kept(const HelmholtzSpec& machine)
    : biases(machine.sizes.size(), false),
      generation(biases.empty() ? 0 : biases.size() - 1, false),
      recognition(generation) {}

bool Kept::keep(const std::string& name) {
  for (std::size_t l = 0; l < biases.size(); ++l)
    if (name == fmt::format("layer{}", l)) return biases[l] = true;
  for (std::size_t l = 0; l < generation.size(); ++l) {
    if (name == fmt::format("layer{}-layer{}", l + 1, l)) return generation[l] = true;
    if (name == fmt::format("layer{}-layer{}", l, l + 1)) return recognition[l] = true;
  }
  return false;
}

bool Kept::everything() const {
  const auto all = [](const std::vector<bool>& kept) {
    return std::find(kept.begin(), kept.end(), false) == kept.end();
  };
  return all(biases) && all(generation) && all(recognition);
}

std::string Kept::names() const {
  if (biases.size() < 2) return "layer0";
  return fmt::format(
      "layer0 to layer{}, layer1-layer0 and so on for generation, layer0-layer1 and so on for recognition",
      biases.size() - 1);
}

}  // namespace harmonium::helmholtz
