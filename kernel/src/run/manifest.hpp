#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pipeline/graph.hpp"

namespace harmonium::run {

/// What a run was told, and what came of it: manifest.json in its folder, of which share/doc/store.md has the form. It
/// suffices to run the same again, whatever has become of the pipeline file.
struct HARMONIUM_API Manifest {
  std::filesystem::path folder;  ///< of the run
  nlohmann::json all;            ///< the whole of it

  /// Of a run's folder, or its manifest.json. Throws BadData where there is none, or it has another form.
  static Manifest read(const std::filesystem::path& run);

  /// What tells the run from all others.
  std::string id() const;
  std::filesystem::path pipeline() const;
  /// Where its results were kept.
  std::filesystem::path store() const;
  /// The record of a node (run/record.hpp), or null where the run had none of that path.
  const nlohmann::json* node(const std::string& path) const;
  /// The nodes that were asked for with --to.
  std::vector<std::string> to() const;
  /// The nodes that were to be run again, with --force.
  std::vector<std::string> force() const;
  /// The pipeline again: its text as it was then, with what the command line changed then, and now.
  pipeline::Checked check(const pipeline::Overrides& more) const;
};

/// What was told to a run of this graph, as its manifest says it.
nlohmann::ordered_json told(const pipeline::Graph& graph, const std::vector<std::string>& to,
                            const std::vector<std::string>& force);

}  // namespace harmonium::run
