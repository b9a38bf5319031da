#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "shell.hpp"
#include "until_told.hpp"

/// Disks that are full or may not be written, and folders that go: a clear sentence, and nothing lost that was stored.
namespace harmonium::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Hardship : public ::testing::Test {
 protected:
  Hardship() {
    for (const Shell* shell : {&straight, &hard})
      shell->write("trained.yaml", R"(harmonium: 1
nodes:
  file:   {use: reader.csv, with: {path: )" HARMONIUM_SOURCE R"(/share/data/digits.csv.gz, label: last}}
  digits: {use: data.scale, in: {use: data.rows, in: file, with: {count: 300}}, with: {from: [0, 16]}}
  rbm:    {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 16}}, data: digits}, with: {epochs: 10}}
  codes:  {use: model.encode, in: {model: rbm, data: digits}}
  errors: {use: evaluator.reconstruction, in: {model: rbm, data: digits}}
)");
    EXPECT_EQ(straight(run).status, 0);
  }
  /// The run, its calls that write below a folder failing from the one numbered on, as errno says.
  Shell::Ran failing(const std::string& below, int from, int error) const {
    return hard(fmt::format("LD_PRELOAD={} FAILING_BELOW={}/{} FAILING_AT={} FAILING_WITH={} {}",
                            HARMONIUM_FAILING_WRITES, hard.path().string(), below, from, error, run));
  }
  const std::string run = "harmonium run trained.yaml --quiet --out results --checkpoint 0";
  Shell straight, hard;
};

TEST_F(Hardship, ADiskThatIsFullFromAnyWriteOnIsToldAndTheNextRunEndsAsIfItNeverWas) {
  int failed = 0;
  for (int from = 1; from < 400; from += 1 + from / 4) {
    const Shell::Ran ran = failing("", from, ENOSPC);
    if (ran.status == 0) continue;  // what failed was no result: a checkpoint, the report
    ++failed;
    EXPECT_EQ(ran.status, 1) << from << " " << ran.err;
    EXPECT_THAT(ran.err, AllOf(HasSubstr("harmonium: "), HasSubstr("No space left on device"))) << from;
    const Shell::Ran again = hard(run);
    EXPECT_EQ(again.status, 0) << from << " " << again.err;
    EXPECT_EQ(again.err.find("damaged"), std::string::npos) << from << " " << again.err;
    EXPECT_TRUE(results_in(hard.path() / "store") == results_in(straight.path() / "store")) << from;
    std::filesystem::remove_all(hard.path() / "store");
    std::filesystem::remove_all(hard.path() / "results");
  }
  EXPECT_GE(failed, 10);
}

TEST_F(Hardship, AStoreThatMayNotBeWrittenIsStillReadAndNamedWhereItWouldHaveToBeWritten) {
  const Shell::Ran nothing = failing("store", 1, EROFS);
  EXPECT_EQ(nothing.status, 1);
  EXPECT_THAT(nothing.err, AllOf(HasSubstr((hard.path() / "store").string()), HasSubstr("Read-only file system")));
  ASSERT_EQ(hard(run).status, 0);
  const Shell::Ran all = failing("store", 1, EROFS);
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_EQ(all.err, "");
}

TEST_F(Hardship, AFileSystemWhereFoldersDoNotChangePlacesTakesCheckpointsAndResultsAllTheSame) {
  const Shell::Ran ran = hard("LD_PRELOAD=" HARMONIUM_FAILING_WRITES " NO_EXCHANGE=1 " + run);
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(hard("find store -name '*.old*'").out, "");
  EXPECT_TRUE(results_in(hard.path() / "store") == results_in(straight.path() / "store"));
}

TEST_F(Hardship, ARunThatIsKilledWhileItWritesItsReportHasNotFinished) {
  const Shell::Ran ran =
      hard(fmt::format("LD_PRELOAD={} FAILING_BELOW={}/results/report.html FAILING_AT=1 FAILING_WITH=kill {}",
                       HARMONIUM_FAILING_WRITES, hard.path().string(), run));
  EXPECT_EQ(ran.status, 128 + SIGKILL);
  EXPECT_THAT(hard("harmonium runs results").out, HasSubstr("killed"));
  EXPECT_EQ(hard("harmonium run results --resume --quiet").status, 0);
  EXPECT_THAT(hard("tail -n 1 results/report.html").out, HasSubstr("</html>"));
  EXPECT_THAT(hard("harmonium runs results").out, HasSubstr("finished"));
  // Nodes that nobody needs any more were run all the same.
  const std::string fates = "grep '\"how\"' results/manifest.json";
  EXPECT_EQ(hard(fates).out, straight(fates).out);
}

TEST_F(Hardship, AClockThatJumpsChangesNothing) {
  const std::string jumping = "export LD_PRELOAD=" HARMONIUM_FAILING_WRITES " CLOCK_JUMPS=1; ";
  for (int i = 0; i < 4; ++i) {
    const Shell::Ran ran = hard(
        jumping + "harmonium run trained.yaml --checkpoint 0.05 --set rbm.epochs=" + std::to_string(i < 3 ? 10 : 12));
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_TRUE(i > 0 || results_in(hard.path() / "store") == results_in(straight.path() / "store"));
    EXPECT_EQ(ran.err.find("warning"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(hard("harmonium runs | wc -l").out, "5\n");
  EXPECT_THAT(hard(jumping + "harmonium store gc --older 30").out, HasSubstr("deleted 0 of"));
}

TEST_F(Hardship, ARunWhoseFolderWasDeletedSaysSoAndKeepsWhatItHasMade) {
  hard.write("trained.yaml",
             content_of(hard.path() / "trained.yaml") +
                 "  more: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 16}}, data: digits}, "
                 "with: {epochs: 400}}\n");
  const Shell::Ran ran =
      hard(run + " & " + until_told("\"node finished\".*\"rbm\"", "results/journal.jsonl") + "rm -r results; wait $!");
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("results was deleted while it ran"), HasSubstr("the next run takes it")));
  const auto kept = results_in(hard.path() / "store"), whole = results_in(straight.path() / "store");
  int same = 0;
  for (const auto& [name, content] : kept) same += whole.contains(name) && whole.at(name) == content;
  EXPECT_GT(same, 0);
}

}  // namespace
}  // namespace harmonium::testing
