#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/plugin_path.hpp"
#include "pipeline/graph.hpp"
#include "run/manifest.hpp"

namespace harmonium::cli {

/// "NAME=VALUE" as the pair of both, of each text. Throws Error (usage), naming the option and what should stand left
/// of the `=`, where there is none.
std::vector<std::pair<std::string, std::string>> assignments(const std::vector<std::string>& texts, const char* option,
                                                             const char* left);
/// A seed as it is given to an option; nothing for an empty text. Throws Error (usage).
std::optional<std::uint64_t> seed_of(const std::string& text, const char* option);

/// The pipeline file of a command line, and what the command line changes in it.
class PipelineFile {
 public:
  void add_to(CLI::App& verb);
  /// Loads the plugins and checks the pipeline, that of a run where a manifest is named. Throws Error (usage) for a
  /// --set or --param without `=`, BadData for a manifest that is none.
  pipeline::Checked check();
  /// Takes, in place of a pipeline file, its last run below runs/, for check(). Throws Error (usage) where that one, or
  /// the run that is named, has finished, still goes on or is not there, or the command line changes something in it.
  void take_unfinished();
  const std::string& name() const { return file_; }
  /// The run whose manifest was named and is checked now, with nothing changed by the command line; else null.
  const run::Manifest* repeated() const { return repeats_ ? &*manifest_ : nullptr; }
  /// Of a run whose manifest was named: the nodes that it was asked for.
  std::vector<std::string> to() const;

 private:
  std::string file_;
  std::vector<std::string> settings_, parameters_;
  std::string seed_;
  PluginPath plugins_;
  std::optional<run::Manifest> manifest_;
  bool repeats_ = false;
};

/// Writes what is wrong with a pipeline, a line each and their number, to standard error, or as JSON to standard
/// output. Returns the exit status: plugin_missing where a missing plugin is to blame, bad_data where nothing but data
/// is, else bad_pipeline.
Exit report_errors(const pipeline::Checked& checked, const std::string& file, bool json);

/// That status alone.
Exit status_of(const pipeline::Checked& checked);

nlohmann::ordered_json errors_as_json(const pipeline::Checked& checked);

}  // namespace harmonium::cli
