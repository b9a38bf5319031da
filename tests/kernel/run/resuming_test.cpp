#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "kernel/run/small_nodes.hpp"

namespace harmonium::run {
namespace {

using Names = std::vector<std::string>;

class Resuming : public RunTest {
 protected:
  static std::string pipeline(const std::string& parameters) {
    return "  numbers: {use: test.count}\n  layer: {use: test.train, in: numbers, with: {" + parameters + "}}\n";
  }
  std::string trained(const std::string& parameters) const { return bits(key(graph(pipeline(parameters)), "layer")); }
  /// The bits that a run without interruption gives, in a store of its own.
  std::string uninterrupted(const std::string& parameters) {
    const Options before = options;
    options.store = folder / "other store";
    options.stop = nullptr;
    EXPECT_EQ(run(pipeline(parameters)).status, Exit::success);
    std::string result = trained(parameters);
    options = before;
    return result;
  }
};

TEST_F(Resuming, ContinuesAShorterRunWithTheBitsOfALongOne) {
  run(pipeline("epochs: 4"));
  run(pipeline("epochs: 6"));
  EXPECT_EQ(advanced["test.train"], 6);
  ASSERT_EQ(run(pipeline("epochs: 10")).status, Exit::success);
  EXPECT_EQ(advanced["test.train"], 10) << "the longest shorter run is taken";
  EXPECT_EQ(trained("epochs: 10"), uninterrupted("epochs: 10"));
}

TEST_F(Resuming, StartsAgainForFewerEpochsOrWhereTheLengthMatters) {
  run(pipeline("epochs: 4"));
  run(pipeline("epochs: 3"));
  EXPECT_EQ(advanced["test.train"], 7);
  run(pipeline("epochs: 4, fixed_length: true"));
  run(pipeline("epochs: 6, fixed_length: true"));
  EXPECT_EQ(advanced["test.train"], 17);
}

TEST_F(Resuming, StopsWhenAskedAndGoesOnWithTheSameBits) {
  watcher.stop_at = 3;
  const Outcome stopped = run(pipeline("epochs: 8"));
  EXPECT_EQ(stopped.status, Exit::interrupted);
  EXPECT_NE(stopped.error.find("interrupted while layer was running"), std::string::npos) << stopped.error;
  EXPECT_EQ(advanced["test.train"], 3);

  const std::vector<Planned> planned = plan(graph(pipeline("epochs: 8")), options);
  EXPECT_EQ(planned.back().action, Planned::Action::resume);

  watcher.stop = false;
  watcher.stop_at = -1;
  const Outcome resumed = run(pipeline("epochs: 8"));
  EXPECT_EQ(computed(resumed), Names{"layer"}) << resumed.error;
  EXPECT_EQ(advanced["test.train"], 8);
  EXPECT_EQ(trained("epochs: 8"), uninterrupted("epochs: 8"));
  const Store store(options.store);
  EXPECT_FALSE(std::filesystem::exists(store.checkpoint_folder(key(graph(pipeline("epochs: 8")), "layer"))));
}

TEST_F(Resuming, GoesOnFromAnUnfinishedShorterRun) {
  watcher.stop_at = 3;
  run(pipeline("epochs: 5"));
  watcher.stop = false;
  watcher.stop_at = -1;
  run(pipeline("epochs: 8"));
  EXPECT_EQ(advanced["test.train"], 8);
  EXPECT_EQ(trained("epochs: 8"), uninterrupted("epochs: 8"));
}

TEST_F(Resuming, AfterBeingKilledGivesTheBitsOfARunThatWasNot) {
  const std::string parameters = "epochs: 40, wait: 10";
  const auto partial = Store(options.store).checkpoint_folder(key(graph(pipeline(parameters)), "layer"));
  const pid_t child = ::fork();
  if (child == 0) {
    options.checkpoint_seconds = 0.03;
    run(pipeline(parameters));
    ::_exit(0);
  }
  while (!std::filesystem::exists(partial)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it should have been killed while it was running";

  const Outcome outcome = run(pipeline(parameters));
  ASSERT_EQ(outcome.status, Exit::success) << outcome.error;
  EXPECT_EQ(started["test.train"], 0);
  EXPECT_LT(advanced["test.train"], 40);
  EXPECT_TRUE(std::filesystem::is_empty(options.store / "tmp")) << "what the dead process was writing is cleaned up";
  EXPECT_EQ(trained(parameters), uninterrupted(parameters));
}

TEST_F(Resuming, UnderAnotherInstructionSetIsRefusedUnlessForced) {
  watcher.stop_at = 3;
  run(pipeline("epochs: 8"));
  // The same checkpoint as another machine would have written it.
  const pipeline::Graph graph_now = graph(pipeline("epochs: 8"));
  const std::string name = key(graph_now, "layer");
  const auto file = Store(options.store).checkpoint_folder(name) / "entry";
  Structure structure = decode(unseal(read(file)));
  for (auto& [property, value] : structure.properties)
    if (property == "simd") value = "NEON";
  write(file, seal(encode(structure)));
  watcher.stop = false;
  watcher.stop_at = -1;

  const Outcome refused = run(graph_now);
  EXPECT_EQ(refused.status, Exit::run_failed);
  EXPECT_NE(refused.error.find("nodes.layer: its checkpoint was computed with "), std::string::npos) << refused.error;
  EXPECT_NE(refused.error.find("--force layer starts it again"), std::string::npos) << refused.error;

  options.force = {"layer"};
  EXPECT_EQ(run(graph_now).status, Exit::success);
  EXPECT_EQ(advanced["test.train"], 11);
  EXPECT_EQ(trained("epochs: 8"), uninterrupted("epochs: 8"));
}

TEST_F(Resuming, FromADamagedCheckpointStartsAgainWithAWarning) {
  watcher.stop_at = 3;
  run(pipeline("epochs: 8"));
  const std::string name = key(graph(pipeline("epochs: 8")), "layer");
  std::filesystem::resize_file(Store(options.store).checkpoint_folder(name) / "data", 1);
  watcher.stop = false;
  watcher.stop_at = -1;
  EXPECT_EQ(run(pipeline("epochs: 8")).status, Exit::success);
  EXPECT_EQ(advanced["test.train"], 11);
  ASSERT_EQ(watcher.warnings.size(), 1U);
  EXPECT_NE(watcher.warnings[0].find("its checkpoint is damaged and is not used: data has 1 bytes"), std::string::npos);
}

TEST_F(Resuming, TwoProcessesShareTheWorkOfOne) {
  const std::string parameters = "epochs: 30, wait: 10";
  const std::string name = key(graph(pipeline(parameters)), "layer");
  const pid_t child = ::fork();
  if (child == 0) {
    options.out = folder / "child";
    ::_exit(static_cast<int>(run(pipeline(parameters)).status));
  }
  while (!std::filesystem::exists(options.store / "locks" / name))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const Outcome outcome = run(pipeline(parameters));
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(outcome.status, Exit::success) << outcome.error;
  EXPECT_EQ(computed(outcome), Names{});
  EXPECT_EQ(advanced["test.train"], 0);
  ASSERT_EQ(watcher.warnings.size(), 1U);
  EXPECT_EQ(watcher.warnings[0], "layer: another process computes the same result: waiting for it");
}

}  // namespace
}  // namespace harmonium::run
