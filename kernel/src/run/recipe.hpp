#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pipeline/graph.hpp"
#include "run/file_hashes.hpp"

namespace harmonium::run {

/// Everything that the result of a node depends on.
struct Recipe {
  /// {type, version, with, inputs, seed, replicate, builds, values}
  nlohmann::json json;
  /// XXH3-128 of the recipe: the node's place in the store.
  std::string key;
  /// The same without the parameters that extend a run (epochs): what a longer run can go on from.
  std::string family;
  /// The values of those parameters.
  std::map<std::string, double> extent;
  /// What its random numbers depend on: the family without builds, so that a rebuilt plugin draws the same ones.
  std::string chance;
  /// Files and folders given, by parameter, as hash of their content.
  std::map<std::string, std::string> files;
};

/// The recipes of all nodes of a graph. Throws BadData where a file that a node names cannot be read.
HARMONIUM_API std::vector<Recipe> recipes(const pipeline::Graph& graph, FileHashes& files);

/// The libraries whose code a node runs, its own and those of the values named, and their builds.
std::map<std::string, std::string> builds(const pipeline::GraphNode& node);

}  // namespace harmonium::run
