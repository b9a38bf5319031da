#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "program.hpp"

namespace harmonium::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(NewPlugin, WritesAFolderOfEachKindWithItsNameInsteadOfTheTemplates) {
  const Program program;
  for (const std::string kind : {"units", "sampler", "trainer", "reader", "evaluator", "model"}) {
    const std::string name = "own-" + kind;
    const Ran ran = program("new plugin " + name + " --kind " + kind);
    EXPECT_EQ(ran.status, 0) << ran.err;
    for (const std::string& next : {"cmake -S " + name, "ctest --test-dir " + name + "/build",
                                    "harmonium run " + name + "/" + name + ".yaml --plugin-path " + name + "/build"})
      EXPECT_THAT(ran.out, HasSubstr(next));
    const auto folder = program.folder() / name;
    for (const std::string& file : {std::string("CMakeLists.txt"), name + ".cpp", name + ".yaml"})
      EXPECT_TRUE(std::filesystem::exists(folder / file)) << kind << ": " << file;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      std::ifstream in(file.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      EXPECT_FALSE(text.empty()) << file.path();
      EXPECT_THAT(text, Not(HasSubstr("my-plugin"))) << file.path();
    }
  }
}

TEST(NewPlugin, IsWrittenWhereItIsToldTo) {
  const Program program;
  const Ran ran = program("new plugin spins --kind units --out 'some where/deep/'");
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "some where/deep/spins.cpp"));
  EXPECT_THAT(ran.out, HasSubstr("cmake -S 'some where/deep' -B 'some where/deep/build'"));
}

TEST(NewPlugin, LeavesAFolderThatHoldsSomethingAlone) {
  const Program program;
  std::filesystem::create_directories(program.folder() / "spins");
  EXPECT_EQ(program("new plugin spins --kind units").status, 0);
  const Ran again = program("new plugin spins --kind model");
  EXPECT_EQ(again.status, 64);
  EXPECT_EQ(again.err, "harmonium: spins is there already and no empty folder; --out names another one\n");
  EXPECT_FALSE(std::filesystem::exists(program.folder() / "spins/letters.csv"));
  program.file("file", "");
  EXPECT_EQ(program("new plugin spins --kind model --out file").status, 64);
  const Ran below = program("new plugin spins --kind model --out file/spins");
  EXPECT_EQ(below.status, 1);
  EXPECT_EQ(below.err, "harmonium: cannot make the folder file/spins: Not a directory\n");
  const Ran nowhere = program("new plugin spins --kind model --out /proc/spins");
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("cannot make the folder /proc/spins: "));
}

TEST(NewPlugin, RefusesNamesThatLibrariesAndTypesCannotHave) {
  const Program program;
  for (const std::string name : {"3d", "spins-", "a.b", "a/b", "''", "spins+"}) {
    const Ran ran = program("new plugin " + name + " --kind units");
    EXPECT_EQ(ran.status, 64) << name;
    EXPECT_THAT(ran.err, HasSubstr("begins with a lower-case letter")) << name;
  }
  EXPECT_THAT(program("new plugin My_Spins --kind units").err, HasSubstr("got 'My_Spins'; did you mean 'my-spins'?"));
  const Ran taken = program("new plugin test --kind units");
  EXPECT_EQ(taken.status, 64);
  EXPECT_THAT(taken.err, HasSubstr("CMake knows 'test' already"));
  EXPECT_FALSE(std::filesystem::exists(program.folder() / "test"));
}

TEST(NewPlugin, SaysWhichKindsThereAre) {
  const Program program;
  const Ran none = program("new plugin spins");
  EXPECT_EQ(none.status, 64);
  EXPECT_EQ(none.err,
            "harmonium: --kind says what the plugin is to be: units, sampler, trainer, reader, evaluator, model\n");
  const Ran other = program("new plugin spins --kind unit");
  EXPECT_EQ(other.status, 64);
  EXPECT_EQ(other.err, "harmonium: there is no kind of plugin 'unit'; did you mean 'units'?\n");
  const Ran option = program("new plugin spins --knd units");
  EXPECT_EQ(option.status, 64);
  EXPECT_THAT(option.err, HasSubstr("did you mean '--kind'? See harmonium new plugin --help"));
  const Ran help = program("new plugin --help");
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("\n  harmonium new plugin "));
}

}  // namespace
}  // namespace harmonium::cli
