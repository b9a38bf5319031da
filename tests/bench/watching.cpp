#include "watching.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "pipeline/graph.hpp"
#include "plugin/registry.hpp"
#include "report/progress.hpp"
#include "timed_training.hpp"

namespace harmonium::bench {
namespace {

/// Says nothing to nobody.
class Silence final : public Context {
 public:
  Stream stream(Text purpose) override { return Stream{1}.purpose(purpose); }
  void progress(double, double, Text, Steps) override {}
  void metric(Text, double, Text) override {}
  void warn(Text) override {}
  Tensor on_disk(Text, Element element, Span<const Index> shape) override {
    return Tensor(element, Tensor::Shape(shape.begin(), shape.end()));
  }
};

/// The nodes of a pipeline without store, journal, checkpoints or anybody who watches.
class BareNode final : public Inputs {
 public:
  BareNode(const pipeline::Graph& graph, std::size_t number) : node_(graph.nodes[number]) {
    for (const auto& [port, sources] : node_.inputs)
      for (const pipeline::Source& source : sources)
        inputs_[port].push_back({std::make_shared<BareNode>(graph, source.node), source.port});
  }
  bool advance() {
    if (!work_) work_.reset(node_.work->start(*this, context_));
    return work_->advance(*this, context_);
  }

  Index count(Text port) const override {
    const auto found = inputs_.find(port.str());
    return found == inputs_.end() ? 0 : static_cast<Index>(found->second.size());
  }
  const void* fetch(Text port, Index i) const override {
    const Input& input = inputs_.at(port.str()).at(static_cast<std::size_t>(i));
    return input.node->output(input.port);
  }
  Text label(Text, Index) const override { return ""; }

 private:
  struct Input {
    std::shared_ptr<BareNode> node;
    std::string port;
  };

  const void* output(const std::string& port) {
    if (!outputs_) {
      while (advance()) continue;
      work_->finish(*this, outputs_.emplace());
    }
    for (const PortInfo& one : node_.type->outputs)
      if (one.name == port) return outputs_->at(port, one.type).get();
    return nullptr;
  }

  const pipeline::GraphNode& node_;
  std::map<std::string, std::vector<Input>> inputs_;
  Silence context_;
  std::unique_ptr<Work> work_;
  std::optional<Outputs> outputs_;
};

/// Seconds, of the clock and of all processors together.
struct Spent {
  double wall = 0, processors = 0;

  static Spent now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return {std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(),
            seconds(used.ru_utime) + seconds(used.ru_stime)};
  }
  void add(const Spent& begin, const Spent& end) {
    wall += end.wall - begin.wall;
    processors += end.processors - begin.processors;
  }
  std::string text() const { return fmt::format("[{}, {}]", wall, processors); }
};

class BesideBare final : public report::Observer {
 public:
  explicit BesideBare(BareNode& bare)
      : screen_(std::fopen("/dev/null", "w"), &std::fclose),
        line_(screen_.get(), report::Progress::Style::line),
        bare_(bare) {}
  /// What the run has taken since the last piece of the training.
  Spent ending() const {
    Spent spent;
    spent.add(left_, Spent::now());
    return spent;
  }

  void node_started(const std::string& path, std::size_t number, std::size_t count) override {
    watched_ = path == "trained";
    line_.node_started(path, number, count);
  }
  void progress(double done, double total, const std::string& unit, const Steps& steps) override {
    line_.progress(done, total, unit, steps);
    if (!watched_ || unit != "epochs") return;
    const Spent end = Spent::now();
    if (done > 1) training_.add(left_, end);
    bare_.advance();
    const Spent bare_end = Spent::now();
    if (done > 1) bare_training_.add(end, bare_end);
    if (done > 1 && done == std::floor(done)) {
      fmt::print("{{\"watched\": {}, \"bare\": {}}}\n", training_.text(), bare_training_.text());
      std::fflush(stdout);
      training_ = bare_training_ = {};
    }
    left_ = Spent::now();
  }
  void metric(const std::string& name, double value, const std::string& unit) override {
    line_.metric(name, value, unit);
  }
  void node_finished(const std::string& path, bool from_store, double seconds) override {
    line_.node_finished(path, from_store, seconds);
  }
  void warned(const std::string& text) override { line_.warned(text); }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> screen_;
  report::Progress line_;
  BareNode& bare_;
  bool watched_ = false;
  Spent left_, training_, bare_training_;
};

}  // namespace

void watched_beside_bare(const std::string& pipeline, std::vector<std::pair<std::string, std::string>> parameters,
                         const std::string& folder) {
  // Half of the time is the bare work's.
  constexpr double checkpoint_seconds = 60;
  const pipeline::Graph graph = training_graph(pipeline, std::move(parameters));
  BareNode bare(graph, *graph.find("trained"));
  BesideBare observer(bare);
  train(graph, folder, observer, checkpoint_seconds);
  fmt::print("{{\"ending\": {}}}\n", observer.ending().text());
}

}  // namespace harmonium::bench
