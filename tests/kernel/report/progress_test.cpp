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
  progress.progress(0, 60, "epochs");
  progress.progress(12, 60, "epochs");
  progress.metric("reconstruction error", 0.013149, "");
  EXPECT_THAT(progress.line(1.25), StartsWith("layer2 (3 of 9)  12/60 epochs  reconstruction error 0.0131  1.2 s, "));
  EXPECT_THAT(progress.line(10), HasSubstr("10 s, 40 s left"));
  Progress wide(screen.stream(), Progress::Style::line, 100);
  wide.node_started("layer2", 3, 9);
  wide.progress(0, 60, "epochs");
  wide.progress(12, 60, "epochs");
  wide.metric("reconstruction error", 0.013149, "");
  EXPECT_THAT(wide.line(10), HasSubstr("0.0131  1.2 a second  10 s, 40 s left"));
  EXPECT_THAT(wide.line(100), Not(HasSubstr("a second")));
}

TEST(Progress, CountsNoTimeForWhatAnEarlierRunDid) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line);
  progress.node_started("layer2", 1, 1);
  progress.progress(50, 60, "epochs");
  EXPECT_THAT(progress.line(1), Not(HasSubstr("left")));
  progress.progress(55, 60, "epochs");
  EXPECT_THAT(progress.line(5), HasSubstr("5.0 s, 5.0 s left"));
}

TEST(Progress, LeavesOutFiguresThatDoNotFit) {
  Screen screen;
  Progress progress(screen.stream(), Progress::Style::line, 30);
  progress.node_started("layer2", 3, 9);
  progress.metric("reconstruction error", 1, "");
  EXPECT_EQ(progress.line(1), "layer2 (3 of 9)  1.0 s");
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
  progress.progress(1, 2, "epochs");
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
