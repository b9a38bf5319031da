#include <gtest/gtest.h>

#include <sstream>

#include "shell.hpp"

/// The README's pipeline and commands, taken from it as they stand.
namespace harmonium::testing {
namespace {

/// The fenced blocks of one language.
std::vector<std::string> blocks(const std::string& language) {
  std::istringstream text(content_of(HARMONIUM_SOURCE "/README.md"));
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      inside = !inside && line == "```" + language;
      if (inside) found.emplace_back();
    } else if (inside) {
      found.back() += line + "\n";
    }
  }
  return found;
}

TEST(Readme, ShowsAPipelineAndCommandsThatWork) {
  const auto yaml = blocks("yaml");
  ASSERT_EQ(yaml.size(), 1U);
  const Shell shell;
  shell.write("mine.yaml", yaml[0]);
  std::filesystem::create_directory_symlink(HARMONIUM_SOURCE "/share", shell.path() / "share");
  std::filesystem::create_directories(shell.path() / "build");
  std::filesystem::create_directory_symlink(HARMONIUM_PROGRAM_FOLDER, shell.path() / "build" / "bin");
  int commands = 0;
  for (const std::string& block : blocks("sh")) {
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("build/bin/harmonium")) continue;
      const Shell::Ran ran = shell(line);
      EXPECT_EQ(ran.status, 0) << line << "\n" << ran.out << ran.err;
      ++commands;
    }
  }
  EXPECT_EQ(commands, 10);
  EXPECT_FALSE(std::filesystem::is_empty(shell.path() / "runs" / "mine"));
}

TEST(Readme, NamesOnlyVerbsOfTheSetUpThatExist) {
  const std::string help = content_of(HARMONIUM_SOURCE "/share/setup");
  for (const std::string& block : blocks("sh")) {
    std::istringstream lines(block);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("share/setup ")) {
        const std::string verb = line.substr(12, line.find(' ', 12) - 12);
        EXPECT_NE(help.find("  " + verb), std::string::npos) << verb;
      }
  }
}

}  // namespace
}  // namespace harmonium::testing
