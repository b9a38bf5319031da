#pragma once

#include <string>

#include "answer.hpp"
#include "clamped_chains.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Draws rows from a model.
struct GenerateQuestion : Drawing {
  Index count = 1;
  Index sweeps = 1000;
  std::string give = "mean";
  std::string of_class = "any";
  std::string part = "label";

  using State = Answer;
  static void describe(NodeType<GenerateQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  /// The class of a row, or -1 for any.
  Index class_of(Index row, Index classes) const;
};

/// Moves rows towards what a model holds likely.
struct DenoiseQuestion : Drawing {
  Index sweeps = 1;
  std::string by = "means";
  std::string give = "mean";

  using State = Answer;
  static void describe(NodeType<DenoiseQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
