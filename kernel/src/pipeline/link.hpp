#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/expand.hpp"

namespace harmonium::pipeline {

/// What is connected to each input port of each draft, by number of the draft.
using Links = std::vector<std::map<std::string, std::vector<Source>>>;

/// Follows every reference and checks that it fits its port: type, one or many, connected at all. Drafts with a port
/// that does not are marked as failed.
Links link(Expansion& expansion, Problems& problems);

}  // namespace harmonium::pipeline
