#pragma once

#include <string>

#include "harmonium/node.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

/// Independent draws from the generative model.
class Fantasies {
 public:
  Index rows = 100;
  std::string values = "states";

  static void describe(NodeType<Fantasies>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium::helmholtz
