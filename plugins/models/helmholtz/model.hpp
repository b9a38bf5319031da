#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

/// An untrained Helmholtz machine. Recognition and generation start apart from each other, by small weights of their
/// own; the lowest layer's generative biases give the data's means.
struct Untrained {
  std::vector<Index> hidden;
  Index visible = 0;
  double weights_deviation = 0.1;
  std::string visible_bias = "data";
  std::string part = "features";

  static void describe(NodeType<Untrained>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;

 private:
  HelmholtzSpec spec_for(const DataSpec* data) const;
};

}  // namespace harmonium::helmholtz
