#pragma once

#include <vector>

#include "pipeline/expand.hpp"
#include "pipeline/graph.hpp"

namespace harmonium::pipeline {

/// Lets specs flow through the graph, sources first, before any work: every node says what it will make of what comes
/// in. `drafts[i]` is what graph.nodes[i] came from; one that failed, and what depends on it, is left out.
void flow_specs(Graph& graph, std::vector<Draft*>& drafts, Problems& problems);

}  // namespace harmonium::pipeline
