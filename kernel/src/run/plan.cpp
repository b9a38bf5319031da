#include <fmt/format.h>

#include "run/durable.hpp"
#include "run/last_run.hpp"
#include "run/run.hpp"
#include "run/selection.hpp"

namespace harmonium::run {
namespace {

using nlohmann::json;

/// Libraries that have been built anew since the entry was made, although the types' versions say that results are the
/// same.
std::vector<std::string> code_changes(const pipeline::GraphNode& node, const std::filesystem::path& entry) {
  std::vector<std::string> changes;
  const json recipe = json::parse(read_text(entry / "recipe.json"), nullptr, false);
  if (!recipe.is_object() || !recipe.contains("builds") || !recipe["builds"].is_object()) return changes;
  for (const auto& [library, build] : builds(node))
    if (const json& then = recipe["builds"]; then.contains(library) && then[library] != build)
      changes.push_back(fmt::format("note: the code of {} changed under the same version", library));
  return changes;
}

/// Whether there is something to go on from, and what.
std::string something_to_resume(const pipeline::GraphNode& node, const Recipe& recipe, const Store& store) {
  if (store.checkpoint(recipe.key, nullptr, false)) return "goes on from its checkpoint";
  if (recipe.extent.empty() || !node.work->continues()) return "";
  if (const auto shorter = store.shorter(recipe.family, recipe.extent, false))
    return fmt::format("goes on from {}", shorter->what);
  return "";
}

}  // namespace

std::vector<Planned> plan(const pipeline::Graph& graph, const Options& options) {
  const Store store(Store::place(options.store));
  FileHashes files(store.root());
  const std::vector<Recipe> all = recipes(graph, files);
  const Selection chosen = select(graph, options, all, store, false);
  const LastRun last(store.root(), graph);
  std::vector<Planned> planned;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!chosen.needed[n]) continue;
    const pipeline::GraphNode& node = graph.nodes[n];
    Planned& step = planned.emplace_back();
    step.path = node.path;
    step.why = last.differences(graph, n, all[n]);
    if (node.type->view) {
      step.action = Planned::Action::view;
    } else if (!chosen.runs[n]) {
      step.action = Planned::Action::stored;
      for (std::string& change : code_changes(node, store.entry_folder(all[n].key)))
        step.why.push_back(std::move(change));
    } else {
      step.action = Planned::Action::run;
      if (chosen.forced[n])
        step.why.emplace_back("asked for by --force");
      else if (!chosen.damage[n].empty())
        step.why.push_back(fmt::format("its entry is damaged: {}", chosen.damage[n]));
      else if (!last.knows(node.path))
        step.why.emplace_back("nothing is stored for it, and it was never finished");
      else if (step.why.empty())
        step.why.emplace_back("its entry was removed from the store");
      if (const std::string from = chosen.forced[n] ? "" : something_to_resume(node, all[n], store); !from.empty()) {
        step.action = Planned::Action::resume;
        step.why.push_back(from);
      }
    }
  }
  return planned;
}

}  // namespace harmonium::run
