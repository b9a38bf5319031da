#pragma once

#include <string>

#include "answer.hpp"
#include "conditional.hpp"

namespace harmonium {

/// Fills in the missing values of rows.
struct CompleteQuestion : Conditioning {
  std::string give = "mean";

  using State = Answer;
  static void describe(NodeType<CompleteQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

/// The classes of rows of which only features are looked at.
struct ClassifyQuestion : Conditioning {
  std::string part = "label";

  static void describe(NodeType<ClassifyQuestion>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
