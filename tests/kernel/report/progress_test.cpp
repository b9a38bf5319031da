#include "report/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace harmonium::report {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A stream in memory.
class Screen {
 public:
  Screen() : stream_(open_memstream(&text_, &size_)) {}
  ~Screen() {
    std::fclose(stream_);
    std::free(text_);
  }
  std::FILE* stream() { return stream_; }
  std::string text() {
    std::fflush(stream_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
};

TEST(Progress, IsOneLineThatTellsWhereTheRunIs) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line);
  progress.node_started("layer2", 3, 9);
  EXPECT_EQ(progress.line(0.04), "layer2 (3 of 9)  0.0 s");
  progress.progress(0, 60, "epochs", {});
  progress.progress(12, 60, "epochs", {});
  progress.metric("reconstruction error", 0.013149, "");
  EXPECT_THAT(progress.line(1.25), StartsWith("layer2 (3 of 9)  12/60 epochs  reconstruction error 0.0131  1.2 s, "));
  EXPECT_THAT(progress.line(10), HasSubstr("10 s, 40 s left"));
  Progress wide(screen.stream(), Progress::Style::line, 100);
  wide.node_started("layer2", 3, 9);
  wide.progress(0, 60, "epochs", {});
  wide.progress(12, 60, "epochs", {});
  wide.metric("reconstruction error", 0.013149, "");
  EXPECT_THAT(wide.line(10), HasSubstr("0.0131  1.2 epochs/s  10 s, 40 s left"));
}

TEST(Progress, TellsPartsOfAnEpochAndItsRateWhereEpochsTakeMinutes) {
  Screen screen;
  double seconds = 0;
  Progress progress(screen.stream(), Progress::Style::line, 200, [&] { return seconds; });
  progress.node_started("layer1", 1, 1);
  progress.progress(500000, 1000000, "rows looked at", {});
  EXPECT_EQ(progress.line(1), "layer1 (1 of 1)  500000/1000000 rows looked at  1.0 s");
  seconds = 10;
  progress.progress(0.001, 20, "epochs", {});
  seconds = 110;
  progress.progress(1.251, 20, "epochs", {});
  EXPECT_THAT(progress.line(110), StartsWith("layer1 (1 of 1)  1.25/20 epochs  45 epochs/h  2 min, 25 min left"));
  progress.progress(1.999, 20, "epochs", {});
  EXPECT_THAT(progress.line(110), HasSubstr("  1.99/20 epochs  "));
  progress.progress(10.001, 20, "epochs", {});
  EXPECT_THAT(progress.line(110), HasSubstr("  10.0/20 epochs  6 epochs/min  "));
}

TEST(Progress, TellsItsRateInTheStepsOfAnEpoch) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line, 200);
  progress.node_started("layer1", 1, 1);
  progress.progress(0, 20, "epochs", {600, "batches"});
  progress.progress(5, 20, "epochs", {600, "batches"});
  EXPECT_EQ(progress.line(2), "layer1 (1 of 1)  5/20 epochs  1500 batches/s  2.0 s, 6.0 s left");
  progress.progress(20, 100, "rows", {});
  progress.progress(30, 100, "rows", {});
  EXPECT_THAT(progress.line(4), HasSubstr("rows/s"));
}

TEST(Progress, CountsNoEpochBeforeItsEnd) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line);
  progress.node_started("layer1", 1, 1);
  progress.progress(0, 60, "epochs", {});
  progress.progress(11.9, 60, "epochs", {});
  EXPECT_THAT(progress.line(1), HasSubstr("  11/60 epochs  "));
}

TEST(Progress, CountsNoTimeForWhatAnEarlierRunDid) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line);
  progress.node_started("layer2", 1, 1);
  progress.progress(50, 60, "epochs", {});
  EXPECT_THAT(progress.line(1), Not(HasSubstr("left")));
  progress.progress(55, 60, "epochs", {});
  EXPECT_THAT(progress.line(5), HasSubstr("5.0 s, 5.0 s left"));
}

TEST(Progress, LeavesOutFiguresThatDoNotFit) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line, 30);
  progress.node_started("layer2", 3, 9);
  progress.metric("reconstruction error", 1, "");
  EXPECT_EQ(progress.line(1), "layer2 (3 of 9)  1.0 s");
}

TEST(Progress, ShortensALongPathForTheFiguresThatMatter) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line, 110);
  progress.node_started("trial[split=1].stack.layer.2.train", 8, 146);
  progress.progress(0, 60, "epochs", {25, "batches"});
  progress.progress(30, 60, "epochs", {25, "batches"});
  progress.metric("reconstruction error", 0.0131, "");
  progress.metric("weight", 0.1, "");
  EXPECT_EQ(progress.line(1),
            "...tack.layer.2.train (8 of 146)  30/60 epochs  reconstruction error 0.0131  750 batches/s  1.0 s, "
            "1.0 s left");
}

TEST(Progress, RewritesItsLineOnATerminalAndErasesItAtTheEnd) {
  Screen screen;
  {
    Progress progress(screen.stream(), Progress::Style::line);
    progress.node_started("a", 1, 1);
    progress.warned("take care");
    progress.node_finished("a", false, 1);
  }
  EXPECT_EQ(screen.text(), "\r\x1b[Ka (1 of 1)  0.0 s\r\x1b[Kwarning: take care\n");
}

TEST(Progress, IsALineForEachComputedNodeInALog) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::log);
  progress.node_finished("stored", true, 0);
  progress.node_started("a", 1, 2);
  progress.progress(1, 2, "epochs", {});
  progress.node_finished("a", false, 3.21);
  EXPECT_EQ(screen.text(), "a (1 of 2): 3.2 s\n");
}

TEST(Progress, IsSilentWhenOnlyWarningsAreWanted) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::warnings);
  progress.node_started("a", 1, 2);
  progress.node_finished("a", false, 3);
  progress.warned("take care");
  EXPECT_EQ(screen.text(), "warning: take care\n");
}

}  // namespace
}  // namespace harmonium::report
