#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "program.hpp"
#include "until_told.hpp"

/// The verbs that look at runs and at the store: runs, watch, explain, diff, store; and `run` of a run's folder.
namespace harmonium::cli {
namespace {

using harmonium::testing::until_told;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr const char* walks = R"(harmonium: 1
params: {n: 4}
nodes:
  size: {use: toy.file-size, with: {path: data.txt}}
  numbers: {use: toy.numbers, with: {count: $n}}
  drawn: {use: toy.draw, with: {count: 3}}
  total: {use: toy.add, in: {terms: [numbers, drawn, size]}}
)";

class Runs : public ::testing::Test {
 protected:
  Runs() {
    program.file("data.txt", "1234");
    program.file("walks.yaml", walks);
  }
  Json json(const std::string& arguments) const {
    const Ran ran = program(arguments);
    EXPECT_EQ(ran.status, 0) << ran.err;
    return Json::parse(ran.out, nullptr, false);
  }
  std::string ok(const std::string& arguments) const {
    const Ran ran = program(arguments);
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    return ran.out;
  }
  Json manifest(const std::string& run) const {
    return Json::parse(program.shell("cat " + run + "/manifest.json").out, nullptr, false);
  }
  Program program;
  /// Waits for the run that writes to the folder slow.
  const std::string until_progress = until_told("progress", "slow/journal.jsonl");
};

TEST_F(Runs, AreRepeatedFromTheirFoldersWhateverBecameOfTheFile) {
  ok("run walks.yaml --param n=6 --set drawn.count=5 --seed 7 --to total --out first");
  program.file("walks.yaml", "nonsense");
  ok("run first --out second --store other");
  ok("run first/manifest.json --out third --store third-store");
  EXPECT_EQ(manifest("first")["tables"], manifest("second")["tables"]);
  EXPECT_EQ(manifest("first")["tables"], manifest("third")["tables"]);
  EXPECT_EQ(manifest("first")["given"], manifest("second")["given"]);
  EXPECT_EQ(manifest("second")["given"]["set"], Json::parse(R"([["drawn.count", "5"]])"));
  // With something else told it is another run.
  ok("run first --seed 8 --out fourth");
  EXPECT_NE(manifest("first")["tables"], manifest("fourth")["tables"]);
  EXPECT_THAT(ok("plan first"), HasSubstr("0 to run"));
}

TEST_F(Runs, AreNotRepeatedWhereTheirFilesHaveChanged) {
  ok("run walks.yaml --out first");
  program.file("data.txt", "12345");
  const Ran ran = program("run first --out second");
  EXPECT_EQ(ran.status, 65);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("cannot be repeated"), HasSubstr("size: file "), HasSubstr("data.txt changed"),
                             Not(HasSubstr("total"))));
}

TEST_F(Runs, AreListedWithHowTheyEnded) {
  program.file("fails.yaml", "harmonium: 1\nnodes: {bad: {use: toy.fail}}\n");
  ok("run walks.yaml --param n=5 --out runs/a");
  program("run fails.yaml --out runs/deep/b");
  program.file("runs/manifest.json", "{}");
  const Json runs = json("runs --json");
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0]["status"], "finished");
  EXPECT_EQ(runs[0]["computed"], 4);
  EXPECT_EQ(runs[1]["status"], "failed");
  EXPECT_THAT(ok("runs"), AllOf(HasSubstr("runs/a"), HasSubstr("--param n=5"), HasSubstr("failed")));
  EXPECT_EQ(program("runs nowhere").status, 64);
}

TEST_F(Runs, AreFollowedAndKnownToBeKilled) {
  program.file("slow.yaml", "harmonium: 1\nnodes: {walk: {use: toy.slow, with: {steps: 100000, pause: 10}}}\n");
  const Ran ran =
      program.shell("harmonium run slow.yaml --out slow --quiet & slow=$!; " + until_progress +
                    "harmonium runs slow; (harmonium watch slow > watched; echo $? >> watched) & watch=$!; sleep 0.5; "
                    "harmonium run slow.yaml --out slow --store other; echo $?; "
                    "kill -KILL $slow; wait $watch; cat watched; harmonium runs slow");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("running"), HasSubstr("\n1\n"), HasSubstr("killed after "), HasSubstr("\n0\n")));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("another run is writing to "), HasSubstr("/slow\n")));
  EXPECT_THAT(ran.out.substr(ran.out.rfind("began")), AllOf(HasSubstr("killed"), Not(HasSubstr("running"))));
  ok("run walks.yaml --out done");
  EXPECT_THAT(ok("watch done"), HasSubstr("finished after "));
  program.shell("sed -i '1i {\"event\":7}\\n7\\nnonsense' done/journal.jsonl");
  EXPECT_THAT(ok("watch done"), HasSubstr("finished after "));
  EXPECT_EQ(program("watch nowhere").status, 65);
}

TEST_F(Runs, ThatWereCutOffGoOnInTheirFolders) {
  program.file("slow.yaml",
               "harmonium: 1\nnodes:\n  before: {use: toy.draw}\n"
               "  walk: {use: toy.slow, with: {steps: 60, pause: 10}}\n");
  ok("run slow.yaml --out whole --store another --quiet");
  const std::string run = "harmonium run slow.yaml --quiet --checkpoint 0.05 ";
  program.shell(run + "& slow=$!; " + until_told("\"step\":20", "runs/slow/latest/journal.jsonl") +
                "kill -KILL $slow; wait $slow");
  EXPECT_THAT(ok("runs"), HasSubstr("killed"));
  EXPECT_EQ(program("run slow.yaml --resume --seed 2").status, 64);
  EXPECT_EQ(program("run slow.yaml --resume --out elsewhere").status, 64);
  program.shell(run + "--resume & slow=$!; " + until_told("\"step\":40", "runs/slow/latest/journal.jsonl") +
                "kill -INT $slow; wait $slow");
  EXPECT_THAT(ok("runs"), HasSubstr("interrupted"));
  ok("run runs/slow/latest --resume --quiet");
  const std::string events = "sed -E 's/,\"seconds\":[0-9.]+//' ";
  EXPECT_EQ(program.shell("ls -d runs/slow/2* | wc -l").out, "1\n");
  const auto figures = [&](const std::string& folder) {
    return program.shell(events + folder + "/journal.jsonl | grep '\"metric\"'").out;
  };
  EXPECT_EQ(figures("runs/slow/latest"), figures("whole"));
  EXPECT_EQ(program.shell("grep -c 'run started' runs/slow/latest/journal.jsonl").out, "1\n");
  EXPECT_EQ(program.shell("grep -c 'run resumed' runs/slow/latest/journal.jsonl").out, "2\n");
  EXPECT_EQ(manifest("runs/slow/latest")["tables"], manifest("whole")["tables"]);
  const Json resumed = manifest("runs/slow/latest");
  for (const Json& node : resumed["nodes"]) EXPECT_EQ(node["how"], "run") << node["path"];
  const Ran again = program("run slow.yaml --resume");
  EXPECT_EQ(again.status, 64);
  EXPECT_THAT(again.err, AllOf(HasSubstr("the last run of slow.yaml"), HasSubstr("is finished")));
  EXPECT_THAT(program("run walks.yaml --resume").err, HasSubstr("there is no run of walks.yaml below runs/"));
}

TEST_F(Runs, ThatGoOnUseTheirStoreAndSayNothingTwiceOfWhatIsMadeAgain) {
  program.file("slow.yaml",
               "harmonium: 1\nnodes:\n  before: {use: toy.draw}\n"
               "  walk: {use: toy.slow, with: {steps: 60, pause: 10}}\n");
  const auto cut_off = [&] {
    program.shell("rm -rf runs; harmonium run slow.yaml --quiet --store own & slow=$!; " +
                  until_told("\"step\":20", "runs/slow/latest/journal.jsonl") + "kill -INT $slow; wait $slow");
  };
  const auto times = [&](const std::string& event) {
    return program.shell("grep -c '" + event + "' runs/slow/latest/journal.jsonl").out;
  };
  cut_off();
  EXPECT_EQ(program("run slow.yaml --resume --to before").status, 64);
  ok("run slow.yaml --resume --quiet");
  EXPECT_EQ(times("node from store"), "0\n");
  EXPECT_EQ(times("node resumed"), "1\n");
  const Json resumed = manifest("runs/slow/latest");
  for (const Json& node : resumed["nodes"]) EXPECT_EQ(node["how"], "run") << node["path"];
  EXPECT_TRUE(manifest("runs/slow/latest").contains("blas"));

  program.shell("rm -r own");
  cut_off();
  program.shell("rm -r own");
  ok("run slow.yaml --resume --quiet");
  for (const char* event : {"node started.*before", "node finished.*before", "node started.*walk", "step\":20,"})
    EXPECT_EQ(times(event), "1\n") << event;
}

TEST_F(Runs, AreLeftAtOnceWhenToldTwice) {
  // A step takes long: the first signal waits for its end.
  program.file("slow.yaml", "harmonium: 1\nnodes: {walk: {use: toy.slow, with: {steps: 10, pause: 60000}}}\n");
  const Ran ran = program.shell(
      "harmonium run slow.yaml --out slow --quiet & slow=$!; " + until_told("node started", "slow/journal.jsonl") +
      "kill -INT $slow; sleep 0.5; harmonium runs slow; kill -INT $slow; wait $slow; echo $?; harmonium runs slow");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("running"), HasSubstr("\n130\n"), HasSubstr("killed")));
}

TEST_F(Runs, TellProgramsEachEventOnALine) {
  const Ran ran = program("run walks.yaml --out a --progress json");
  std::istringstream lines(ran.err);
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line, nullptr, false);
    ASSERT_TRUE(event.is_object()) << line;
    events.push_back(event["event"]);
  }
  ASSERT_GT(events.size(), 3U);
  EXPECT_EQ(events.front(), "run started");
  EXPECT_EQ(events[1], "node started");
  EXPECT_EQ(events.back(), "run finished");
}

TEST_F(Runs, DifferByTheirCausesAndResults) {
  ok("run walks.yaml --out a");
  ok("run walks.yaml --out b");
  EXPECT_THAT(ok("diff a b"), AllOf(HasSubstr("the same was run"), HasSubstr("1 of 1 results are the same")));
  program.file("data.txt", "12345678");
  ok("run walks.yaml --param n=6 --out c");
  const Json found = json("diff a c --json");
  ASSERT_EQ(found["differences"].size(), 2U);
  EXPECT_THAT(found["differences"][0]["what"].get<std::string>(), HasSubstr("data.txt changed"));
  EXPECT_EQ(found["differences"][1], Json::parse(R"({"node": "numbers", "what": "parameter count: 4 -> 6"})"));
  // 0 + ... + 3 became 0 + ... + 5, and four bytes eight.
  const Json& row = found["results"][0];
  EXPECT_EQ(row[4].get<double>() - row[3].get<double>(), 4 + 5 + 4);
  EXPECT_THAT(ok("diff a c"), AllOf(HasSubstr("+13"), HasSubstr("0 of 1 results are the same")));
  EXPECT_EQ(program("diff a nowhere").status, 65);
}

TEST_F(Runs, AreExplainedBackToTheContentOfFiles) {
  EXPECT_THAT(ok("explain walks.yaml total"), HasSubstr("run: nothing is stored for it"));
  ok("run walks.yaml --out a");
  const Json origins = json("explain walks.yaml total --json");
  ASSERT_EQ(origins.size(), 4U);
  EXPECT_EQ(origins.back()["node"], "total");
  EXPECT_EQ(origins.back()["action"], "stored");
  for (const Json& origin : origins)
    if (origin["node"] == "size") {
      EXPECT_EQ(origin["files"][0]["content"].get<std::string>().size(), 32U);
      EXPECT_THAT(origin["files"][0]["path"].get<std::string>(), HasSubstr("data.txt"));
    }
  program.file("data.txt", "12345");
  const std::string text = ok("explain walks.yaml total");
  EXPECT_THAT(text, AllOf(HasSubstr("data.txt changed"), HasSubstr("input terms: size.size changed"),
                          HasSubstr("terms <- numbers  toy.numbers  stored")));
  const Ran wrong = program("explain walks.yaml totl");
  EXPECT_EQ(wrong.status, 64);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'total'?"));
}

TEST_F(Runs, HaveReportsThatCanBeMadeAgainAndSideBySide) {
  ok("run walks.yaml --out a");
  ok("run walks.yaml --out b --param n=7");
  EXPECT_EQ(program.shell("grep -q '<title>walks</title>' a/report.html").status, 0);
  EXPECT_EQ(program("report a b").status, 64);
  EXPECT_EQ(ok("report a b -o both.html"), "both.html\n");
  EXPECT_EQ(program.shell("grep -q '<title>walks, walks</title>' both.html").status, 0);
  // What has gone from the store is left out; a pipeline that is no longer understood is told.
  program.shell("rm -r store");
  ok("report a");
  program.shell("sed -i 's/toy.draw/toy.drow/' a/manifest.json");
  const Ran ran = program("report a");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("no longer understood"));
  EXPECT_EQ(program("report nowhere").status, 65);
}

TEST_F(Runs, AreNoFailuresWhereTheirReportCannotBeWritten) {
  program.shell("mkdir -p a/report.html");
  const Ran ran = program("run walks.yaml --out a");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.err, HasSubstr("there is no report"));
  EXPECT_EQ(manifest("a")["status"], "finished");
}

TEST_F(Runs, LeaveResultsThatAreListedMeasuredAndPruned) {
  ok("run walks.yaml --out a");
  ok("run walks.yaml --out b --param n=7");
  const Json all = json("store ls --json");
  // Of the first run numbers and total are of no use any more.
  ASSERT_EQ(all.size(), 6U);
  std::uint64_t bytes = 0;
  int unused = 0;
  for (const Json& kept : all) {
    bytes += kept["bytes"].get<std::uint64_t>();
    unused += kept["users"].empty();
    EXPECT_TRUE(kept["finished"].get<bool>());
  }
  EXPECT_EQ(unused, 2);
  EXPECT_EQ(json("store du --json"), (Json{{"results", 6}, {"bytes", bytes}}));
  EXPECT_THAT(ok("store du"), AllOf(HasSubstr("toy.numbers"), HasSubstr("all")));
  EXPECT_EQ(program("store gc").status, 64);
  EXPECT_EQ(program("store gc --down-to much").status, 64);
  EXPECT_THAT(ok("store gc --unused --dry-run"), HasSubstr("would delete 2 of 6"));
  EXPECT_THAT(ok("store gc --older 1"), HasSubstr("deleted 0 of 6"));
  EXPECT_THAT(ok("store gc --unused"), HasSubstr("deleted 2 of 6"));
  EXPECT_THAT(ok("plan walks.yaml --param n=7"), HasSubstr("0 to run"));
  // A pipeline file that is gone uses nothing.
  program.shell("rm walks.yaml");
  EXPECT_THAT(ok("store gc --unused"), HasSubstr("deleted 4 of 4"));
  EXPECT_EQ(json("store du --json")["results"], 0);
}

TEST_F(Runs, KeepWhatWasUsedLast) {
  ok("run walks.yaml --out a --to numbers");
  const Json first = json("store ls --json");
  ok("run walks.yaml --out b --to drawn");
  program.shell("sleep 0.02");
  ok("run walks.yaml --out c --to numbers");
  const Json all = json("store ls --json");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["key"], first[0]["key"]);
  ok("store gc --down-to " + std::to_string(all[0]["bytes"].get<std::uint64_t>()));
  EXPECT_EQ(json("store ls --json")[0]["key"], first[0]["key"]);
  EXPECT_EQ(json("store du --json")["results"], 1);
}

TEST_F(Runs, KeepWhatIsBeingComputed) {
  program.file("slow.yaml", "harmonium: 1\nnodes: {walk: {use: toy.slow, with: {steps: 100000, pause: 10}}}\n");
  const Ran ran = program.shell(
      "harmonium run slow.yaml --out slow --quiet & slow=$!; " + until_progress +
      "kill -TERM $slow; wait $slow; harmonium store ls; rm -r slow; "
      "harmonium run slow.yaml --out slow --quiet & slow=$!; " +
      until_progress + "harmonium store gc --down-to 0; kill -TERM $slow; wait $slow; harmonium store gc --down-to 0");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("unfinished"), HasSubstr("deleted 0 of 1"), HasSubstr("stay"),
                             HasSubstr("deleted 1 of 1")));
}

}  // namespace
}  // namespace harmonium::cli
