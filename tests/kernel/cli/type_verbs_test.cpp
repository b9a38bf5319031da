#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.hpp"

namespace harmonium::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Plugins, AreListedWithTheirTypes) {
  const Ran ran = Program()("plugins");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("toy.so"), HasSubstr("toy.numbers, toy.add")));
}

TEST(Plugins, ThatCannotBeUsedAreListedWithTheReason) {
  const Program program;
  const std::string folders = " --plugin-path " REFUSED_PLUGINS "/throws --plugin-path " REFUSED_PLUGINS "/other_sdk";
  const Ran ran = program("plugins" + folders);
  EXPECT_EQ(ran.status, 69);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("throws.so cannot be used: it failed while registering its types: on purpose"),
                             HasSubstr("other_sdk.so cannot be used: it was built with SDK 2.0")));
  for (const auto& plugin : nlohmann::json::parse(program("plugins --json" + folders).out)) {
    const bool refused = plugin.at("file").get<std::string>().find("refused") != std::string::npos;
    EXPECT_EQ(plugin.contains("problem"), refused);
    EXPECT_EQ(plugin.contains("build"), !refused);
  }
}

TEST(Plugins, AreNeverLookedForInRelativeFoldersOfTheEnvironment) {
  const Ran ran = Program().shell("HARMONIUM_PLUGIN_PATH=. harmonium plugins");
  EXPECT_EQ(ran.status, 69);
  EXPECT_THAT(ran.out, HasSubstr(". cannot be used: a relative path is not searched for plugins"));
}

TEST(Inspect, DescribesATypeFromItsDeclaration) {
  const Ran ran = Program()("inspect toy.numbers");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("Numbers that follow each other. [Peano 1889]"), HasSubstr("numbers: table"),
                             HasSubstr("count: whole number = 3 numbers, at least 1, at most 1000"),
                             HasSubstr("use: toy.numbers")));
}

TEST(Inspect, ListsAllTypes) {
  const Program program;
  EXPECT_THAT(program("inspect").out, AllOf(HasSubstr("toy.add"), HasSubstr("A random walk, step by step.")));
  EXPECT_GE(nlohmann::json::parse(program("inspect --json").out).size(), 10u);
}

TEST(Inspect, SuggestsTheTypeThatWasMeant) {
  const Ran ran = Program()("inspect toy.numbrs");
  EXPECT_EQ(ran.status, 69);
  EXPECT_EQ(ran.err, "harmonium: there is no type 'toy.numbrs'; did you mean 'toy.numbers'?\n");
}

TEST(Inspect, GivesASnippetThatValidatesForEveryTypeWithoutRequiredParameters) {
  const Program program;
  // What the snippets call their inputs.
  const std::string sources =
      "harmonium: 1\n"
      "nodes:\n"
      "  terms: {use: toy.numbers}\n"
      "  data: {use: toy.data}\n"
      "  from: {use: toy.numbers}\n"
      "  of: {use: toy.numbers}\n";
  for (const char* type :
       {"toy.numbers", "toy.add", "toy.slow", "toy.draw", "toy.evaluate", "toy.picture", "toy.sums"}) {
    const auto description = nlohmann::json::parse(program(std::string("inspect --json ") + type).out);
    std::string snippet = "  " + description.at("snippet").get<std::string>();
    for (std::size_t i = 0; (i = snippet.find('\n', i)) + 1 < snippet.size(); ++i) snippet.replace(i, 1, "\n  ");
    const Ran ran = program("validate " + program.file("snippet.yaml", sources + snippet));
    EXPECT_EQ(ran.status, 0) << snippet << ran.err;
  }
}

TEST(Schema, IsThatOfTheLoadedPlugins) {
  const auto schema = nlohmann::json::parse(Program()("schema").out);
  EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
  EXPECT_TRUE(schema.at("definitions").contains("node.toy.numbers"));
}

TEST(Docs, AreWrittenIntoAFolder) {
  const Program program;
  const Ran ran = program("docs pages/of/all");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("README.md leads to them"));
  EXPECT_THAT(program.shell("cat pages/of/all/toy.md").out, HasSubstr("## toy.numbers"));
  program.file("taken", "");
  EXPECT_EQ(program("docs taken").status, 1);
}

TEST(Completion, OffersVerbsOptionsTypesAndNodes) {
  const Program program;
  program.file("sums.yaml",
               "harmonium: 1\nnodes:\n  numbers: {use: toy.numbers}\n  total: {use: toy.add, in: {terms: numbers}}\n");
  const auto offered = [&](const std::string& words) { return program("complete -- " + words).out; };
  EXPECT_EQ(offered("pl"), "plan\nplugins\n");
  EXPECT_THAT(offered("''"), AllOf(HasSubstr("run\n"), Not(HasSubstr("complete\n"))));
  EXPECT_EQ(offered("run sums.yaml --thr"), "--threads\n");
  EXPECT_EQ(offered("store g"), "gc\n");
  EXPECT_EQ(offered("store gc --un"), "--unused\n");
  EXPECT_EQ(offered("new plugin spins --k"), "--kind\n");
  EXPECT_EQ(offered("new plugin spins --kind s"), "sampler\n");
  EXPECT_EQ(offered("inspect toy.nu"), "toy.numbers\n");
  EXPECT_EQ(offered("run sums.yaml --to ''"), "numbers\ntotal\n");
  EXPECT_EQ(offered("explain sums.yaml to"), "total\n");
  EXPECT_EQ(offered("ask sums.yaml:nu"), "sums.yaml:numbers\n");
  EXPECT_EQ(offered("run sums.yaml --set nu"), "numbers.\n");
  EXPECT_EQ(offered("run sums.yaml --set numbers.co"), "numbers.count=\n");
  // Files are the shell's own.
  EXPECT_EQ(offered("run su"), "");
  EXPECT_EQ(offered("nonsense su"), "");
}

TEST(Completion, WorksInBash) {
  const Program program;
  if (program.shell("command -v bash").status != 0) GTEST_SKIP() << "no bash";
  program.file("sums.yaml", "harmonium: 1\nnodes: {numbers: {use: toy.numbers}}\n");
  program.file("try.sh",
               "source <(harmonium completion bash)\n"
               "compopt() { :; }\n"
               "try() { COMP_LINE=\"$*\"; COMP_POINT=${#COMP_LINE}; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _harmonium; "
               "echo \"${COMPREPLY[*]}\"; }\n"
               "COMP_WORDS=(harmonium inspect toy.nu); try harmonium inspect toy.nu\n"
               "COMP_WORDS=(harmonium ask sums.yaml : nu); try harmonium ask sums.yaml:nu\n"
               "COMP_WORDS=(harmonium ask sums.yaml :); try harmonium ask sums.yaml:\n");
  const Ran ran = program.shell("bash try.sh");
  EXPECT_EQ(ran.out, "toy.numbers\nnumbers\nnumbers\n") << ran.err;
  for (const char* shell : {"zsh", "fish"}) EXPECT_EQ(program(std::string("completion ") + shell).status, 0);
  EXPECT_EQ(program("completion tcsh").status, 64);
}

}  // namespace
}  // namespace harmonium::cli
