#include "run/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/file.hpp"
#include "pipeline/overrides.hpp"
#include "pipeline/suggest.hpp"
#include "run/manifest.hpp"

namespace harmonium::run {
namespace {

using pipeline::Graph;
using pipeline::GraphNode;

/// Marks the nodes named, else those of the groups named: "curve" is all of curve[steps=1], curve[steps=3], "stack" all
/// of stack.1, and "curve.train" is curve[steps=1].train and its like.
void mark(const Graph& graph, const std::vector<std::string>& names, const char* option, std::vector<bool>& marks) {
  std::vector<std::vector<std::string>> paths;
  for (const GraphNode& node : graph.nodes) paths.push_back(pipeline::segments(node.path));
  for (const std::string& name : names) {
    const std::vector<std::string> wanted = pipeline::segments(name);
    bool found = false;
    for (const bool group : {false, true}) {
      if (found) break;
      for (std::size_t n = 0; n < paths.size(); ++n)
        if ((group || paths[n].size() == wanted.size()) && pipeline::names(wanted, paths[n])) found = marks[n] = true;
    }
    if (found) continue;
    std::vector<std::string> known;
    for (const GraphNode& node : graph.nodes) known.push_back(node.path);
    throw Error(Exit::usage,
                fmt::format("{} {}: there is no such node{}", option, name, pipeline::suggestion(name, known)));
  }
}

/// A run that is resumed was told so when it began: what it has finished since then is not made again.
void force_what_was_forced(const Graph& graph, const Manifest& then, const std::vector<Recipe>& recipes,
                           const Store& store, Selection& chosen) {
  std::vector<bool> forced(graph.nodes.size());
  mark(graph, then.force(), "--force", forced);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!forced[n]) continue;
    const auto entry = store.entry(recipes[n].key, nullptr, false);
    if (!entry || !is_forced_by(then.id(), entry->structure())) chosen.forced[n] = true;
  }
}

template <class Each>
void for_each_source(const GraphNode& node, Each&& each) {
  for (const auto& [port, sources] : node.inputs)
    for (const pipeline::Source& source : sources) each(source.node);
}

}  // namespace

bool is_forced_by(const std::string& run, const Structure& structure) {
  return structure.property("forced") == "yes" && structure.property("run") == run;
}

bool is_file(const PortInfo& port) { return port.type == File::port_type; }
bool is_table(const PortInfo& port) { return port.type == Table::port_type; }

Selection select(const Graph& graph, const Options& options, const std::vector<Recipe>& recipes, const Store& store,
                 bool content) {
  const std::size_t count = graph.nodes.size();
  Selection chosen;
  for (auto* marks : {&chosen.asked, &chosen.forced, &chosen.afresh, &chosen.shown, &chosen.needed, &chosen.runs})
    marks->assign(count, false);
  chosen.damage.resize(count);
  mark(graph, options.force, "--force", chosen.afresh);
  chosen.forced = chosen.afresh;
  if (options.resume) force_what_was_forced(graph, *options.repeated, recipes, store, chosen);
  if (options.to.empty()) {
    chosen.asked.assign(count, true);
    for (const GraphNode& node : graph.nodes)
      for_each_source(node, [&](std::size_t source) { chosen.asked[source] = false; });
  } else {
    mark(graph, options.to, "--to", chosen.asked);
  }

  std::vector<bool> upstream = chosen.asked;
  for (std::size_t n = count; n-- > 0;)
    if (upstream[n]) for_each_source(graph.nodes[n], [&](std::size_t source) { upstream[source] = true; });

  // Sources come before those that use them, so one pass from the back sees every node after all that need it.
  for (std::size_t n = count; n-- > 0;) {
    const GraphNode& node = graph.nodes[n];
    const auto& outputs = node.type->outputs;
    chosen.shown[n] = upstream[n] && (std::any_of(outputs.begin(), outputs.end(), is_file) ||
                                      std::any_of(outputs.begin(), outputs.end(), is_table));
    chosen.forced[n] = chosen.forced[n] && !node.type->view;
    chosen.afresh[n] = chosen.afresh[n] && chosen.forced[n];
    if (chosen.asked[n] || chosen.shown[n] || chosen.forced[n]) chosen.needed[n] = true;
    if (!chosen.needed[n]) continue;
    if (!node.type->view) {
      // Not kept open: a pipeline may have more nodes than a process may have files.
      chosen.runs[n] = chosen.forced[n] || !store.entry(recipes[n].key, &chosen.damage[n], content);
      if (!chosen.runs[n]) continue;
    }
    for_each_source(node, [&](std::size_t source) { chosen.needed[source] = true; });
  }
  return chosen;
}

}  // namespace harmonium::run
