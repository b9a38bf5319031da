// Several runs on one store at the same time, within one process: what share/setup sanitize threads looks at.
#include <atomic>
#include <chrono>
#include <thread>

#include "harmonium/parallel.hpp"
#include "kernel/run/small_nodes.hpp"
#include "plugin/registry.hpp"
#include "run/housekeeping.hpp"

namespace harmonium::run {
namespace {

std::atomic<int> walked = 0;

struct Row {
  static constexpr const char* port_type = "row";
  using Spec = NoSpec;
  Tensor values;
  void visit(Visitor& visitor) { visitor("values", values); }
};

/// A random walk whose steps take a while, so that others come to its key meanwhile.
struct Walk {
  int steps = 4;
  static void describe(NodeType<Walk>& type) {
    type.says("Walks.").random().optional_input<Row>("from", "Where to start.").output<Row>("to", "The end.");
    type.parameter("steps", &Walk::steps).extends().says("Steps.");
  }
  struct State {
    Tensor values;
    Index step = 0;
    void visit(Visitor& visitor) {
      visitor("values", values);
      visitor("step", step);
    }
  };
  State start(const Inputs& inputs, Context&) const {
    ++walked;
    return {inputs.has("from") ? inputs.get<Row>("from").values : Tensor::matrix(4, 16), 0};
  }
  bool advance(State& state, const Inputs&, Context& context) const {
    if (state.step >= steps) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    Tensor noise = Tensor::matrix(4, 16);
    uniform(context.stream("walk").at(static_cast<std::uint64_t>(state.step)), noise.view());
    parallel(4, [&](Index row) {
      for (Index j = 0; j < 16; ++j) state.values.view()(row, j) += noise.view()(row, j);
    });
    context.metric("first", state.values.view()(0, 0), "");
    context.progress(static_cast<double>(++state.step), steps, "steps");
    return true;
  }
  void finish(State& state, const Inputs&, Outputs& outputs) const { outputs.set("to", Row{state.values}); }
};

class Concurrency : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    if (!Registry::instance().find("test.walk")) Registry::instance().add(describe_node<Walk>("test.walk"), "test");
    walked = 0;
  }
  /// Calls body(0), body(1), ... in a thread each.
  template <class Body>
  static void in_threads(int count, Body&& body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
    for (std::thread& thread : threads) thread.join();
  }
  /// A run from the text to the results, with a folder and an observer of its own.
  Outcome run_alone(const std::string& nodes, int number) const {
    report::Observer observer;
    Options own;
    own.store = options.store;
    own.out = folder / ("out" + std::to_string(number));
    own.checkpoint_seconds = 0;
    own.observer = &observer;
    return run::run(graph(nodes), own);
  }
};

TEST_F(Concurrency, RunsOfOnePipelineInSeveralThreadsShareTheWork) {
  const std::string nodes = "  a: {use: test.walk}\n  b: {use: test.walk, in: a}\n  c: {use: test.walk, in: b}\n";
  std::vector<Outcome> outcomes(4);
  in_threads(4, [&](int i) { outcomes[static_cast<std::size_t>(i)] = run_alone(nodes, i); });
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.status, Exit::success) << outcome.error;
  EXPECT_EQ(walked, 3) << "whoever comes second waits for the first and takes what it stored";
}

TEST_F(Concurrency, RunsThatExtendEachOtherGiveTheBitsOfOneThatWasAlone) {
  const auto nodes = [](int steps) { return "  a: {use: test.walk, with: {steps: " + std::to_string(steps) + "}}\n"; };
  std::vector<Outcome> outcomes(6);
  in_threads(6, [&](int i) { outcomes[static_cast<std::size_t>(i)] = run_alone(nodes(3 + i), i); });
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.status, Exit::success) << outcome.error;
  const std::string name = key(graph(nodes(8)), "a"), together = bits(name);
  options.store = folder / "other store";
  EXPECT_EQ(run_alone(nodes(8), 9).status, Exit::success);
  EXPECT_EQ(together, bits(name));
}

TEST_F(Concurrency, AStoreThatIsPrunedWhileItIsUsedGivesEveryRunItsResult) {
  const std::string nodes = "  a: {use: test.walk}\n  b: {use: test.walk, in: a}\n";
  std::atomic<int> left = 3;
  in_threads(4, [&](int i) {
    const Store store(options.store);
    if (i == 3)
      while (left > 0) prune(store, kept_in(store));
    for (int again = 0; i < 3 && again < 5; ++again) {
      const Outcome outcome = run_alone(nodes, i);
      EXPECT_EQ(outcome.status, Exit::success) << outcome.error;
    }
    if (i < 3) --left;
  });
}

TEST_F(Concurrency, AStateThatIsReplacedOrPrunedWhileItIsReadIsNotTakenForADamagedOne) {
  const std::string nodes = "  a: {use: test.walk, with: {steps: 1}}\n", name = key(graph(nodes), "a");
  const Store store(options.store);
  options.checkpoint_seconds = 0;
  std::atomic<bool> done = false;
  std::size_t read = 0;
  std::thread reader([&] {
    while (!done) {
      std::string problem;
      read += store.entry(name, &problem) != nullptr;
      EXPECT_EQ(problem, "");
    }
  });
  options.force = {"a"};
  for (int again = 0; again < 60; ++again) {
    EXPECT_EQ(run::run(graph(nodes), options).status, Exit::success);
    if (again % 2 == 0) prune(store, kept_in(store));
  }
  done = true;
  reader.join();
  EXPECT_GT(read, 0U);
}

}  // namespace
}  // namespace harmonium::run
