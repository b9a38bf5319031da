#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harmonium/node.hpp"
#include "run/recipe.hpp"
#include "run/run.hpp"
#include "run/store.hpp"

namespace harmonium::run {

/// Counts the objects that hold one.
struct Counted {
  Counted() { most = std::max(most, ++alive); }
  Counted(const Counted&) : Counted() {}
  Counted& operator=(const Counted&) = default;
  ~Counted() { --alive; }
  static int alive, most;
};

/// What the nodes of these tests pass on.
struct Numbers {
  static constexpr const char* port_type = "numbers";
  using Spec = NoSpec;
  Tensor values;
  Counted counted = {};
  void visit(Visitor& visitor) { visitor("values", values); }
};

/// How often states were started and advanced since the test began, by type.
extern std::map<std::string, int> started, advanced;

/// Remembers what a run tells, and may stop it.
struct Watcher : report::Observer {
  void progress(double done, double total, const std::string& unit, const Steps& steps) override;
  void node_started(const std::string& path, std::size_t number, std::size_t count) override;
  void warned(const std::string& text) override { warnings.push_back(text); }
  std::vector<std::string> warnings, begun;
  double stop_at = -1;
  std::atomic<bool> stop{false};
};

/// A store and an out folder of its own. Node types: test.count (numbers 0, 1, ...), test.file (the bytes of a file),
/// test.train (random, resumable, epochs extend it), test.same (a view), test.later (stored; needs its input only to
/// make its output), test.show (a table and a file), test.big (a tensor on disk).
class RunTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// The graph of a pipeline's nodes, as YAML below `nodes:`.
  pipeline::Graph graph(const std::string& nodes, std::uint64_t seed = 42) const;
  Outcome run(const std::string& nodes, std::uint64_t seed = 42);
  Outcome run(const pipeline::Graph& graph);
  /// The key of a node.
  std::string key(const pipeline::Graph& graph, const std::string& node) const;
  /// The bits of all tensors stored for a key.
  std::string bits(const std::string& key) const;
  /// Paths of the nodes that ran, not those from the store.
  static std::vector<std::string> computed(const Outcome& outcome);
  std::string read(const std::filesystem::path& file) const;
  void write(const std::filesystem::path& file, const std::string& text) const;

  std::filesystem::path folder;
  Options options;
  Watcher watcher;
};

/// Registers test.train under another name, as a library would.
void register_walk(const std::string& name, const std::string& library);

/// Calls body() in a process of its own; its exit status, or minus the signal that ended it.
int in_another_process(const std::function<int()>& body);

}  // namespace harmonium::run
