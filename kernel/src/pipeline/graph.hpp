#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harmonium/node.hpp"
#include "harmonium/setting.hpp"
#include "harmonium/type.hpp"

namespace harmonium::pipeline {

/// A place in a text, counted from 1; 0 where there is none (an override from the command line).
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
};

/// What a connection does not fit its port in: it gives another type, or several outputs where one is taken.
enum class Misfit : std::uint8_t { none, type, count };

/// One thing that is wrong: `file:line:column: path: message`.
struct Diagnostic {
  Location location;
  std::string path;  ///< "nodes.layer1.with.stpes"
  std::string message;
  /// bad_pipeline, or plugin_missing where a type is unknown and a plugin failed to load.
  Exit status = Exit::bad_pipeline;
  Misfit misfit = Misfit::none;
  HARMONIUM_API std::string text() const;
};

/// An output that is connected to an input port.
struct Source {
  std::size_t node = 0;  ///< its place in Graph::nodes
  std::string port;
  std::string label;  ///< what tells it apart in a list: "steps=1", "stack.2"
};

/// A node after expansion and checking: everything that is needed to run it.
struct GraphNode {
  std::string path;  ///< "layer1", "stack.2.train", "curve[steps=3]", "layer1.model" (written inline)
  Location location;
  const TypeInfo* type = nullptr;
  std::shared_ptr<const NodeWork> work;
  /// Every parameter, defaults included.
  std::map<std::string, Setting> settings;
  /// The parameters that are not their default, as canonical JSON text each; values as their recipe; files as the
  /// absolute path (the store replaces it by the content's hash).
  std::map<std::string, std::string> given;
  std::map<std::string, std::vector<Source>> inputs;
  Specs outputs;
  std::uint64_t seed = 0;
  std::uint64_t replicate = 1;
};

/// What the command line changes.
struct Overrides {
  std::vector<std::pair<std::string, std::string>> settings;    ///< --set node.param=value
  std::vector<std::pair<std::string, std::string>> parameters;  ///< --param name=value
  std::optional<std::uint64_t> seed;
  /// More nodes, as the text of a map: they join those of the file. Messages call the text by `nodes_name`.
  std::string nodes;
  std::string nodes_name = "the command line";
};

/// A pipeline, checked: nodes such that sources come before those that use them.
struct Graph {
  std::string name;  ///< the file's name without its ending
  std::filesystem::path file;
  std::string text;  ///< what it was made from
  Overrides given;
  std::vector<GraphNode> nodes;
  /// The place of the node of that path, or nothing.
  HARMONIUM_API std::optional<std::size_t> find(const std::string& path) const;
};

struct Checked {
  Graph graph;  ///< empty where there are errors
  std::vector<Diagnostic> errors;
};

/// Reads, expands and checks a pipeline file against the registry. Everything wrong is reported at once; nothing is
/// thrown for a faulty pipeline.
HARMONIUM_API Checked check(const std::filesystem::path& file, const Overrides& overrides);
/// The same for a text; `file` is what messages call it and what paths are relative to.
HARMONIUM_API Checked check_text(const std::string& text, const std::filesystem::path& file,
                                 const Overrides& overrides);

}  // namespace harmonium::pipeline
