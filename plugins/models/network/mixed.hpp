#pragma once

#include "declared.hpp"

namespace harmonium {

/// An RBM that shows data of several kinds: a visible layer for every part, with units that suit what it holds, all
/// joined to one hidden layer. Welling, Rosen-Zvi, Hinton 2004; Tran, Phung, Venkatesh 2011.
struct MixedRbm {
  Index hidden = 0;
  Handle<Units> hidden_units{"units.bernoulli"};
  Handle<Units> real{"units.gaussian"}, binary{"units.bernoulli"}, category{"units.softmax"}, count{"units.poisson"};
  std::vector<std::string> parts;
  double weights_deviation = 0.01;
  double hidden_bias = 0;
  std::string visible_bias = "data";

  static void describe(NodeType<MixedRbm>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;

 private:
  const Handle<Units>& units_of(PartSpec::Kind kind) const;
  /// Throws BadPipeline where the data have no such part.
  Declared declared(const DataSpec& data) const;
};

}  // namespace harmonium
