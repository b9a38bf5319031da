// Texts that nobody vouches for.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "types.hpp"

namespace harmonium::pipeline_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(HostileText, ASecondDocumentIsRefused) {
  EXPECT_THAT(errors_of("harmonium: 1\nnodes: {}\n---\nharmonium: 1\n"),
              ElementsAre("p.yaml:3:1: a second document starts here; a text holds one"));
}

TEST(HostileText, AKeyThatStandsTwiceIsRefused) {
  EXPECT_THAT(errors_of("harmonium: 1\nnodes:\n  a: {use: reader.rows}\n  a: {use: reader.rows}\n"),
              ElementsAre("p.yaml:4:3: the key 'a' stands twice, first on line 3"));
}

TEST(HostileText, TagsAndMergeKeysAreRefused) {
  EXPECT_THAT(errors_of("harmonium: !!int 1\nnodes: !x {}\n"),
              ElementsAre("p.yaml:1:12: tags are not allowed here", "p.yaml:2:8: tags are not allowed here"));
  EXPECT_THAT(errors_of("a: &a {b: 1}\nc: {<<: *a}\n"),
              ElementsAre("p.yaml:2:5: merge keys '<<' are not supported; repeat the entries"));
}

TEST(HostileText, AnAliasBombIsRefused) {
  std::string text = "l0: &l0 [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 30; ++i)
    text += fmt::format("l{0}: &l{0} [{1}*l{2}]\n", i, repeated(fmt::format("*l{}, ", i - 1), 9), i - 1);
  EXPECT_THAT(errors_of(text), ElementsAre("p.yaml:5:45: more than 100000 values, aliases written out"));
}

TEST(HostileText, ParametersCannotBeABombEither) {
  std::string text = "harmonium: 1\nparams:\n  p0: [a, a, a, a, a, a, a, a, a, a]\n";
  for (int i = 1; i < 30; ++i)
    text += fmt::format("  p{}: [{}$p{}]\n", i, repeated(fmt::format("$p{}, ", i - 1), 9), i - 1);
  const auto errors = errors_of(text + "nodes: {}\n");
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0], "p.yaml:7:3: params.p4: more than 100000 values, aliases and parameters written out");

  std::string words = "harmonium: 1\nparams:\n  p0: aaaaaaaaaaaaaaaa\n";
  for (int i = 1; i < 40; ++i) words += fmt::format("  p{0}: \"${{p{1}}}${{p{1}}}\"\n", i, i - 1);
  const auto word_errors = errors_of(words + "nodes: {}\n");
  ASSERT_FALSE(word_errors.empty());
  EXPECT_EQ(word_errors[0], "p.yaml:16:3: params.p13: a text longer than 65536 bytes");
}

TEST(HostileText, AnAliasInsideWhatItNamesIsRefused) {
  EXPECT_THAT(errors_of("a: &a [*a]\n"), ElementsAre("p.yaml:1:8: an alias may not stand inside what it names"));
}

TEST(HostileText, TenThousandLevelsAreRefusedInEveryNotation) {
  std::string block;
  for (int i = 0; i < 1000; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  const std::string texts[] = {repeated("[", 10'000),
                               repeated("{a: ", 10'000),
                               repeated("- ", 10'000),
                               repeated("[", 500) + repeated("]", 500),
                               repeated("[a: ", 10'000) + repeated("]", 10'000),
                               repeated("[{a: ", 10'000) + repeated("}]", 10'000),
                               repeated("- [", 10'000),
                               "a: " + repeated("[", 10'000) + repeated("]", 10'000),
                               block};
  for (const std::string& text : texts) {
    const auto errors = errors_of(text);
    ASSERT_EQ(errors.size(), 1u) << text.substr(0, 20);
    EXPECT_THAT(errors[0], HasSubstr("more than 64 levels")) << text.substr(0, 20);
  }
  EXPECT_THAT(errors_of(repeated("? ", 10'000)), ElementsAre("p.yaml:1:3: a key must be plain text"));
}

TEST(HostileText, AHundredMegabytesAreRefusedQuicklyWithoutBeingRead) {
  register_types();
  const auto file = std::filesystem::temp_directory_path() / "harmonium-hundred-megabytes.yaml";
  {
    std::ofstream stream(file);
    stream << "harmonium: 1\n";
  }
  std::filesystem::resize_file(file, 100u << 20);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const auto start = std::chrono::steady_clock::now();
  const auto checked = pipeline::check(file, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  getrusage(RUSAGE_SELF, &after);
  std::filesystem::remove(file);
  ASSERT_EQ(checked.errors.size(), 1u);
  EXPECT_EQ(checked.errors[0].text(), file.string() + ": longer than 1 MiB; a pipeline is a small text");
  EXPECT_LT(took.count(), 0.1);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 * 1024) << "KiB";
  // The same without a size to ask for.
  EXPECT_THAT(pipeline::check("/dev/zero", {}).errors[0].text(), HasSubstr("longer than 1 MiB"));
  EXPECT_THAT(errors_of(repeated("a", (1 << 20) + 1)),
              ElementsAre("p.yaml: longer than 1 MiB; a pipeline is a small text"));
}

TEST(HostileText, AnOverrideOfSixtyThousandLevelsIsRefused) {
  const std::string key = "a.update" + repeated(".b", 60'000);
  pipeline::Overrides overrides;
  overrides.settings = {{key, "1"}};
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: trainer.cd}\n"), overrides),
              ::testing::Contains("--set a...: more than 64 levels"));
}

TEST(HostileText, AMegabyteOfAnythingIsAnsweredInSeconds) {
  const auto start = std::chrono::steady_clock::now();
  for (const char* piece :
       {"[]",    "{", "- a\n", "? ", "&a ",  "*a ", "\"", "'", "|\n", "a: ", "a: b\n",    "a,", "[,",  "%a\n",
        "---\n", "#", ": ",    "!",  "- - ", "{a}", "\t", " ", "\n",  "[[]", "a:\n a:\n", "\\", "x\n "})
    errors_of(repeated(piece, (1 << 20) / static_cast<int>(std::string(piece).size())));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_LT(took.count(), 60);
}

TEST(HostileText, BytesThatAreNotTextAreRefused) {
  using std::string_literals::operator""s;
  EXPECT_THAT(errors_of("harmonium: 1\nnodes: {}\n\x04 more"s),
              ElementsAre("p.yaml:3:1: a control character (byte 4) is not text"));
  EXPECT_THAT(errors_of("a: \0b"s), ElementsAre("p.yaml:1:4: a control character (byte 0) is not text"));
  EXPECT_THAT(errors_of("a: \xff\xfe"s), ElementsAre("p.yaml:1:4: this is not UTF-8 text"));
  EXPECT_THAT(errors_of("a: \xed\xa0\x80"s), ElementsAre("p.yaml:1:4: this is not UTF-8 text"));
}

TEST(HostileText, WhatIsNotYamlIsLocated) {
  const auto errors = errors_of("harmonium: 1\nnodes: [a, b\n");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_THAT(errors[0], HasSubstr("p.yaml:3:1: not YAML: "));
  EXPECT_THAT(errors_of("? [a]\n: b\n"), ElementsAre("p.yaml:1:3: a key must be plain text"));
}

TEST(HostileText, ExpansionIsBounded) {
  const std::string ten = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]";
  const auto errors = errors_of(pipeline_of("  a: {use: reader.rows, each: {a: " + ten + ", b: " + ten + ", c: " + ten +
                                            ", d: " + ten + ", e: " + ten + "}, with: {width: $a}}\n"));
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0], "p.yaml:3:3: nodes.a[a=2,b=1,c=1,d=1,e=1]: this pipeline expands to more than 10000 nodes");
}

TEST(HostileText, ArgumentsOfTheCommandLineAreReadAsCarefully) {
  pipeline::Overrides overrides;
  overrides.settings = {{"a.width", repeated("[", 10'000)}, {"a.width", "!!int 1"}, {"a.width", "1\n---\n2"}};
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: reader.rows}\n"), overrides),
              ElementsAre("--set a.width: a second document starts here; a text holds one",
                          "--set a.width: more than 64 levels", "--set a.width: tags are not allowed here"));
}

}  // namespace
}  // namespace harmonium::pipeline_test
