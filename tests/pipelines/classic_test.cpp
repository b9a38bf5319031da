#include <gtest/gtest.h>

#include "family.hpp"

/// Pipelines of classic experiments: each has the outcome that the literature says.
namespace harmonium::testing {
namespace {

using Classic = Family;

TEST_F(Classic, AnRbmOfTwosGivesBackTwosAndDrawsATwoWhenItIsShownAnotherDigit) {
  run("rbm-of-one-class");
  const double seen = value("seen_error", "squared error"), unseen = value("unseen_error", "squared error"),
               others = value("others_error", "squared error");
  EXPECT_LT(seen, unseen);
  EXPECT_LT(3 * unseen, others);
  EXPECT_GT(value("unseen_error", "explained"), 60);
  // The read-out knows the digits themselves.
  EXPECT_LT(value("before.table", "error"), 8);
  const auto as_two = column("after.confusion", "2");
  double twos = 0;
  for (const auto& [digit, count] : as_two) {
    twos += count;
    if (digit != 2) {
      EXPECT_GT(count, 20) << "shown a " << digit;
    }
  }
  EXPECT_GT(twos, 0.8 * value("after.table", "rows"));
  for (const char* figure : {"features", "pictures", "taken_for"}) EXPECT_TRUE(drawn(figure)) << figure;
}

}  // namespace
}  // namespace harmonium::testing
