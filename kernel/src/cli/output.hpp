#pragma once

#include <string>

namespace harmonium::cli {

/// Writes text to a file, or to standard output where the name is empty or "-". Throws RunFailed with the reason.
void write_output(const std::string& file, const std::string& text);

}  // namespace harmonium::cli
