#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/units.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// A directed network: each layer passes on the mean of its units given their input. A softmax read-out is one of one
/// layer, a fine-tuned stack one of several. Since units are exponential families, the loss of the last layer is
/// A(input) - input . target, its derivative mean - target, whatever the units are.
class HARMONIUM_API Feedforward {
 public:
  static constexpr const char* port_type = "feedforward";
  using Spec = FeedforwardSpec;

  struct Stage {
    Handle<Units> units;
    Tensor weights;     ///< inputs x outputs
    Tensor parameters;  ///< what the units learn: parameters x outputs, the bias first
    HARMONIUM_API void visit(Visitor& visitor);
    Index inputs() const { return weights.rows(); }
    Index outputs() const { return weights.columns(); }
  };

  std::vector<Stage> stages;
  /// Names of the classes, where the last stage classifies.
  std::vector<std::string> classes;
  /// The part of a data set that it reads.
  std::string part = "features";
  /// Image shapes of what it reads and of what it gives; empty where they have none.
  Tensor::Shape input_shape, output_shape;

  FeedforwardSpec spec() const;
  /// out (rows x outputs of the last stage) = the means. Works in blocks of rows; allocates.
  void forward(View<const float> in, View<float> out) const;
  void visit(Visitor& visitor);
};

}  // namespace harmonium
