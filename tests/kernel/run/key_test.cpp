#include "kernel/run/small_nodes.hpp"

namespace harmonium::run {
namespace {

class Key : public RunTest {
 protected:
  std::string of(const std::string& nodes, const std::string& node, std::uint64_t seed = 42) const {
    return key(graph(nodes, seed), node);
  }
};

const char* const trained = R"(
  numbers: {use: test.count, with: {count: 4}}
  layer: {use: test.train, in: numbers, with: {rate: 0.25, epochs: 3}}
)";

TEST_F(Key, IsIndifferentToFormattingOrderCommentsAndNames) {
  const std::string expected = of(trained, "layer");
  EXPECT_EQ(expected.size(), 32U);
  EXPECT_EQ(of(R"(
  # the order of nodes and of parameters is the writer's
  walk:
    with: {epochs: 3, rate: 0.25}   # renamed
    in: {data: data}
    use: test.train
  data:
    use: test.count
    with:
      count: 4
)",
               "walk"),
            expected);
}

TEST_F(Key, LeavesOutParametersThatAreTheirDefault) {
  EXPECT_EQ(of("  a: {use: test.count}", "a"), of("  a: {use: test.count, with: {count: 8, first: 0}}", "a"));
}

TEST_F(Key, ChangesWithAParameterOfTheNodeOrOfAnythingBeforeIt) {
  const std::string before = of(trained, "layer");
  EXPECT_NE(of(R"(
  numbers: {use: test.count, with: {count: 4}}
  layer: {use: test.train, in: numbers, with: {rate: 0.26, epochs: 3}}
)",
               "layer"),
            before);
  EXPECT_NE(of(R"(
  numbers: {use: test.count, with: {count: 5}}
  layer: {use: test.train, in: numbers, with: {rate: 0.25, epochs: 3}}
)",
               "layer"),
            before);
}

TEST_F(Key, HasTheSeedOnlyWhereRandomNumbersAreDrawn) {
  EXPECT_NE(of(trained, "layer", 1), of(trained, "layer", 2));
  EXPECT_EQ(of(trained, "numbers", 1), of(trained, "numbers", 2));
}

TEST_F(Key, OfAFileIsItsContentNotItsName) {
  write(folder / "a.txt", "same");
  write(folder / "b.txt", "same");
  const std::string a = of("  a: {use: test.file, with: {path: a.txt}}", "a");
  EXPECT_EQ(of("  a: {use: test.file, with: {path: b.txt}}", "a"), a);
  write(folder / "a.txt", "else");
  EXPECT_NE(of("  a: {use: test.file, with: {path: a.txt}}", "a"), a);
}

TEST_F(Key, OfAFolderIsTheNamesAndContentsOfItsFiles) {
  const auto hash = [&] { return FileHashes(options.store).of(folder / "data"); };
  std::filesystem::create_directories(folder / "data");
  write(folder / "data" / "a", "1");
  const std::string one = hash();
  write(folder / "data" / "b", "2");
  const std::string two = hash();
  EXPECT_NE(one, two);
  std::filesystem::rename(folder / "data" / "b", folder / "data" / "c");
  EXPECT_NE(hash(), two);
  std::filesystem::remove(folder / "data" / "c");
  EXPECT_EQ(hash(), one);
}

TEST_F(Key, RemembersTheHashOfAFileAsLongAsItIsUntouched) {
  const std::filesystem::path file = folder / "large";
  write(file, "content");
  const auto yesterday = std::filesystem::file_time_type::clock::now() - std::chrono::hours(24);
  std::filesystem::last_write_time(file, yesterday);
  const std::string before = FileHashes(options.store).of(file);
  EXPECT_FALSE(std::filesystem::is_empty(options.store / "files"));
  EXPECT_EQ(FileHashes(options.store).of(file), before);
  write(file, "CONTENT");
  std::filesystem::last_write_time(file, yesterday + std::chrono::hours(1));
  EXPECT_NE(FileHashes(options.store).of(file), before);
}

TEST_F(Key, HasTheBuildOfLibrariesFromOutsideTheInstalledFolderButItsRandomNumbersHaveNot) {
  write(folder / "foreign.so", "code");
  register_walk("test.foreign", (folder / "foreign.so").string());
  const pipeline::Graph pipeline = graph("  a: {use: test.count}\n  b: {use: test.foreign, in: a}\n");
  FileHashes files(options.store);
  const Recipe recipe = recipes(pipeline, files)[1];
  EXPECT_EQ(recipe.json["builds"]["test.foreign"], FileHashes(options.store).of(folder / "foreign.so"));
  EXPECT_EQ(recipe.chance.find("builds"), std::string::npos);
}

TEST_F(Key, OfAFileThatCannotBeReadIsAnErrorWithItsPlace) {
  write(folder / "a.txt", "x");
  const pipeline::Graph pipeline = graph("  a: {use: test.file, with: {path: a.txt}}");
  std::filesystem::remove(folder / "a.txt");
  const Outcome outcome = run(pipeline);
  EXPECT_EQ(outcome.status, Exit::bad_data);
  EXPECT_NE(outcome.error.find("test.yaml:4:"), std::string::npos) << outcome.error;
  EXPECT_NE(outcome.error.find("nodes.a: cannot read "), std::string::npos) << outcome.error;
}

}  // namespace
}  // namespace harmonium::run
