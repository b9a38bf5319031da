#pragma once

#include <string>

#include "harmonium/node.hpp"

namespace harmonium::figures {

/// The incoming weights of hidden units, each a tile.
class WeightsFigure {
 public:
  Index tiles = 100;
  std::string order = "norm";
  std::string colours = "blue-red";
  std::string title;

  static void describe(NodeType<WeightsFigure>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

/// The incoming weights of some hidden units as training goes on.
class SnapshotsFigure {
 public:
  Index units = 12;
  std::string order = "index";
  std::string colours = "blue-red";
  std::string title;

  static void describe(NodeType<SnapshotsFigure>& type);
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium::figures
