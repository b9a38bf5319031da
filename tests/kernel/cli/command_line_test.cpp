#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.hpp"

namespace harmonium::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(CommandLine, WithoutAVerbShowsItsHelpAsAUsageError) {
  const Ran ran = Program()("");
  EXPECT_EQ(ran.status, 64);
  EXPECT_THAT(ran.out, IsEmpty());
  for (const char* verb :
       {"run", "validate", "plan", "graph", "model", "ask", "new", "plugins", "inspect", "schema", "version"})
    EXPECT_THAT(ran.err, HasSubstr(std::string("\n  ") + verb + " "));
}

TEST(CommandLine, HelpNamesTheExitCodes) {
  const Ran ran = Program()("--help");
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.out, HasSubstr("64 usage; 65 bad data; 69 a plugin is missing; 70 internal error;\n78 bad pipeline"));
}

TEST(CommandLine, EachVerbExplainsItselfWithAnExample) {
  const Program program;
  for (const char* verb :
       {"run", "validate", "plan", "graph", "ask", "new", "plugins", "inspect", "schema", "version"}) {
    const Ran ran = program(std::string(verb) + " --help");
    EXPECT_EQ(ran.status, 0) << verb;
    EXPECT_THAT(ran.out, HasSubstr("Example")) << verb;
    EXPECT_THAT(ran.out, HasSubstr(std::string("  harmonium ") + verb)) << verb;
  }
  const std::string run = program("run --help").out;
  for (const char* option : {"--set", "--param", "--seed", "--to", "--force", "--out", "--store", "--threads",
                             "--quiet", "--json", "--plugin-path"})
    EXPECT_THAT(run, HasSubstr(option));
}

TEST(CommandLine, SuggestsTheVerbThatWasMeant) {
  const Ran ran = Program()("vlaidate file.yaml");
  EXPECT_EQ(ran.status, 64);
  EXPECT_EQ(ran.err, "harmonium: there is no verb 'vlaidate'; did you mean 'validate'?\n");
}

TEST(CommandLine, SuggestsTheOptionThatWasMeant) {
  const Ran ran = Program()("run file.yaml --thread 2");
  EXPECT_EQ(ran.status, 64);
  EXPECT_EQ(ran.err,
            "harmonium: '--thread' is not expected here; did you mean '--threads'? See harmonium run --help\n");
}

TEST(CommandLine, SaysWhatAnOptionNeeds) {
  const Program program;
  const Ran missing = program("run");
  EXPECT_EQ(missing.status, 64);
  EXPECT_THAT(missing.err, HasSubstr("file is required"));
  const Ran number = program("run x.yaml --threads many");
  EXPECT_EQ(number.status, 64);
  EXPECT_THAT(number.err, HasSubstr("many"));
  const Ran set = program("validate x.yaml --set layer1.epochs");
  EXPECT_EQ(set.status, 64);
  EXPECT_EQ(set.err, "harmonium: --set expects NODE.PARAM=VALUE, got 'layer1.epochs'\n");
  EXPECT_EQ(program("graph x.yaml --format png").status, 64);
}

TEST(Version, NamesWhatTheProgramIsMadeOf) {
  const Program program;
  const Ran text = program("version");
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, StartsWith("harmonium"));
  const auto json = nlohmann::json::parse(program("version --json").out);
  for (const char* name :
       {"harmonium", "sdk", "compiler", "boost", "xtensor", "fmt", "yaml-cpp", "blas", "simd", "threads"})
    EXPECT_FALSE(json.at(name).get<std::string>().empty()) << name;
  EXPECT_THAT(json.at("blas").get<std::string>(), HasSubstr("OpenBLAS"));
}

TEST(Output, ThatCannotBeWrittenIsAnError) {
  const Program program;
  for (const char* verb : {"schema", "version"}) {  // more, and less, than fits into a buffer
    const Ran full = program.shell(std::string("harmonium ") + verb + " >/dev/full");
    EXPECT_EQ(full.status, 1) << verb;
    EXPECT_THAT(full.err, HasSubstr("No space left on device")) << verb;
  }
  const Ran nowhere = program("schema -o no/such/folder/file.json");
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_EQ(nowhere.err, "harmonium: cannot write no/such/folder/file.json: No such file or directory\n");
}

}  // namespace
}  // namespace harmonium::cli
