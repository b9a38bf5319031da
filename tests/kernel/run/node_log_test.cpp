#include "run/node_log.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace harmonium::run {
namespace {

TEST(NodeLog, KeepsTheFirstThousandAndHalfAsManyOfEveryDoublingAfter) {
  NodeLog log;
  std::vector<std::uint64_t> kept;
  for (int step = 1; step <= 8000; ++step)
    if (const auto event = log.figure("loss", step, "")) kept.push_back((*event)["step"]);
  ASSERT_EQ(kept.size(), 1000U + 500U + 500U + 500U);
  EXPECT_EQ(kept[999], 1000U);
  EXPECT_EQ(kept[1000], 1002U);
  EXPECT_EQ(kept[1500], 2004U);
  EXPECT_EQ(kept.back(), 8000U);
  EXPECT_EQ(log.last()["loss"], 8000);
}

TEST(NodeLog, GoesOnFromItsText) {
  NodeLog whole, first;
  for (int step = 1; step <= 1500; ++step) {
    whole.figure("loss", 1.0 / step, "nats");
    if (step <= 1100) first.figure("loss", 1.0 / step, "nats");
  }
  NodeLog second(first.text());
  EXPECT_EQ(second.kept(), first.kept());
  for (int step = 1101; step <= 1500; ++step) second.figure("loss", 1.0 / step, "nats");
  EXPECT_EQ(second.text(), whole.text());
}

TEST(NodeLog, WritesWhatIsNotFiniteAsText) {
  NodeLog log;
  EXPECT_EQ((*log.figure("loss", std::numeric_limits<double>::infinity(), ""))["value"], "inf");
}

TEST(NodeLog, KeepsWarningsAmongTheFigures) {
  NodeLog log;
  log.figure("loss", 2, "");
  log.warning("weights grow ever faster", "weights");
  log.figure("loss", 1, "");
  NodeLog again(log.text());
  EXPECT_FALSE(again.warning("weights grow ever faster", "weights")) << "it was told already";
  ASSERT_EQ(again.kept().size(), 3U);
  EXPECT_TRUE(NodeLog::is_warning(again.kept()[1]));
  EXPECT_EQ(again.kept()[1]["text"], "weights grow ever faster");
  EXPECT_TRUE(again.advised("weights"));
  EXPECT_FALSE(again.advised("mixing"));
  EXPECT_EQ(again.course("loss"), (std::vector<double>{2, 1}));
}

TEST(NodeLog, GivesACourseWhoseStepsLieEvenly) {
  NodeLog log;
  for (int step = 1; step <= 4000; ++step) log.figure("loss", step, "");
  const std::vector<double> course = log.course("loss");
  ASSERT_EQ(course.size(), 1000U);
  for (std::size_t i = 0; i < course.size(); ++i) EXPECT_EQ(course[i], 4.0 * static_cast<double>(i + 1));
  EXPECT_TRUE(log.course("weight").empty());
}

TEST(NodeLog, IsEmptyWhereATextIsNone) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"told": 1, "last": {}, "kept": []})", R"({"told": {}, "last": {}, "kept": {}})"})
    EXPECT_TRUE(NodeLog(text).kept().empty()) << text;
}

}  // namespace
}  // namespace harmonium::run
