#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"

namespace harmonium {

/// A frame around images.
class Pad {
 public:
  std::vector<Index> border;
  double value = 0;
  std::string part = "features";

  static void describe(NodeType<Pad>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;

 private:
  DataSpec padded(const DataSpec& data) const;
};

}  // namespace harmonium
