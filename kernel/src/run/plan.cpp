#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "pipeline/suggest.hpp"
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

/// What a run would do with a node that it needs, and why.
Planned planned(const pipeline::Graph& graph, std::size_t n, const Recipe& recipe, const Store& store,
                const LastRun& last, bool runs, bool forced, const std::string& damage) {
  const pipeline::GraphNode& node = graph.nodes[n];
  Planned step{node.path, Planned::Action::run, last.differences(graph, n, recipe)};
  if (node.type->view) {
    step.action = Planned::Action::view;
  } else if (!runs) {
    step.action = Planned::Action::stored;
    for (std::string& change : code_changes(node, store.entry_folder(recipe.key)))
      step.why.push_back(std::move(change));
  } else {
    if (forced)
      step.why.emplace_back("asked for by --force");
    else if (!damage.empty())
      step.why.push_back(fmt::format("its entry is damaged: {}", damage));
    else if (!last.knows(node.path))
      step.why.emplace_back("nothing is stored for it, and it was never finished");
    else if (step.why.empty())
      step.why.emplace_back("its entry was removed from the store");
    if (const std::string from = forced ? "" : something_to_resume(node, recipe, store); !from.empty()) {
      step.action = Planned::Action::resume;
      step.why.push_back(from);
    }
  }
  return step;
}

}  // namespace

const char* name_of(Planned::Action action) {
  switch (action) {
    case Planned::Action::stored:
      return "stored";
    case Planned::Action::resume:
      return "resume";
    case Planned::Action::run:
      return "run";
    case Planned::Action::view:
      return "view";
  }
  return "";
}

std::vector<Planned> plan(const pipeline::Graph& graph, const Options& options) {
  const Store store(Store::place(options.store));
  FileHashes files(store.root());
  const std::vector<Recipe> all = recipes(graph, files);
  const Selection chosen = select(graph, options, all, store, false);
  const LastRun last(store.root(), graph);
  std::vector<Planned> steps;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (chosen.needed[n])
      steps.push_back(planned(graph, n, all[n], store, last, chosen.runs[n], chosen.forced[n], chosen.damage[n]));
  return steps;
}

std::vector<Origin> explain(const pipeline::Graph& graph, const std::string& node, const Options& options) {
  const auto asked = graph.find(node);
  if (!asked) {
    std::vector<std::string> paths;
    for (const pipeline::GraphNode& each : graph.nodes) paths.push_back(each.path);
    throw Error(Exit::usage, fmt::format("there is no node '{}'{}", node, pipeline::suggestion(node, paths)));
  }
  std::vector<bool> involved(graph.nodes.size(), false);
  involved[*asked] = true;
  for (std::size_t n = graph.nodes.size(); n-- > 0;)
    if (involved[n])
      for (const auto& [port, sources] : graph.nodes[n].inputs)
        for (const pipeline::Source& source : sources) involved[source.node] = true;

  const Store store(Store::place(options.store));
  FileHashes files(store.root());
  const std::vector<Recipe> all = recipes(graph, files);
  const LastRun last(store.root(), graph);
  std::vector<Origin> origins;
  std::vector<std::size_t> place(graph.nodes.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!involved[n]) continue;
    const pipeline::GraphNode& at = graph.nodes[n];
    std::string damage;
    const bool stored = at.type->view || store.entry(all[n].key, &damage, false);
    Planned step = planned(graph, n, all[n], store, last, !stored, false, damage);
    Origin origin{
        at.path, at.type->name, all[n].key, at.type->version, step.action, std::move(step.why), "", "", {}, {}, {}};
    if (const json made = json::parse(read_text(store.entry_folder(all[n].key) / "recipe.json"), nullptr, false);
        stored && made.is_object()) {
      origin.made = made.value("created", "");
      origin.with = fmt::format("harmonium {}, {} s", made.value("harmonium", "?"), made.value("seconds", 0.0));
    }
    for (const auto& [name, value] : at.given)
      if (!all[n].files.contains(name)) origin.parameters.emplace_back(name, value);
    for (const auto& [name, hash] : all[n].files) {
      const auto given = at.given.find(name);
      const json value = given == at.given.end() ? json("") : json::parse(given->second, nullptr, false);
      origin.files.push_back({name, value.is_string() ? value.get<std::string>() : value.dump(), hash});
    }
    for (const auto& [port, sources] : at.inputs)
      for (const pipeline::Source& source : sources)
        origin.inputs.push_back({port, graph.nodes[source.node].path + "." + source.port, place[source.node]});
    place[n] = origins.size();
    origins.push_back(std::move(origin));
  }
  return origins;
}

}  // namespace harmonium::run
