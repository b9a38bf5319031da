#pragma once

#include <utility>
#include <vector>

#include "harmonium/views.hpp"

namespace harmonium {

/// Colours the vertices of a graph so that no edge joins two of the same colour, few colours being used: vertices
/// listed earlier get lower ones. Every vertex's colour, from 0.
std::vector<Index> colour_graph(Index vertices, const std::vector<std::pair<Index, Index>>& edges,
                                const std::vector<Index>& order);

}  // namespace harmonium
