#pragma once

#include "described.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// The network that a file describes, with the values of its arrays or, before a run, with zeros. Throws BadData where
/// they do not fit the description.
Network network_in(const NpzFile& file, const Described& described, bool with_values);

/// A network as export.npz wrote it.
class ReadModel {
 public:
  FilePath path;
  Index number = 0;

  static void describe(NodeType<ReadModel>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
