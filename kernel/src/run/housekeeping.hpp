#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "run/store.hpp"

namespace harmonium::run {

/// A state in the store, as a person looks at it.
struct Kept {
  std::string key, type, made;
  bool finished = true;  ///< else a checkpoint
  double seconds = 0;    ///< that it took to compute
  std::uint64_t bytes = 0;
  std::filesystem::file_time_type used;  ///< when it was last made or looked at
  /// "file.yaml: node": the nodes of pipeline files, still there, whose last run reached it.
  std::vector<std::string> users;
  std::filesystem::path folder;
};

/// All states of a store, the last used first.
HARMONIUM_API std::vector<Kept> kept_in(const Store& store);

/// What is to go; each alone suffices.
struct Pruning {
  bool unused = false;                     ///< what has no users
  std::chrono::seconds older{0};           ///< what was used longer ago, if above 0
  std::uint64_t most = ~std::uint64_t{0};  ///< the least recently used, until no more bytes are left
};

/// Those of `kept` that pruning takes, in their order.
HARMONIUM_API std::vector<Kept> prunable(const std::vector<Kept>& kept, const Pruning& pruning);

/// Deletes them, but for those that a process is computing, and what dead processes were writing; returns what was
/// deleted. Whoever has mapped a state keeps it. Throws RunFailed where something cannot be deleted.
HARMONIUM_API std::vector<Kept> prune(const Store& store, const std::vector<Kept>& states);

}  // namespace harmonium::run
