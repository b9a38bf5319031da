#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "run/recipe.hpp"

namespace harmonium::run {

/// What the last run of a pipeline file used for each node, so that it can be said what has changed since.
class LastRun {
 public:
  LastRun(std::filesystem::path store, const pipeline::Graph& graph);
  bool knows(const std::string& node) const { return nodes_.contains(node); }
  /// One sentence for each difference that matters to the result: "parameter hidden: 256 -> 128".
  std::vector<std::string> differences(const pipeline::Graph& graph, std::size_t node, const Recipe& recipe) const;
  void remember(const pipeline::Graph& graph, std::size_t node, const Recipe& recipe);
  /// Does nothing where the store cannot be written.
  void save() const;

 private:
  std::filesystem::path pipeline_, file_;
  nlohmann::json nodes_ = nlohmann::json::object();
};

}  // namespace harmonium::run
