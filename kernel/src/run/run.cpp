#include "run/run.hpp"

#include <fmt/format.h>

#include "harmonium/parallel.hpp"
#include "report/text_table.hpp"
#include "run/engine.hpp"
#include "run/last_run.hpp"
#include "run/machine.hpp"

namespace harmonium::run {
namespace {

using nlohmann::ordered_json;
using pipeline::Graph;

const char* name_of(Exit status) {
  switch (status) {
    case Exit::success:
      return "finished";
    case Exit::interrupted:
      return "interrupted";
    default:
      return "failed";
  }
}

ordered_json beginning(const Graph& graph, const Store& store, const std::vector<Recipe>& recipes,
                       const Selection& chosen) {
  bool anything_runs = false;
  for (const bool runs : chosen.runs) anything_runs = anything_runs || runs;
  ordered_json event = {{"pipeline", std::filesystem::absolute(graph.file).string()},
                        {"time", time_of_day()},
                        {"harmonium", program_version()},
                        {"store", store.root().string()},
                        {"hardware", hardware()},
                        {"threads", threads()}};
  if (anything_runs) {
    event["blas"] = arithmetic().blas;
    event["simd"] = arithmetic().simd;
  }
  std::map<std::string, std::string> libraries;
  ordered_json files = ordered_json::object();
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (chosen.runs[n]) libraries.merge(builds(graph.nodes[n]));
    for (const auto& [parameter, content] : recipes[n].files) files[graph.nodes[n].path + "." + parameter] = content;
  }
  event["builds"] = libraries;
  event["files"] = files;
  return event;
}

ordered_json manifest(const Graph& graph, const std::vector<Recipe>& recipes, const Engine& engine,
                      const Outcome& outcome, ordered_json start) {
  ordered_json all = std::move(start);
  all["status"] = name_of(outcome.status);
  if (!outcome.error.empty()) all["error"] = outcome.error;
  all["nodes"] = ordered_json::array();
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const pipeline::GraphNode& node = graph.nodes[n];
    const Engine::Fate& fate = engine.fates()[n];
    ordered_json one = {{"path", node.path},
                        {"type", node.type->name},
                        {"key", recipes[n].key},
                        {"how", fate.how},
                        {"seconds", fate.seconds}};
    if (node.type->random) one["seed"] = node.seed;
    if (!fate.metrics.empty()) one["metrics"] = fate.metrics;
    if (!fate.files.empty()) one["files"] = fate.files;
    if (const auto& known = fate.certificate)
      one["certificate"] = {{"verdict", known->verdict},
                            {"log_z", known->log_z},
                            {"standard_error", known->error},
                            {"low", known->low},
                            {"high", known->high},
                            {"runs", known->runs},
                            {"effective_runs", known->effective},
                            {"temperatures", known->temperatures},
                            {"gap", known->gap}};
    all["nodes"].push_back(std::move(one));
  }
  all["tables"] = ordered_json::object();
  for (const auto& [name, table] : outcome.tables) all["tables"][name] = report::json_of(table);
  return all;
}

/// The next plan compares with what this run has reached.
void remember(LastRun& last, const Graph& graph, const std::vector<Recipe>& recipes, const Engine& engine) {
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (const std::string& how = engine.fates()[n].how; how != "not reached" && how != "failed")
      last.remember(graph, n, recipes[n]);
  last.save();
}

}  // namespace

Outcome run(const Graph& graph, const Options& options) {
  Outcome outcome;
  const auto fail = [&](const Error& error) {
    outcome.status = error.status();
    outcome.error = error.what();
  };
  if (options.threads > 0) set_threads(options.threads);
  const Store store(Store::place(options.store));
  try {
    store.clean();
    FileHashes files(store.root());
    const std::vector<Recipe> all = recipes(graph, files);
    Selection chosen = select(graph, options, all, store, true);
    Results results(options.out, graph.name);
    outcome.out = results.folder();
    Journal journal(results.folder() / "journal.jsonl");
    const ordered_json start = beginning(graph, store, all, chosen);
    journal.write("run started", start);
    Engine engine(graph, options, store, all, std::move(chosen), results, journal, outcome);
    try {
      engine.run();
    } catch (const Error& error) {
      fail(error);
    }
    ordered_json end = {{"status", name_of(outcome.status)}};
    if (!outcome.error.empty()) end["error"] = outcome.error;
    journal.write("run finished", end);
    LastRun last(store.root(), graph);
    remember(last, graph, all, engine);
    const ordered_json overview = manifest(graph, all, engine, outcome, start);
    results.text("manifest.json", overview.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
    results.remember(journal.file());
    outcome.files = results.files();
  } catch (const Error& error) {
    if (error.status() == Exit::usage) throw;
    fail(error);
  }
  return outcome;
}

}  // namespace harmonium::run
