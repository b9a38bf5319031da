#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.hpp"

namespace harmonium::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* sums = R"(harmonium: 1
params: {n: 4}
nodes:
  numbers: {use: toy.numbers, with: {count: $n}}
  total: {use: toy.add, in: {terms: [numbers, numbers]}}
  picture: {use: toy.picture, in: {of: total}}
)";

TEST(Validate, SaysThatAPipelineIsFineAndHowManyNodesItHas) {
  const Program program;
  const Ran ran = program("validate " + program.file("sums.yaml", sums));
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "sums.yaml: ok, 3 nodes\n");
}

TEST(Validate, PrintsEverythingThatIsWrong) {
  const Program program;
  const std::string file = program.file("bad.yaml",
                                        "harmonium: 1\n"
                                        "nodes:\n"
                                        "  a: {use: toy.numbers, with: {cuont: 3}}\n"
                                        "  b: {use: toy.add}\n");
  const Ran text = program("validate " + file);
  EXPECT_EQ(text.status, 78);
  EXPECT_THAT(text.err, AllOf(HasSubstr("bad.yaml:3:"), HasSubstr("did you mean 'count'?"), HasSubstr("bad.yaml:4:"),
                              HasSubstr("bad.yaml: 2 errors")));
  const Ran json = program("validate --json " + file);
  EXPECT_EQ(json.status, 78);
  const auto report = nlohmann::json::parse(json.out);
  EXPECT_FALSE(report.at("ok").get<bool>());
  ASSERT_EQ(report.at("errors").size(), 2u);
  EXPECT_EQ(report["errors"][0].at("line"), 3);
  EXPECT_THAT(report["errors"][0].at("message").get<std::string>(), HasSubstr("count"));
}

TEST(Validate, PrintsJsonAlsoOfNamesThatAreNoUtf8) {
  const Program program;
  for (const auto& [text, status] : {std::pair{sums, 0}, {"harmonium: 2", 78}}) {
    const Ran ran = program("validate --json " + program.file("latin-\xe9.yaml", text));
    EXPECT_EQ(ran.status, status) << ran.err;
    EXPECT_EQ(nlohmann::json::parse(ran.out).at("file"), "latin-\xef\xbf\xbd.yaml");
  }
}

TEST(Validate, SaysWhichPluginMayHaveATypeThatIsMissing) {
  const Program program;
  const std::string file = program.file("missing.yaml", "harmonium: 1\nnodes: {a: {use: absent.type}}\n");
  const Ran ran = program("validate " + file + " --plugin-path " REFUSED_PLUGINS "/throws");
  EXPECT_EQ(ran.status, 69);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("absent.type"), HasSubstr("throws.so"), HasSubstr("on purpose")));
}

TEST(Validate, AppliesWhatTheCommandLineChanges) {
  const Program program;
  const std::string file = program.file("sums.yaml", sums);
  EXPECT_EQ(program("validate " + file + " --param n=10 --set total.scale=2 --seed 7").status, 0);
  EXPECT_EQ(program("validate " + file + " --param n=0").status, 78);
  EXPECT_EQ(program("validate " + file + " --set numbers.count=0").status, 78);
}

TEST(Validate, TakesASettingOfOneCopyWhosePathHasAnEqualsSign) {
  const Program program;
  const std::string file = program.file("copies.yaml",
                                        "harmonium: 1\n"
                                        "nodes: {numbers: {use: toy.numbers, each: {count: [2, 3]}}}\n");
  EXPECT_EQ(program("validate " + file + " --set 'numbers[count=2].count=5'").status, 0);
  const Ran ran = program("validate " + file + " --set 'numbers[count=2].count=0'");
  EXPECT_EQ(ran.status, 78) << ran.err;
}

TEST(Validate, RefusesASeedThatIsNoWholeNumber) {
  const Program program;
  const std::string file = program.file("sums.yaml", sums);
  for (const char* seed : {"-1", "18446744073709551616", "x", "1.5"}) {
    const Ran ran = program("validate " + file + " --seed=" + seed);
    EXPECT_EQ(ran.status, 64) << seed;
    EXPECT_THAT(ran.err, HasSubstr("--seed expects a whole number"));
  }
}

TEST(Run, PrintsTablesAndPicturesAndUsesTheStoreTheSecondTime) {
  const Program program;
  const std::string file = program.file("sums.yaml", sums);
  const Ran first = program("run " + file + " --out result --to total");
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("total: sum\nvalue\n   12\n"), HasSubstr("2 nodes computed"),
                               HasSubstr("everything is in")));
  const Ran second = program("run " + file + " --out again --to total --json");
  EXPECT_EQ(second.status, 0) << second.err;
  const auto outcome = nlohmann::json::parse(second.out);
  EXPECT_EQ(outcome.at("tables").at("total").at("rows")[0].at("values")[0], 12);
  for (const auto& node : outcome.at("nodes")) EXPECT_TRUE(node.at("from_store").get<bool>());
  const Ran quiet = program("run " + file + " --out third --quiet");
  EXPECT_EQ(quiet.status, 0);
  EXPECT_THAT(quiet.out + quiet.err, IsEmpty());
}

TEST(Run, TellsInOneSentenceWhichNodeFailedAndWhy) {
  const Program program;
  const auto fail = [&](const std::string& how) {
    return program("run " +
                   program.file("fail.yaml", "harmonium: 1\nnodes: {a: {use: toy.fail, with: {how: " + how + "}}}\n"));
  };
  const Ran failed = fail("run");
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.err, AllOf(HasSubstr("harmonium: "), HasSubstr("a"), HasSubstr("failed on purpose")));
  EXPECT_EQ(fail("data").status, 65);
  EXPECT_EQ(fail("other").status, 70);
}

TEST(Run, RefusesNodesThatDoNotExist) {
  const Program program;
  const Ran ran = program("run " + program.file("sums.yaml", sums) + " --to totl");
  EXPECT_EQ(ran.status, 64);
  EXPECT_THAT(ran.err, HasSubstr("totl"));
}

TEST(Run, InterruptedGoesOnFromThere) {
  const Program program;
  const std::string file =
      program.file("slow.yaml", "harmonium: 1\nnodes: {walk: {use: toy.slow, with: {steps: 200, pause: 20}}}\n");
  const Ran stopped = program.shell("harmonium run " + file + " --out one & sleep 1; kill -INT $!; wait $!");
  EXPECT_EQ(stopped.status, 130);
  const Ran plan = program("plan " + file);
  EXPECT_EQ(plan.status, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("resume"));
}

TEST(Plan, SaysWhatWouldRunAndWhy) {
  const Program program;
  const std::string file = program.file("sums.yaml", sums);
  const Ran before = program("plan " + file);
  EXPECT_EQ(before.status, 0) << before.err;
  EXPECT_THAT(before.out, HasSubstr("3 to run, 0 to resume, 0 from the store"));
  ASSERT_EQ(program("run " + file + " --out one").status, 0);
  EXPECT_THAT(program("plan " + file).out, HasSubstr("0 to run, 0 to resume, 3 from the store"));
  const auto plan = nlohmann::json::parse(program("plan " + file + " --json --set total.scale=2").out);
  ASSERT_EQ(plan.size(), 3u);
  EXPECT_EQ(plan[0].at("action"), "stored");
  EXPECT_EQ(plan[1].at("node"), "total");
  EXPECT_EQ(plan[1].at("action"), "run");
  EXPECT_THAT(plan[1].at("why")[0].get<std::string>(), HasSubstr("scale"));
}

TEST(Graph, IsWrittenInThreeFormats) {
  const Program program;
  const std::string file = program.file("sums.yaml", sums);
  EXPECT_THAT(program("graph " + file).out, HasSubstr("digraph \"sums\" {"));
  EXPECT_THAT(program("graph --format mermaid " + file).out, HasSubstr("flowchart"));
  const Ran svg = program("graph --format svg " + file);
  if (svg.status == 0)
    EXPECT_THAT(svg.out, HasSubstr("<svg"));
  else
    EXPECT_THAT(svg.err, HasSubstr("needs Graphviz"));
}

TEST(Graph, WithoutGraphvizSaysWhatToInstall) {
  const Program program;
  const std::string file = program.file("numbers.yaml", "harmonium: 1\nnodes: {a: {use: toy.numbers}}\n");
  const Ran ran = program.shell("PATH=" HARMONIUM_PROGRAM_FOLDER "; harmonium graph --format svg " + file);
  EXPECT_EQ(ran.status, 1);
  EXPECT_THAT(ran.err, HasSubstr("`dot` was not found: install the package graphviz"));
}

}  // namespace
}  // namespace harmonium::cli
