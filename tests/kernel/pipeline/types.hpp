#pragma once

#include <string>
#include <vector>

#include "harmonium/plugin.hpp"
#include "harmonium/registry.hpp"
#include "pipeline/graph.hpp"

/// Small types that stand for real ones in the tests of the pipeline language, registered once for each test program.
namespace harmonium::pipeline_test {

struct Rule {
  static constexpr const char* kind = "update rule";
  using Contract = Rule;
  virtual ~Rule() = default;
};
struct Course {
  static constexpr const char* kind = "schedule";
  using Contract = Course;
  virtual ~Course() = default;
  virtual double first() const = 0;
  virtual Range range() const = 0;
};
struct Kind {
  static constexpr const char* kind = "unit type";
  using Contract = Kind;
  virtual ~Kind() = default;
};

/// Registers the types below and the composite stack.greedy.
void register_types();

/// The graph, or a failure that shows the errors.
pipeline::Graph graph_of(const std::string& text, const pipeline::Overrides& overrides = {});
/// Each error as the program would show it; the file is called "p.yaml".
std::vector<std::string> errors_of(const std::string& text, const pipeline::Overrides& overrides = {});
const pipeline::GraphNode& node_of(const pipeline::Graph& graph, const std::string& path);
/// The sources of a port as "path.port (label)".
std::vector<std::string> sources_of(const pipeline::Graph& graph, const std::string& path, const std::string& port);
std::vector<std::string> paths_of(const pipeline::Graph& graph);

/// `harmonium: 1` and these nodes.
inline std::string pipeline_of(const std::string& nodes) { return "harmonium: 1\nnodes:\n" + nodes; }

extern const char* const greedy;

}  // namespace harmonium::pipeline_test
