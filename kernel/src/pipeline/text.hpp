#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/graph.hpp"
#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

constexpr std::size_t most_bytes = 1 << 20;

/// What became of a text: a tree, or reasons why there is none.
struct Parsed {
  TreePtr root;  ///< null where there are problems, or the text is empty
  std::vector<Diagnostic> problems;
};

/// Reads YAML that nobody vouches for: at most most_bytes bytes of UTF-8, one document, no tags, no merge keys, no key
/// twice in a map, and the limits of Tree. `file` is what places in it are called. Throws nothing for a faulty text.
Parsed parse(const std::string& text, const std::string& file);

/// The same for an argument of the command line, whose places have no lines; an empty one is null. On failure the first
/// problem alone.
Parsed parse_argument(const std::string& text, const std::string& name);

/// The content of a file, or nothing and the problem. Never reads more than most_bytes.
std::optional<std::string> read_text(const std::filesystem::path& file, std::vector<Diagnostic>& problems);

}  // namespace harmonium::pipeline
