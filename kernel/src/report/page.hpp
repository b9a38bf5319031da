#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "run/manifest.hpp"

namespace harmonium::report {

/// report.html: one file without references to others, that shows a run, or several side by side. `runs` are their
/// findings.
HARMONIUM_API std::string page(const std::vector<nlohmann::ordered_json>& runs);

/// Of runs whose plugins are loaded: each is checked again as it was, and looked at in its store. Throws RunFailed
/// where a pipeline is no longer understood.
HARMONIUM_API std::string page_of(const std::vector<run::Manifest>& runs);

}  // namespace harmonium::report
