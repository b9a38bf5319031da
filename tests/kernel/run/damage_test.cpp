#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "kernel/run/small_nodes.hpp"
#include "run/housekeeping.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class Damage : public RunTest {
 protected:
  static constexpr const char* numbers = "  numbers: {use: test.count}\n  result: {use: test.show, in: numbers}\n";
  static constexpr const char* large = "  numbers: {use: test.count, with: {count: 1000000}}\n";

  void SetUp() override {
    RunTest::SetUp();
    original = run(numbers).tables.at(0).second.rows.at(0).values.at(0);
    entry = Store(options.store).entry_folder(key(graph(numbers), "numbers"));
    started.clear();
    watcher.warnings.clear();
    options.force = {"result"};  // which then needs the numbers
  }
  /// Runs again after `file` of the entry was changed: the entry is noticed, made again and whole afterwards.
  void expect_made_again(const std::string& what) {
    const Outcome outcome = run(numbers);
    EXPECT_EQ(computed(outcome), (Names{"numbers", "result"})) << what << ": " << outcome.error;
    EXPECT_EQ(outcome.tables.at(0).second.rows.at(0).values.at(0), original) << what;
    ASSERT_FALSE(watcher.warnings.empty()) << what;
    EXPECT_NE(watcher.warnings[0].find("numbers: what the store has of it is damaged and is made again: "),
              std::string::npos)
        << watcher.warnings[0];
    EXPECT_NO_THROW(StoredState(entry, entry.filename().string())) << what;
    watcher.warnings.clear();
  }
  fs::path entry;
  double original = 0;
};

TEST_F(Damage, OfAnyByteOfAnEntryIsNoticed) {
  const std::string name = entry.filename().string();
  for (const char* file : {"entry", "data"}) {
    const std::string whole = read(entry / file);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      write(entry / file, changed);
      EXPECT_THROW(StoredState(entry, name), BadData) << file << " byte " << i;
    }
    write(entry / file, whole);
  }
  EXPECT_NO_THROW(StoredState(entry, name));
}

TEST_F(Damage, OfEnvelopeStructureOrDataLeadsToAnotherRun) {
  for (const auto& [file, offset] : std::vector<std::pair<std::string, std::size_t>>{
           {"entry", 0}, {"entry", 12}, {"entry", 20}, {"entry", 30}, {"entry", 100}, {"data", 3}}) {
    std::string changed = read(entry / file);
    changed[offset] = static_cast<char>(changed[offset] ^ 0x40);
    write(entry / file, changed);
    expect_made_again(file + " byte " + std::to_string(offset));
  }
}

TEST_F(Damage, OfACutOrMissingFileLeadsToAnotherRun) {
  for (const char* file : {"entry", "data"}) {
    fs::resize_file(entry / file, fs::file_size(entry / file) - 1);
    expect_made_again(std::string(file) + " cut");
    fs::resize_file(entry / file, 0);
    expect_made_again(std::string(file) + " emptied");
    fs::remove(entry / file);
    expect_made_again(std::string(file) + " removed");
  }
}

TEST_F(Damage, OfAnEntryInAnothersPlaceLeadsToAnotherRun) {
  const std::string nodes = "  numbers: {use: test.count, with: {first: 1}}\n";
  run::run(graph(nodes), Options{options.store, options.out, {}, {}, 0, 30, nullptr, nullptr});
  fs::remove_all(entry);
  fs::copy(Store(options.store).entry_folder(key(graph(nodes), "numbers")), entry);
  expect_made_again("another's entry");
}

TEST_F(Damage, OfAnEntryThatDoesNotFitTheCodeLeadsToAnotherRun) {
  Structure structure = decode(unseal(read(entry / "entry")));
  structure.root.items[0].items[0].name = "is there";
  write(entry / "entry", seal(encode(structure)));
  const Outcome outcome = run(numbers);
  EXPECT_EQ(outcome.status, Exit::success) << outcome.error;
  EXPECT_EQ(started["test.count"], 1);
  ASSERT_FALSE(watcher.warnings.empty());
  EXPECT_NE(watcher.warnings[0].find("does not fit this version and is made again: 'present' was not stored"),
            std::string::npos)
      << watcher.warnings[0];
}

TEST_F(Damage, AStoreThatIsDeletedAgainAndAgainWhileItIsUsedKeepsNoRunFromItsResult) {
  struct Deletes : report::Observer {
    void node_finished(const std::string&, bool, double) override { fs::remove_all(entries); }
    fs::path entries;
  } deletes;
  deletes.entries = options.store / "entries";
  options.observer = &deletes;
  // Of the numbers the plan still says that they are stored.
  const Outcome outcome = run::run(graph(numbers), options);
  ASSERT_EQ(outcome.status, Exit::success) << outcome.error;
  EXPECT_EQ(started["test.count"], 1);
  EXPECT_EQ(outcome.tables.at(0).second.rows.at(0).values.at(0), original);
}

TEST_F(Damage, OfWhatTheLastRunsReachedLeavesNobodyAUser) {
  const Store store(options.store);
  const auto users = [&](const std::vector<Kept>& kept) {
    std::size_t count = 0;
    for (const Kept& each : kept) count += each.users.size();
    return count;
  };
  EXPECT_EQ(users(kept_in(store)), 0U) << "the pipeline file is gone";
  write(folder / "test.yaml", "");
  ASSERT_EQ(users(kept_in(store)), 2U);
  const std::string pipeline = nlohmann::json(folder / "test.yaml").dump();
  for (const std::string& text :
       {std::string("["), std::string("[]"), std::string(R"({"pipeline": 3, "nodes": {}})"),
        "{\"pipeline\": " + pipeline + "}", "{\"pipeline\": " + pipeline + R"(, "nodes": "n"})",
        "{\"pipeline\": " + pipeline + R"(, "nodes": {"n": 1, "m": {"key": 2}}})"})
    for (const auto& file : fs::directory_iterator(options.store / "last")) {
      write(file.path(), text);
      EXPECT_EQ(users(kept_in(store)), 0U) << text;
    }
}

TEST_F(Damage, ADiskThatFillsUpIsASentenceAndLeavesNothingHalfWritten) {
  const pipeline::Graph pipeline = graph(large);
  options.force.clear();
  const int status = in_another_process([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100000, 100000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const Outcome outcome = run(pipeline);
    const bool told =
        outcome.error.find("nodes.numbers: cannot write " + options.store.string()) != std::string::npos &&
        outcome.error.find("File too large") != std::string::npos;
    if (!told) ::fprintf(stderr, "%s\n", outcome.error.c_str());
    return told && outcome.status == Exit::run_failed ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(fs::exists(Store(options.store).entry_folder(key(pipeline, "numbers"))));
  EXPECT_TRUE(fs::is_empty(options.store / "tmp"));
  EXPECT_EQ(run(pipeline).status, Exit::success);
}

TEST_F(Damage, AFullFileSystemIsASentenceAndLeavesNothingHalfWritten) {
  constexpr int cannot_mount = 77;
  options.force.clear();
  for (const char* nodes : {large, "  big: {use: test.big, with: {count: 1000000}}\n"}) {
    const pipeline::Graph pipeline = graph(nodes);
    const int status = in_another_process([&] {
      options.store = folder / "small";
      fs::create_directories(options.store);
      if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("none", options.store.c_str(), "tmpfs", 0, "size=1m") != 0)
        return cannot_mount;
      const Outcome outcome = run(pipeline);
      const bool told = outcome.error.find("cannot write " + options.store.string()) != std::string::npos &&
                        outcome.error.find("No space left on device") != std::string::npos;
      if (!told) ::fprintf(stderr, "%s\n", outcome.error.c_str());
      return told && outcome.status == Exit::run_failed && fs::is_empty(options.store / "tmp") ? 0 : 1;
    });
    if (status == cannot_mount) GTEST_SKIP() << "only root may mount a small file system";
    EXPECT_EQ(status, 0) << nodes;
  }
}

TEST_F(Damage, AStoreOrOutFolderThatCannotBeWrittenIsASentenceBeforeAnyWork) {
  write(folder / "file", "not a folder");
  options.force.clear();
  const pipeline::Graph pipeline = graph(large);
  options.store = folder / "file";
  const Outcome outcome = run(pipeline);
  EXPECT_EQ(outcome.status, Exit::run_failed);
  EXPECT_NE(outcome.error.find("nodes.numbers: cannot create the folder " + (folder / "file" / "locks").string() +
                               ": Not a directory"),
            std::string::npos)
      << outcome.error;
  EXPECT_EQ(started["test.count"], 0);

  options.store = folder / "store";
  options.out = folder / "file" / "out";
  const Outcome no_out = run(pipeline);
  EXPECT_EQ(no_out.status, Exit::run_failed);
  EXPECT_NE(no_out.error.find("cannot create the folder " + options.out.string() + ": Not a directory"),
            std::string::npos)
      << no_out.error;
  EXPECT_EQ(started["test.count"], 0);
}

TEST_F(Damage, AStoreWithoutTheRightToWriteIsASentenceButItsResultsCanBeRead) {
  options.force.clear();
  const pipeline::Graph pipeline = graph(large);
  fs::create_directories(folder / "free");
  fs::permissions(folder / "free", fs::perms::all);
  for (const auto& place : fs::recursive_directory_iterator(options.store))
    fs::permissions(place, place.is_directory() ? fs::perms(0555) : fs::perms(0444));
  fs::permissions(options.store, fs::perms(0555));
  fs::permissions(folder, fs::perms(0755));
  const int status = in_another_process([&] {
    options.out = folder / "free" / "out";
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return 1;
    const Outcome refused = run(pipeline);
    if (refused.error.find("cannot create " + (options.store / "locks").string()) == std::string::npos ||
        refused.error.find("Permission denied") == std::string::npos) {
      ::fprintf(stderr, "%s\n", refused.error.c_str());
      return 2;
    }
    return run(numbers).status == Exit::success ? 0 : 3;
  });
  for (const auto& place : fs::recursive_directory_iterator(options.store))
    if (place.is_directory()) fs::permissions(place, fs::perms(0755));
  fs::permissions(options.store, fs::perms(0755));
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace harmonium::run
