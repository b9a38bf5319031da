#pragma once

#include "declared.hpp"

namespace harmonium {

/// An RBM whose hidden units are maps of kernels that look everywhere in the image with the same weights, with one bias
/// a map; by pools of which at most one unit is on. Lee, Grosse, Ranganath, Ng 2009; Norouzi, Ranjbar, Mori 2009.
struct ConvolutionalRbm {
  Index maps = 0;
  std::vector<Index> kernel;
  Index pool = 1;
  std::vector<Index> image;
  Handle<Units> visible_units{"units.bernoulli"};
  double weights_deviation = 0.01;
  double hidden_bias = 0;
  std::string visible_bias = "data";
  bool one_visible_bias = true;
  std::string part = "features";

  static void describe(NodeType<ConvolutionalRbm>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;

 private:
  /// Throws BadPipeline, naming the parameter, where the image has no shape or the kernels do not fit it.
  Declared declared(const DataSpec* data) const;
};

}  // namespace harmonium
