#pragma once

#include <string>

namespace harmonium::testing {

/// A command of the shell that waits until a line of a file, such as a journal, matches; a minute at most, so that what
/// comes after it shows that a program which should have written it did not.
inline std::string until_told(const std::string& pattern, const std::string& file) {
  return "for again in $(seq 3000); do grep -qs '" + pattern + "' " + file + " && break; sleep 0.02; done; ";
}

}  // namespace harmonium::testing
