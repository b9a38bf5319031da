#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "kernel/run/small_nodes.hpp"
#include "run/manifest.hpp"

namespace harmonium::run {
namespace {

using Names = std::vector<std::string>;

class Resuming : public RunTest {
 protected:
  static std::string pipeline(const std::string& parameters) {
    return "  numbers: {use: test.count}\n  layer: {use: test.train, in: numbers, with: {" + parameters + "}}\n";
  }
  std::string trained(const std::string& parameters) const { return bits(key(graph(pipeline(parameters)), "layer")); }
  void go_on() {
    watcher.stop = false;
    watcher.stop_at = -1;
    options.force.clear();
  }
  /// Goes on with the run in the out folder.
  Outcome resume(const std::string& nodes) {
    const Manifest then = Manifest::read(options.out);
    Options settings = options;
    settings.repeated = &then;
    settings.resume = true;
    return run::run(graph(nodes), settings);
  }
  Outcome run_elsewhere(const std::string& nodes) {
    Options settings = options;
    settings.out = folder / "elsewhere";
    return run::run(graph(nodes), settings);
  }
  /// As the journal has it.
  double took(const std::string& node) const {
    std::istringstream lines(read(options.out / "journal.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const auto event = nlohmann::json::parse(line, nullptr, false);
      if (event.value("event", "") == "node finished" && event.value("node", "") == node) return event.at("took");
    }
    ADD_FAILURE() << node << " has not finished";
    return 0;
  }
  /// Runs it; the seconds in a node's result that are not the run's for that node.
  double spent_elsewhere(const std::string& nodes, const std::string& node) {
    EXPECT_EQ(run(nodes).status, Exit::success);
    const auto entry = Store(options.store).entry(key(graph(nodes), node));
    if (!entry) return 0;
    const Structure& structure = entry->structure();
    return std::stod(structure.property("seconds")) - std::stod(structure.property("seconds_of_run"));
  }
  static int occurrences(const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
    return found;
  }
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

TEST_F(Resuming, AForcedNodeGoesOnOnlyFromWhatTheForcedRunHadMade) {
  const std::string stored = pipeline("epochs: 4") + "  then: {use: test.show, in: {data: layer.model}}\n";
  run(stored);
  advanced.clear();
  started.clear();
  options.force = {"layer", "then"};
  watcher.stop_at = 3;
  options.stop = &watcher.stop;
  EXPECT_EQ(run(stored).status, Exit::interrupted);
  EXPECT_EQ(advanced["test.train"], 3);
  go_on();
  EXPECT_EQ(run_elsewhere(stored).status, Exit::success) << "takes the result that is stored";
  watcher.stop = true;
  EXPECT_EQ(resume(stored).status, Exit::interrupted) << "before anything";
  go_on();
  EXPECT_EQ(resume(stored).status, Exit::success);
  EXPECT_EQ(advanced["test.train"], 4) << "the result that was there before is no result of the forced run";
  EXPECT_EQ(started["test.train"], 1) << "the checkpoint is";
  EXPECT_EQ(started["test.show"], 1);
  EXPECT_EQ(trained("epochs: 4"), uninterrupted("epochs: 4"));
  // Both are forced still, and finished.
  advanced.clear();
  EXPECT_TRUE(computed(resume(stored)).empty());
  EXPECT_EQ(advanced["test.train"], 0);
}

TEST_F(Resuming, AForcedNodeThatHadNotBegunStartsAtItsBeginning) {
  const std::string later = pipeline("epochs: 8");
  watcher.stop_at = 3;
  run(later);  // leaves a checkpoint, which forcing forgets
  go_on();
  options.force = {"layer"};
  watcher.stop = true;
  EXPECT_EQ(run(later).status, Exit::interrupted);
  go_on();
  started.clear();
  advanced.clear();
  EXPECT_EQ(resume(later).status, Exit::success);
  EXPECT_EQ(started["test.train"], 1);
  EXPECT_EQ(advanced["test.train"], 8);
}

TEST_F(Resuming, KeepsWhatWasWarnedOfAndCountsTheTimeOfTheWholeRun) {
  const std::string slow = pipeline("epochs: 40, wait: 5, grow_from: 0");
  watcher.stop_at = 35;
  EXPECT_EQ(run(slow).status, Exit::interrupted);
  ASSERT_EQ(watcher.warnings.size(), 1U);
  EXPECT_NE(watcher.warnings[0].find("layer: weights grow ever faster"), std::string::npos) << watcher.warnings[0];
  go_on();
  EXPECT_EQ(resume(slow).status, Exit::success);
  EXPECT_EQ(watcher.warnings.size(), 1U) << "it was said already";
  const std::string journal = read(options.out / "journal.jsonl");
  EXPECT_EQ(occurrences(journal, "weights grow ever faster"), 1);
  EXPECT_GE(took("layer"), 40 * 0.005);

  // What another run had spent is not of this one, nor what another node of this run had.
  EXPECT_GE(spent_elsewhere(pipeline("epochs: 60, wait: 5, grow_from: 0"), "layer"), 40 * 0.005);
  EXPECT_GE(spent_elsewhere(pipeline("epochs: 30, wait: 5") +
                                "  longer: {use: test.train, in: numbers, with: {epochs: 32, wait: 5}}\n",
                            "longer"),
            30 * 0.005);
}

TEST_F(Resuming, IsNotAdvisedOnWeightsThatOnlyBeginToGrow) {
  run(pipeline("epochs: 40, grow_from: 20"));
  EXPECT_TRUE(watcher.warnings.empty()) << watcher.warnings[0];
}

TEST_F(Resuming, GoesOnWhereAJournalHasLinesThatNoRunWrites) {
  watcher.stop_at = 3;
  run(pipeline("epochs: 8"));
  go_on();
  const std::string journal = read(options.out / "journal.jsonl");
  for (const char* line : {"{\"event\":7}", "7", "nonsense", "{\"event\":\"node finished\",\"took\":\"long\"}"}) {
    write(options.out / "journal.jsonl", line + ("\n" + journal));
    EXPECT_EQ(resume(pipeline("epochs: 8")).status, Exit::success) << line;
  }
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
