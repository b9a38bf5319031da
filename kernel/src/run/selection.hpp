#pragma once

#include <string>
#include <vector>

#include "run/recipe.hpp"
#include "run/run.hpp"
#include "run/store.hpp"

namespace harmonium::run {

/// Which nodes of a graph a run has to do with.
struct Selection {
  std::vector<bool> asked;   ///< asked for: those of --to, else all that nobody consumes
  std::vector<bool> forced;  ///< to be run although they are stored
  std::vector<bool> afresh;  ///< forced now, not when a run began that is resumed: from their start in any case
  std::vector<bool> shown;   ///< whose files and tables go to the out folder
  std::vector<bool> needed;  ///< asked, forced, shown, or an input of one that must run
  std::vector<bool> runs;    ///< needed, and neither stored nor a view
  /// Why an entry of the store cannot be used.
  std::vector<std::string> damage;
};

/// Throws Error (usage) where the options name unknown nodes. With `content` false bulk data are not read.
Selection select(const pipeline::Graph& graph, const Options& options, const std::vector<Recipe>& recipes,
                 const Store& store, bool content);

/// Whether a state is of a node that this run began because it was told to force it.
bool is_forced_by(const std::string& run, const Structure& structure);

/// Output ports whose values people look at.
bool is_file(const PortInfo& port);
bool is_table(const PortInfo& port);

}  // namespace harmonium::run
