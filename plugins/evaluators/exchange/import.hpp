#pragma once

#include <string>
#include <vector>

#include "harmonium/connection.hpp"
#include "harmonium/node.hpp"
#include "harmonium/units.hpp"

namespace harmonium {

/// A restricted Boltzmann machine whose weights were trained elsewhere.
class ImportNpz {
 public:
  FilePath path;
  std::string weights, visible_bias, hidden_bias;
  std::string orientation = "auto";
  Handle<Units> visible_units = "units.bernoulli", hidden_units = "units.bernoulli";
  Handle<Connection> connection = "connection.dense";
  std::vector<Index> shape;

  static void describe(NodeType<ImportNpz>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
