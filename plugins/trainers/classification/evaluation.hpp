#pragma once

#include <string>
#include <vector>

#include "clamped_means.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// What a model that shows features and their class takes rows for: p(class | features), exact where it can be, else by
/// sampling the machine with the features clamped.
struct ClassificationError : ClampedMeans {
  std::string label = "label";
  std::string by = "automatic";

  struct State {
    Index done = 0;
    std::vector<Index> truth;
    Tensor log_probability, squared_errors;  ///< rows x K, double
    bool exact = false;
    void visit(Visitor& visitor);
  };
  static void describe(NodeType<ClassificationError>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

/// How well a model that shows features and a target predicts the target: its mean given the features, by sampling.
struct RegressionError : ClampedMeans {
  std::string target = "label";

  struct State {
    Index done = 0;
    Tensor means;                                    ///< rows x the target's width, double
    double squares = 0, sampling = 0, variance = 0;  ///< the last: of the targets, summed over columns
    void visit(Visitor& visitor);
  };
  static void describe(NodeType<RegressionError>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
