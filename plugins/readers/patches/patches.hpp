#pragma once

#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Rectangles cut out of images, each a row: from random places, every place of every image being as likely and drawn
/// with replacement, or from all places of a grid.
struct Patches {
  std::vector<FilePath> paths;
  std::vector<Index> size{8, 8};
  std::vector<Index> stride;
  Index count = 0;
  bool whole = false;

  static void describe(NodeType<Patches>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
