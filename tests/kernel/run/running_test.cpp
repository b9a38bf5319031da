#include <nlohmann/json.hpp>

#include "kernel/run/small_nodes.hpp"

namespace harmonium::run {
namespace {

using Names = std::vector<std::string>;
class Running : public RunTest {};

const char* const stack = R"(
  numbers: {use: test.count}
  view: {use: test.same, in: numbers}
  layer1: {use: test.train, in: view}
  layer2: {use: test.train, in: layer1}
  result: {use: test.show, in: [layer1, layer2]}
)";

TEST_F(Running, ComputesNothingTheSecondTime) {
  const Outcome first = run(stack);
  ASSERT_EQ(first.status, Exit::success) << first.error;
  EXPECT_EQ(computed(first), (Names{"numbers", "layer1", "layer2", "result"}));
  EXPECT_EQ(watcher.begun, computed(first));

  started.clear();
  const Outcome second = run(stack);
  ASSERT_EQ(second.status, Exit::success) << second.error;
  EXPECT_EQ(computed(second), Names{});
  EXPECT_TRUE(started.empty());
  ASSERT_EQ(second.tables.size(), 1U);
  EXPECT_EQ(second.tables[0].second.rows[0].values, first.tables[0].second.rows[0].values);
}

TEST_F(Running, ComputesOnlyWhatComesAfterAChange) {
  run(stack);
  const Outcome outcome = run(R"(
  numbers: {use: test.count}
  view: {use: test.same, in: numbers}
  layer1: {use: test.train, in: view}
  layer2: {use: test.train, in: layer1, with: {rate: 0.1}}
  result: {use: test.show, in: [layer1, layer2]}
)");
  EXPECT_EQ(computed(outcome), (Names{"layer2", "result"}));
}

TEST_F(Running, PutsFilesTablesJournalAndManifestIntoTheOutFolderAlsoFromTheStore) {
  run(stack);
  options.out = folder / "again";
  const Outcome outcome = run(stack);
  EXPECT_EQ(read(options.out / "result.txt"), "hi");
  const std::string csv = read(options.out / "result.csv");
  EXPECT_TRUE(csv.starts_with("input,sum (nats)\n")) << csv;

  const auto manifest = nlohmann::json::parse(read(options.out / "manifest.json"));
  EXPECT_EQ(manifest["status"], "finished");
  EXPECT_EQ(manifest["nodes"][4]["path"], "result");
  EXPECT_EQ(manifest["nodes"][4]["how"], "stored");
  EXPECT_EQ(manifest["nodes"][4]["files"].size(), 2U);
  EXPECT_FALSE(manifest.contains("blas")) << "asking for its name opens BLAS";

  std::istringstream journal(read(options.out / "journal.jsonl"));
  Names events;
  for (std::string line; std::getline(journal, line);) events.push_back(nlohmann::json::parse(line)["event"]);
  EXPECT_EQ(events, (Names{"run started", "node from store", "run finished"}));
  EXPECT_EQ(outcome.files.size(), 5U);
}

TEST_F(Running, WritesProgressMetricsAndWarningsToTheJournal) {
  run(stack);
  const std::string journal = read(folder / "out" / "journal.jsonl");
  for (const char* event : {"node started", "progress", "metric", "warning", "node finished"})
    EXPECT_NE(journal.find("\"event\":\"" + std::string(event)), std::string::npos) << event;
  EXPECT_EQ(watcher.warnings, (Names{"result: only a test"}));
  const auto manifest = nlohmann::json::parse(read(folder / "out" / "manifest.json"));
  EXPECT_TRUE(manifest["nodes"][2]["metrics"]["weight"].is_number());
  EXPECT_TRUE(manifest["blas"].is_string());
}

TEST_F(Running, GoesOnlyAsFarAsAsked) {
  options.to = {"layer1"};
  EXPECT_EQ(computed(run(stack)), (Names{"numbers", "layer1"}));
  EXPECT_FALSE(std::filesystem::exists(folder / "out" / "result.csv"));
}

TEST_F(Running, GoesAsFarAsANodeOfAGroupInAllItsCopies) {
  options.to = {"trial.first"};
  const Outcome outcome = run(R"(
  numbers: {use: test.count}
  trial:
    each: {seed: [1, 2]}
    nodes: {first: {use: test.train, in: numbers}, second: {use: test.train, in: first}}
)");
  EXPECT_EQ(computed(outcome), (Names{"numbers", "trial[seed=1].first", "trial[seed=2].first"})) << outcome.error;
}

TEST_F(Running, RunsAForcedNodeAgainAndKeepsWhatComesAfterIt) {
  run(stack);
  options.force = {"layer1"};
  const Outcome outcome = run(stack);
  EXPECT_EQ(computed(outcome), Names{"layer1"}) << outcome.error;
  options.force.clear();
  EXPECT_EQ(computed(run(stack)), Names{});
}

TEST_F(Running, RefusesUnknownNodesWithASuggestion) {
  options.to = {"layer3"};
  try {
    run(stack);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), Exit::usage);
    EXPECT_NE(std::string(error.what()).find("--to layer3: there is no such node; did you mean 'layer"),
              std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_F(Running, TellsAFailureWithItsPlaceKeepsWhatIsFinishedAndStoresNothingOfIt) {
  const char* const failing = R"(
  numbers: {use: test.count}
  layer: {use: test.train, in: numbers, with: {fail_at: 3}}
)";
  options.checkpoint_seconds = 0;
  const Outcome outcome = run(failing);
  EXPECT_EQ(outcome.status, Exit::run_failed);
  EXPECT_TRUE(outcome.error.ends_with("test.yaml:6:3: nodes.layer: diverged at step 3")) << outcome.error;
  const pipeline::Graph pipeline = graph(failing);
  const Store store(options.store);
  EXPECT_TRUE(std::filesystem::exists(store.entry_folder(key(pipeline, "numbers"))));
  EXPECT_FALSE(std::filesystem::exists(store.entry_folder(key(pipeline, "layer"))));
  EXPECT_FALSE(std::filesystem::exists(store.checkpoint_folder(key(pipeline, "layer"))));
  const auto manifest = nlohmann::json::parse(read(folder / "out" / "manifest.json"));
  EXPECT_EQ(manifest["status"], "failed");
  EXPECT_EQ(manifest["nodes"][1]["how"], "failed");
}

TEST_F(Running, LoadsInputsOnlyWhenTheyAreAskedFor) {
  const char* const later = R"(
  numbers: {use: test.count}
  sum: {use: test.later, in: numbers}
  result: {use: test.show, in: sum}
)";
  run(later);
  const pipeline::Graph pipeline = graph(later);
  // The entry of a node that only a stored state needs is computed again when its output is made.
  std::filesystem::remove_all(Store(options.store).entry_folder(key(pipeline, "numbers")));
  EXPECT_EQ(computed(run(later)), Names{});
  options.force = {"result"};
  const Outcome outcome = run(later);
  EXPECT_EQ(computed(outcome), (Names{"numbers", "result"})) << outcome.error;
}

TEST_F(Running, SharesResultsOfEqualNodesOfOtherNames) {
  const Outcome outcome = run(R"(
  a: {use: test.count}
  b: {use: test.count}
  result: {use: test.show, in: [a, b]}
)");
  EXPECT_EQ(outcome.status, Exit::success) << outcome.error;
  EXPECT_EQ(started["test.count"], 1);
}

TEST_F(Running, KeepsInMemoryOnlyWhatSomebodyMayStillAskFor) {
  std::string chain = "  n0: {use: test.count}\n";
  for (int i = 1; i <= 20; ++i)
    chain += "  n" + std::to_string(i) + ": {use: " + (i % 3 ? "test.train" : "test.same") + ", in: n" +
             std::to_string(i - 1) + "}\n";
  Counted::most = Counted::alive;
  ASSERT_EQ(run(chain).status, Exit::success);
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_LE(Counted::most, 5) << "of 21 nodes: a node's own, its input's, and those of a view between them";
}

TEST_F(Running, TakesATensorOnDiskOverWithoutACopy) {
  const char* const big = R"(
  big: {use: test.big}
  result: {use: test.show, in: big}
)";
  const Outcome first = run(big);
  ASSERT_EQ(first.status, Exit::success) << first.error;
  const auto entry = Store(options.store).entry_folder(key(graph(big), "big"));
  EXPECT_EQ(std::filesystem::file_size(entry / "data.1"), 400000U);
  EXPECT_EQ(std::filesystem::file_size(entry / "data"), 0U);
  options.force = {"result"};
  const Outcome second = run(big);
  ASSERT_EQ(second.status, Exit::success) << second.error;
  EXPECT_EQ(started["test.big"], 1);
  EXPECT_EQ(second.tables[0].second.rows[0].values, first.tables[0].second.rows[0].values);
}

}  // namespace
}  // namespace harmonium::run
