#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/table.hpp"
#include "pipeline/graph.hpp"
#include "report/observer.hpp"

namespace harmonium::run {

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

/// What run() would do, in its order. Nodes whose results nobody would ask for are left out. Nothing is run or changed.
HARMONIUM_API std::vector<Planned> plan(const pipeline::Graph& graph, const Options& options);

}  // namespace harmonium::run
