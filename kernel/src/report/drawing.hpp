#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pipeline/graph.hpp"

namespace harmonium::report {

/// A checked pipeline as a figure: nodes with their types, boxes around what belongs together (stack.1 within stack),
/// and on the arrows what flows along them, as far as it is known before any work: "1,437 x 64", "64-256".
/// Of copies the first is drawn and stands for all, unless all are wanted. In the language of Graphviz
/// (https://graphviz.org/doc/info/lang.html).
HARMONIUM_API std::string as_dot(const pipeline::Graph& graph, bool all_copies = false);
/// The same as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html).
HARMONIUM_API std::string as_mermaid(const pipeline::Graph& graph, bool all_copies = false);

/// The nodes that such a figure draws: of copies the first, and how many more are like it.
std::vector<std::pair<std::size_t, std::size_t>> drawn_nodes(const pipeline::Graph& graph);

/// What is known of an output: "1,437 x 64", "64-256", "64 to 10", or empty.
HARMONIUM_API std::string size_of(const Specs& outputs, const std::string& port);

}  // namespace harmonium::report
