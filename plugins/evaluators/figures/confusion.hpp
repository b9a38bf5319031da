#pragma once

#include <string>

#include "harmonium/node.hpp"

namespace harmonium::figures {

/// A table of counts, true class by predicted class, as a picture.
class ConfusionFigure {
 public:
  std::string title;

  static void describe(NodeType<ConfusionFigure>& type);
  Outputs run(const Inputs& inputs, Context& context) const;
};

}  // namespace harmonium::figures
