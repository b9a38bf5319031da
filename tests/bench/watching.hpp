#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harmonium/views.hpp"

namespace harmonium::bench {

/// Trains the node `trained` of a pipeline as `harmonium run` does, with its progress line, journal, checkpoints and
/// report, and after every piece of that work the same piece once more, bare. Prints a line an epoch of what both took,
/// the first epoch excepted, and a last one of what came after them. Everything new, in `folder`. Throws Error.
void watched_beside_bare(const std::string& pipeline, std::vector<std::pair<std::string, std::string>> parameters,
                         const std::string& folder);

}  // namespace harmonium::bench
