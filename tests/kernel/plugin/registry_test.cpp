#include "plugin/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "plugin/library.hpp"

namespace harmonium {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path refused = REFUSED_PLUGINS;

/// What the registry says of the plugin of that name after the toy has been loaded.
Registry::Plugin outcome(const std::string& name) {
  Registry registry;
  registry.load({TOY_PLUGIN, refused / name});
  EXPECT_EQ(registry.plugins().size(), 2u);
  EXPECT_TRUE(registry.plugins()[0].loaded) << registry.plugins()[0].problem;
  for (const auto& [type, info] : registry.types()) EXPECT_TRUE(type.starts_with("toy.")) << type;
  return registry.plugins().back();
}

std::string problem_of(const std::string& name) {
  const Registry::Plugin plugin = outcome(name);
  EXPECT_FALSE(plugin.loaded);
  EXPECT_THAT(plugin.types, IsEmpty());
  EXPECT_EQ(plugin.file.filename(), name + ".so");
  return plugin.problem;
}

TEST(Registry, TakesTheTypesOfAPlugin) {
  Registry registry;
  registry.load({TOY_PLUGIN});
  const TypeInfo* numbers = registry.find("toy.numbers");
  ASSERT_NE(numbers, nullptr);
  EXPECT_EQ(numbers->parameters.at(0).name, "count");
  EXPECT_EQ(numbers->plugin, registry.plugins().at(0).file.string());
  EXPECT_EQ(registry.plugin_of(*numbers), &registry.plugins()[0]);
  EXPECT_EQ(registry.find("toy.nothing"), nullptr);
}

TEST(Registry, LooksIntoFoldersOnceAndOpensOnlyLibraries) {
  Registry registry;
  const auto folder = std::filesystem::path(TOY_PLUGIN).parent_path();
  registry.load({folder, folder, folder / "."});
  std::size_t toys = 0;
  for (const auto& plugin : registry.plugins()) toys += plugin.file.filename() == "toy.so";
  EXPECT_EQ(toys, 1u);
}

TEST(Registry, GivesTheHashOfAPluginsContent) {
  Registry registry;
  registry.load({TOY_PLUGIN, refused / "throws"});
  const std::string build = registry.plugins().at(0).build();
  EXPECT_EQ(build.size(), 32u);
  EXPECT_EQ(registry.plugins().at(0).build(), build);
  EXPECT_NE(registry.plugins().at(1).build(), build);
}

TEST(Registry, SaysThatAFileIsNotALibrary) {
  EXPECT_THAT(problem_of("not_a_library"), HasSubstr("cannot be opened as a library: file too short"));
}

TEST(Registry, SaysThatALibraryIsCutShortOrNoFileAtAll) {
  // The loader is killed by a library that ends early, and waits for ever for a pipe.
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "harmonium-cut-short";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto whole = refused / "throws" / "throws.so";
  std::filesystem::copy_file(whole, folder / "short.so");
  std::filesystem::resize_file(folder / "short.so", 3000);
  ASSERT_EQ(mkfifo((folder / "pipe.so").c_str(), 0600), 0);
  Registry registry;
  registry.load({folder});
  std::filesystem::remove_all(folder);
  ASSERT_EQ(registry.plugins().size(), 2U);
  EXPECT_THAT(registry.plugins().at(0).problem, HasSubstr("it is not a regular file"));
  EXPECT_THAT(registry.plugins().at(1).problem, HasSubstr("it is cut short"));
}

TEST(Registry, SaysWhichSymbolAPluginMisses) {
  const std::string problem = problem_of("missing_symbol");
  EXPECT_THAT(problem, HasSubstr("undefined symbol"));
  EXPECT_THAT(problem, HasSubstr("nowhere_to_be_found"));
  EXPECT_THAT(problem, HasSubstr("another version of the SDK?"));
}

TEST(Registry, SaysThatALibraryIsNoPlugin) {
  EXPECT_EQ(problem_of("no_symbol"),
            "it is a library but no plugin: it has no symbol 'harmonium_plugin' (HARMONIUM_PLUGIN is missing)");
}

TEST(Registry, RefusesAnotherSdkWithoutCallingThePlugin) {
  EXPECT_EQ(problem_of("other_sdk"), "it was built with SDK 2.0, but this program takes SDK 1.0: build it again");
}

TEST(Registry, RefusesANewerSdkWithoutCallingThePlugin) {
  EXPECT_EQ(problem_of("newer_sdk"),
            "it was built with SDK 1.1, which is newer than this program's 1.0: update Harmonium");
}

TEST(Registry, RefusesAnotherAbiWithoutCallingThePlugin) {
  const std::string problem = problem_of("other_abi");
  EXPECT_THAT(problem, HasSubstr("another compiler ABI (another-abi; this program has " HARMONIUM_ABI ")"));
}

TEST(Registry, KeepsNothingOfAPluginThatThrowsWhileRegistering) {
  EXPECT_EQ(problem_of("throws"), "it failed while registering its types: on purpose");
}

TEST(Registry, RefusesAPluginThatTakesANameAndSaysWhoHasIt) {
  const std::string problem = problem_of("taken_name");
  EXPECT_THAT(problem, HasSubstr("it registers 'toy.numbers', a name that "));
  EXPECT_THAT(problem, HasSubstr("toy.so has taken"));
}

TEST(Registry, RefusesAPluginWithAFaultyDeclaration) {
  EXPECT_EQ(problem_of("faulty_declaration"),
            "type 'refused.faulty', parameter 'steps': its default 0 is not at least 1");
}

TEST(Registry, KeepsRelativeAndMissingFoldersAsFailures) {
  Registry registry;
  registry.load({"plugins", "/no/such/folder"});
  ASSERT_EQ(registry.plugins().size(), 2u);
  EXPECT_EQ(registry.plugins()[0].problem, "a relative path is not searched for plugins: write it in full");
  EXPECT_EQ(registry.plugins()[1].problem, "there is no such folder or library");
}

TEST(Registry, AddsTypesForTests) {
  Registry registry;
  TypeInfo type;
  type.kind = TypeInfo::Kind::value;
  type.name = "test.value";
  type.contract = "schedule";
  type.says = "A value.";
  registry.add(type, "test");
  EXPECT_NE(registry.find("test.value"), nullptr);
  EXPECT_THROW(registry.add(type, "other"), Error);
  type.name = "Test";
  EXPECT_THROW(registry.add(type, "test"), Error);
}

TEST(Handshake, NeedsItsMagicNumberAndItsSize) {
  PluginHandshake handshake{0,
                            sizeof(PluginHandshake),
                            HARMONIUM_SDK_MAJOR,
                            HARMONIUM_SDK_MINOR,
                            HARMONIUM_ABI,
                            [](Registrar*) -> const char* { return nullptr; }};
  EXPECT_THAT(plugin::objection(handshake), HasSubstr("magic number"));
  handshake.magic = plugin_magic;
  EXPECT_EQ(plugin::objection(handshake), "");
  handshake.size = 16;
  EXPECT_THAT(plugin::objection(handshake), HasSubstr("its handshake has 16 bytes"));
}

TEST(PluginFolders, ComeInTheirOrderAndNeverFromTheCurrentDirectory) {
  const auto home = std::filesystem::path(testing::TempDir()) / "plugin-folders";
  const auto user = home / "harmonium" / "plugins" / HARMONIUM_STRINGIFY(HARMONIUM_SDK_MAJOR);
  std::filesystem::create_directories(user);
  const char* before = std::getenv("HARMONIUM_PLUGIN_PATH");
  const std::string kept = before ? before : "";
  setenv("XDG_DATA_HOME", home.c_str(), 1);
  setenv("HARMONIUM_PLUGIN_PATH", "/one::/two:", 1);
  const auto folders = Registry::folders({"/extra"});
  setenv("HARMONIUM_PLUGIN_PATH", kept.c_str(), 1);
  unsetenv("XDG_DATA_HOME");
  ASSERT_GE(folders.size(), 4u);
  EXPECT_EQ(folders[0], "/extra");
  EXPECT_EQ(folders[1], "/one");
  EXPECT_EQ(folders[2], "/two");
  EXPECT_EQ(folders[3], user);
  if (folders.size() > 4) {
    EXPECT_EQ(folders[4], Registry::system_folder());
  }
}

}  // namespace
}  // namespace harmonium
