#pragma once

#include <cstddef>
#include <vector>

namespace harmonium::pipeline {

struct Order {
  /// Sources before those that use them, else as near to the given order as a walk by depth leaves it.
  std::vector<std::size_t> nodes;
  /// Each as a -> b -> a, along the flow of data, without the repeated end. Empty where there are none; then `nodes` is
  /// no order.
  std::vector<std::vector<std::size_t>> cycles;
};

/// `sources[i]` are the nodes that node i uses.
Order order(const std::vector<std::vector<std::size_t>>& sources);

}  // namespace harmonium::pipeline
