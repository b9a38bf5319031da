#pragma once

#include "harmonium/node.hpp"

namespace harmonium {

/// A feed-forward network as export.npz wrote it.
class ReadFeedforward {
 public:
  FilePath path;

  static void describe(NodeType<ReadFeedforward>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

/// A Helmholtz machine, likewise.
class ReadHelmholtz {
 public:
  FilePath path;

  static void describe(NodeType<ReadHelmholtz>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

/// A deep belief network, likewise.
class ReadBeliefNet {
 public:
  FilePath path;

  static void describe(NodeType<ReadBeliefNet>& type);
  void outputs(const Specs& inputs, Specs& outputs) const;
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium
