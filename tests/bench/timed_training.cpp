#include "timed_training.hpp"

#include "harmonium/errors.hpp"
#include "pipeline/graph.hpp"
#include "plugin/registry.hpp"
#include "run/run.hpp"

namespace harmonium::bench {

void TimedTraining::node_started(const std::string& path, std::size_t, std::size_t) {
  watched_ = path == "trained";
  began_ = Clock::now();
}

void TimedTraining::progress(double done, double, const std::string&) {
  if (!watched_) return;
  piece(std::chrono::duration<double>(Clock::now() - began_).count(), done);
  began_ = Clock::now();
}

void train(const std::string& pipeline, const std::string& mnist, Index epochs, const std::string& folder,
           TimedTraining& observer) {
  Registry::instance().load(Registry::folders({}));
  pipeline::Overrides overrides;
  overrides.parameters = {{"mnist", mnist}, {"epochs", std::to_string(epochs + 1)}};
  const pipeline::Checked checked = pipeline::check(pipeline, overrides);
  if (!checked.errors.empty()) throw Error(checked.errors.front().status, checked.errors.front().text());
  run::Options options;
  options.store = folder + "/store";
  options.out = folder + "/out";
  options.observer = &observer;
  const run::Outcome outcome = run::run(checked.graph, options);
  if (outcome.status != Exit::success) throw Error(outcome.status, outcome.error);
}

}  // namespace harmonium::bench
