#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "report/observer.hpp"
#include "run/manifest.hpp"

namespace harmonium::run {

/// The runs whose folders lie in a folder or below it, the latest last. What is no manifest of a run is left out.
HARMONIUM_API std::vector<Manifest> runs_in(const std::filesystem::path& folder);

/// "finished", "failed", "interrupted", "running"; or "killed": it neither ended nor goes on.
HARMONIUM_API std::string status_of(const Manifest& run);

/// Tells an observer what a run's journal says, from its beginning on, until the run has ended or `stop()` is true;
/// between looks at the file `idle()` is called. `clock` is set to the seconds of the run at which each event was.
/// Returns the status of the run, as status_of(). Throws BadData where the folder has no journal.
HARMONIUM_API std::string follow(const std::filesystem::path& run, report::Observer& observer, double& clock,
                                 const std::function<bool()>& stop, const std::function<void()>& idle);

}  // namespace harmonium::run
