#pragma once

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/table.hpp"
#include "pipeline/graph.hpp"
#include "report/observer.hpp"

namespace harmonium::run {

struct Manifest;

struct Options {
  std::filesystem::path store;     ///< empty: see Store::place
  std::filesystem::path out;       ///< empty: runs/<pipeline>/<time> in the current folder
  std::vector<std::string> to;     ///< nodes, or groups of nodes; empty: all that nobody consumes
  std::vector<std::string> force;  ///< nodes, or groups, that are run again from their start
  int threads = 0;                 ///< 0: as many as there are
  double checkpoint_seconds = 30;
  /// Becomes true when the person wants to stop: the run ends after the present unit of work, which can be resumed.
  std::atomic<bool>* stop = nullptr;
  report::Observer* observer = nullptr;
  /// Gets every line of the journal as it is written.
  std::FILE* events = nullptr;
  /// Of a run that is to be repeated: nodes that would be made otherwise now are an error that says why.
  const Manifest* repeated = nullptr;
  /// That run goes on, in its own folder, instead of a new one.
  bool resume = false;
};

struct NodeResult {
  std::string path;
  bool from_store = false;
  double seconds = 0;
};

struct Outcome {
  Exit status = Exit::success;
  std::filesystem::path out;
  std::vector<NodeResult> nodes;
  /// Of the nodes that were asked for; by the node's path, or path.port where it has several.
  std::vector<std::pair<std::string, Table>> tables;
  /// What was written to the out folder, journal and manifest included.
  std::vector<std::filesystem::path> files;
  /// What went wrong, as one sentence with its place.
  std::string error;
};

/// Runs what the store does not have, and puts files and tables into the out folder. What a node throws ends the run
/// and is told in the outcome; finished nodes stay stored. Throws Error (usage) for unknown nodes in the options.
HARMONIUM_API Outcome run(const pipeline::Graph& graph, const Options& options);

struct Planned {
  enum class Action { stored, resume, run, view };
  std::string path;
  Action action = Action::run;
  /// What differs from the last run of this pipeline file, and what else should be known.
  std::vector<std::string> why;
};

/// "stored", "resume", "run", "view".
HARMONIUM_API const char* name_of(Planned::Action action);

/// Where a node's result comes from.
struct Origin {
  std::string path, type, key;
  int version = 1;
  Planned::Action action = Planned::Action::run;  ///< what a run would do that asked for it
  std::vector<std::string> why;                   ///< for that
  std::string made, with;                         ///< of what is stored: when, by which version, how long it took
  std::vector<std::pair<std::string, std::string>> parameters;  ///< those that are not their default, as JSON
  struct Input {
    std::string port, from;  ///< from: "split.train"
    std::size_t node = 0;    ///< its place in what explain() returns
  };
  std::vector<Input> inputs;
  struct FileRead {
    std::string parameter, path, hash;  ///< the XXH3-128 of its content; of several files theirs one after the other
  };
  std::vector<FileRead> files;
};

/// A node and all that its result depends on, sources before those that use them. Nothing is run or changed. Throws
/// Error (usage) where there is no such node.
HARMONIUM_API std::vector<Origin> explain(const pipeline::Graph& graph, const std::string& node,
                                          const Options& options);

/// What run() would do, in its order. Nodes whose results nobody would ask for are left out. Nothing is run or changed.
HARMONIUM_API std::vector<Planned> plan(const pipeline::Graph& graph, const Options& options);

}  // namespace harmonium::run
