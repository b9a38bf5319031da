#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/graph.hpp"
#include "report/observer.hpp"

namespace harmonium::bench {

/// Watches the node `trained` of a run. Between two pieces of its work the kernel calls progress(), where a benchmark
/// may do something else: only what passes outside that call counts as the training's time.
class TimedTraining : public report::Observer {
 public:
  void node_started(const std::string& path, std::size_t number, std::size_t count) final;
  void progress(double done, double total, const std::string& unit, const Steps& steps) final;

 protected:
  /// A piece of work is done that took `seconds`; training stands at `done` epochs. The first epoch allocates and
  /// fetches what later ones find ready: not to be counted.
  virtual void piece(double seconds, double done) = 0;

 private:
  using Clock = std::chrono::steady_clock;
  bool watched_ = false;
  Clock::time_point began_;
};

/// A pipeline with such parameters, checked. Throws Error.
pipeline::Graph training_graph(const std::string& pipeline,
                               std::vector<std::pair<std::string, std::string>> parameters);
/// Runs it up to its node `trained`, everything new, in `folder`. Throws Error.
void train(const pipeline::Graph& graph, const std::string& folder, report::Observer& observer,
           double checkpoint_seconds = 30);

}  // namespace harmonium::bench
