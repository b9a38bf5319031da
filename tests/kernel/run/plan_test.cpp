#include <algorithm>

#include "kernel/run/small_nodes.hpp"

namespace harmonium::run {
namespace {

using Action = Planned::Action;
using Names = std::vector<std::string>;

class Plan : public RunTest {
 protected:
  Planned of(const std::string& nodes, const std::string& path, std::uint64_t seed = 42) const {
    for (Planned& step : plan(graph(nodes, seed), options))
      if (step.path == path) return step;
    ADD_FAILURE() << path << " is not in the plan";
    return {};
  }
  static std::string pipeline(const std::string& layer1, const std::string& data = "numbers") {
    return "  numbers: {use: test.count}\n  others: {use: test.count, with: {first: 1}}\n"
           "  layer1: {use: test.train, in: " +
           data + ", with: {" + layer1 +
           "}}\n"
           "  layer2: {use: test.train, in: layer1}\n";
  }
};

TEST_F(Plan, SaysWhatIsStoredAndWhatWasNeverRun) {
  const Planned before = of(pipeline("rate: 0.5"), "layer1");
  EXPECT_EQ(before.action, Action::run);
  EXPECT_EQ(before.why, Names{"nothing is stored for it, and it was never finished"});
  EXPECT_FALSE(std::filesystem::exists(options.store)) << "a plan changes nothing";
  run(pipeline("rate: 0.5"));
  const Planned after = of(pipeline("rate: 0.5"), "layer2");
  EXPECT_EQ(after.action, Action::stored);
  EXPECT_EQ(after.why, Names{});
}

TEST_F(Plan, NamesTheParameterTheInputOrTheSeedThatChanged) {
  run(pipeline("rate: 0.25"));
  EXPECT_EQ(of(pipeline("rate: 0.125"), "layer1").why, Names{"parameter rate: 0.25 -> 0.125"});
  EXPECT_EQ(of(pipeline("wait: 0"), "layer1").why, Names{"parameter rate: 0.25 -> 0.5"});
  EXPECT_EQ(of(pipeline("rate: 0.125"), "layer2").why, Names{"input data: layer1.model changed"});
  EXPECT_EQ(of(pipeline("rate: 0.25", "others"), "layer1").why, Names{"input data: numbers.values -> others.values"});
  EXPECT_EQ(of(pipeline("rate: 0.25"), "layer1", 7).why, Names{"seed 42 -> 7"});
}

TEST_F(Plan, NamesTheFileThatChanged) {
  write(folder / "a.txt", "one");
  const std::string nodes = "  file: {use: test.file, with: {path: a.txt}}\n";
  run(nodes);
  EXPECT_EQ(of(nodes, "file").action, Action::stored);
  write(folder / "a.txt", "other");
  EXPECT_EQ(of(nodes, "file").why, Names{"file " + (folder / "a.txt").string() + " changed"});
}

TEST_F(Plan, SaysWhenAnEntryIsGoneDamagedForcedOrCanBeContinued) {
  run(pipeline("epochs: 3"));
  const pipeline::Graph now = graph(pipeline("epochs: 3"));
  const auto entry = Store(options.store).entry_folder(key(now, "layer2"));
  std::filesystem::resize_file(entry / "entry", 10);
  EXPECT_EQ(of(pipeline("epochs: 3"), "layer2").why, Names{"its entry is damaged: it is cut short"});
  std::filesystem::remove_all(entry);
  EXPECT_EQ(of(pipeline("epochs: 3"), "layer2").why, Names{"its entry was removed from the store"});
  const Planned longer = of(pipeline("epochs: 4"), "layer1");
  EXPECT_EQ(longer.action, Action::resume);
  EXPECT_EQ(longer.why, (Names{"parameter epochs: 3 -> 4", "goes on from the shorter run (epochs: 3)"}));
  options.force = {"layer1"};
  EXPECT_EQ(of(pipeline("epochs: 3"), "layer1").why, Names{"asked for by --force"});
}

TEST_F(Plan, ShowsViews) {
  const std::string nodes =
      "  numbers: {use: test.count}\n  view: {use: test.same, in: numbers}\n"
      "  layer: {use: test.train, in: view}\n";
  EXPECT_EQ(of(nodes, "view").action, Action::view);
}

}  // namespace
}  // namespace harmonium::run
