#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "harmonium/export.hpp"
#include "harmonium/node.hpp"

namespace harmonium::report {

/// Watches a run. The run calls it from the thread that called run(), one node after the other; what it does must be
/// quick. Every function does nothing unless overridden, so that a run without an observer may use this class itself.
class HARMONIUM_API Observer {
 public:
  virtual ~Observer();
  /// A node of the run starts: the `number`-th (from 1) of the `count` that this run has to compute. Nodes that come
  /// from the store are only reported by node_finished.
  virtual void node_started(const std::string& path, std::size_t number, std::size_t count);
  /// Of the node that runs: `done` of `total` (0 where unknown) `unit`s ("epochs"), and what each is made of.
  virtual void progress(double done, double total, const std::string& unit, const Steps& steps);
  /// A figure that the node reports: "reconstruction error", 0.013, "".
  virtual void metric(const std::string& name, double value, const std::string& unit);
  virtual void node_finished(const std::string& path, bool from_store, double seconds);
  virtual void warned(const std::string& text);
};

}  // namespace harmonium::report
