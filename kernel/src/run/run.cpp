#include "run/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "harmonium/parallel.hpp"
#include "report/findings.hpp"
#include "report/page.hpp"
#include "report/text_table.hpp"
#include "run/durable.hpp"
#include "run/engine.hpp"
#include "run/hash.hpp"
#include "run/last_run.hpp"
#include "run/machine.hpp"
#include "run/manifest.hpp"
#include "run/record.hpp"

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

std::string new_id(const std::filesystem::path& folder) {
  return hash128(fmt::format("{} {} {} {}", folder.string(), time_of_day(), ::getpid(), now()));
}

ordered_json beginning(const std::string& id, const Graph& graph, const Options& options, const Store& store,
                       const std::vector<Recipe>& recipes, const Selection& chosen) {
  bool anything_runs = false;
  for (const bool runs : chosen.runs) anything_runs = anything_runs || runs;
  std::vector<std::string> force = options.force;
  if (options.resume)
    for (const std::string& before : options.repeated->force())
      if (std::find(force.begin(), force.end(), before) == force.end()) force.push_back(before);
  ordered_json event = told(graph, options.to, force);
  event.update({{"id", id},
                {"time", time_of_day()},
                {"harmonium", program_version()},
                {"store", store.root().string()},
                {"hardware", hardware()},
                {"threads", threads()}});
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
                      const Outcome& outcome, ordered_json start, const char* status) {
  ordered_json all = std::move(start);
  all["status"] = status;
  if (!outcome.error.empty()) all["error"] = outcome.error;
  all["nodes"] = ordered_json::array();
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const pipeline::GraphNode& node = graph.nodes[n];
    const Engine::Fate& fate = engine.fates()[n];
    ordered_json one = {{"path", node.path}, {"type", node.type->name}, {"how", fate.how}, {"seconds", fate.seconds}};
    one.update(ordered_json(record_of(graph, n, recipes[n])));
    if (node.type->random) one["seed"] = node.seed;
    if (!fate.metrics.empty()) one["metrics"] = fate.metrics;
    if (!fate.files.empty()) one["files"] = fate.files;
    if (const auto& known = fate.certificate) {
      ordered_json& certificate = one["certificate"] = {{"verdict", known->verdict}, {"data", known->data}};
      Certificate::for_each_number(*known, [&](const char* name, double number) { certificate[name] = number; });
    }
    all["nodes"].push_back(std::move(one));
  }
  all["tables"] = ordered_json::object();
  for (const auto& [name, table] : outcome.tables) all["tables"][name] = report::json_of(table);
  return all;
}

/// Throws BadData where a node would be made otherwise than in the run that is repeated or resumed.
void demand_same(const Manifest& then, const Graph& graph, const std::vector<Recipe>& recipes, const char* what) {
  std::vector<std::string> lines;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n)
    if (const auto* node = then.node(graph.nodes[n].path))
      for (const std::string& difference : differences(*node, record_of(graph, n, recipes[n])))
        // What follows from others is not said again.
        if (!(difference.starts_with("input ") && difference.ends_with(" changed")))
          lines.push_back(fmt::format("{}: {}", graph.nodes[n].path, difference));
  if (!lines.empty())
    throw BadData(fmt::format("the run in {} cannot be {}, since something has changed:\n  {}", then.folder.string(),
                              what, fmt::join(lines, "\n  ")));
}

/// What the manifest of a run that is resumed begins with: what it began with then, and what has run since.
void take_over(const nlohmann::json& then, ordered_json& start) {
  start["time"] = then.value("time", "");
  for (const char* part : {"blas", "simd"})
    if (!start.contains(part) && then.contains(part)) start[part] = then.at(part);
  const nlohmann::json builds = then.value("builds", nlohmann::json::object());
  for (const auto& [library, hash] : builds.items())
    if (!start["builds"].contains(library)) start["builds"][library] = hash;
}

/// Shows the run; what usually helps where something went wrong is said as a warning.
void write_report(Results& results, const Graph& graph, const Options& options, const Outcome& outcome,
                  const Engine& engine, const ordered_json& all) {
  report::Observer silent;
  report::Observer& observer = options.observer ? *options.observer : silent;
  try {
    const ordered_json found = report::findings({results.folder(), nlohmann::json(all)}, graph);
    if (outcome.status == Exit::success)
      for (const auto& note : found.at("notes")) {
        const std::string node = note.at("node").get<std::string>();
        const auto place = graph.find(node);
        // What was said while it was at work is not said twice.
        if (place && engine.fates()[*place].advised.contains(note.value("on", ""))) continue;
        observer.warned(fmt::format("{}: {}", node, note.at("text").get<std::string>()));
      }
    results.text("report.html", report::page({found}));
  } catch (const std::exception& error) {
    // The run itself is well.
    observer.warned(fmt::format("there is no report: {}", error.what()));
  }
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
    // What went wrong first, such as a full disk, may keep the end from being written down as well.
    if (outcome.error.empty()) outcome.status = error.status();
    outcome.error += fmt::format("{}{}", outcome.error.empty() ? "" : "; besides, ", error.what());
  };
  if (options.threads > 0) set_threads(options.threads);
  const Store store(Store::place(options.store));
  try {
    store.clean();
    FileHashes files(store.root());
    const std::vector<Recipe> all = recipes(graph, files);
    if (options.repeated) demand_same(*options.repeated, graph, all, options.resume ? "resumed" : "repeated");
    Selection chosen = select(graph, options, all, store, true);
    Results results(options.resume ? options.repeated->folder : options.out, graph.name);
    outcome.out = results.folder();
    using Begin = Journal::Begin;
    std::set<std::string> made_again;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n)
      if (chosen.runs[n]) made_again.insert(graph.nodes[n].path);
    Journal journal(results.folder() / "journal.jsonl", options.events,
                    options.resume ? Begin::where_it_was_cut_off : Begin::anew, made_again);
    const std::string id = options.resume ? options.repeated->id() : new_id(results.folder());
    ordered_json start = beginning(id, graph, options, store, all, chosen);
    journal.write(options.resume ? "run resumed" : "run started", start);
    if (options.resume) take_over(options.repeated->all, start);
    const auto write_manifest = [&](const ordered_json& overview) {
      results.manifest(overview.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n");
    };
    if (options.repeated && options.observer && start.contains("blas"))
      if (const auto& then = options.repeated->all; then.value("blas", arithmetic().blas) != arithmetic().blas ||
                                                    then.value("simd", arithmetic().simd) != arithmetic().simd)
        options.observer->warned(
            fmt::format("that run had {} kernels and {}, this one has {} and {}: results may "
                        "differ in their last digits, and what is drawn with them",
                        then.value("blas", ""), then.value("simd", ""), arithmetic().blas, arithmetic().simd));
    Engine engine(graph, options, store, all, std::move(chosen), results, journal, id, outcome);
    // Of a run that is killed this is what stays.
    write_manifest(manifest(graph, all, engine, outcome, start, "running"));
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
    const ordered_json overview = manifest(graph, all, engine, outcome, start, name_of(outcome.status));
    // The manifest comes last: whoever reads there that the run has finished finds everything.
    write_report(results, graph, options, outcome, engine, overview);
    write_manifest(overview);
    results.remember(results.folder() / "manifest.json");
    results.remember(journal.file());
    if (!journal.problem().empty() && options.observer)
      options.observer->warned(fmt::format("{} lacks lines: {}", journal.file().string(), journal.problem()));
    outcome.files = results.files();
  } catch (const Error& error) {
    if (error.status() == Exit::usage) throw;
    fail(error);
  }
  return outcome;
}

}  // namespace harmonium::run
