#include "timed_training.hpp"

#include <utility>

#include "harmonium/errors.hpp"
#include "plugin/registry.hpp"
#include "run/run.hpp"

namespace harmonium::bench {

void TimedTraining::node_started(const std::string& path, std::size_t, std::size_t) {
  watched_ = path == "trained";
  began_ = Clock::now();
}

void TimedTraining::progress(double done, double, const std::string& unit, const Steps&) {
  if (!watched_ || unit != "epochs") return;
  piece(std::chrono::duration<double>(Clock::now() - began_).count(), done);
  began_ = Clock::now();
}

pipeline::Graph training_graph(const std::string& pipeline,
                               std::vector<std::pair<std::string, std::string>> parameters) {
  Registry::instance().load(Registry::folders({}));
  pipeline::Overrides overrides;
  overrides.parameters = std::move(parameters);
  pipeline::Checked checked = pipeline::check(pipeline, overrides);
  if (!checked.errors.empty()) throw Error(checked.errors.front().status, checked.errors.front().text());
  return std::move(checked.graph);
}

void train(const pipeline::Graph& graph, const std::string& folder, report::Observer& observer,
           double checkpoint_seconds) {
  run::Options options;
  options.store = folder + "/store";
  options.out = folder + "/out";
  options.to = {"trained"};
  options.checkpoint_seconds = checkpoint_seconds;
  options.observer = &observer;
  const run::Outcome outcome = run::run(graph, options);
  if (outcome.status != Exit::success) throw Error(outcome.status, outcome.error);
}

}  // namespace harmonium::bench
