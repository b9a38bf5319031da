#include "harmonium/course.hpp"

#include <gtest/gtest.h>

namespace harmonium {
namespace {

const std::vector<Figure> figures = {{"loss", "nats"}, {"weight", ""}, {"validation loss", "nats"}};

TEST(Course, HasARowForEachEpochAndAColumnForEachFigureThatWasTold) {
  const Table whole = course_of("training", figures, {1, 2, 3, 4, 5, 6}, 2);
  EXPECT_EQ(whole.title, "training");
  EXPECT_EQ(whole.rows_are, "epoch");
  EXPECT_EQ(whole.columns, (std::vector<std::string>{"loss", "weight", "validation loss"}));
  EXPECT_EQ(whole.units, (std::vector<std::string>{"nats", "", "nats"}));
  ASSERT_EQ(whole.rows.size(), 2U);
  EXPECT_EQ(whole.rows[1].label, "2");
  EXPECT_EQ(whole.rows[1].values, (std::vector<double>{4, 5, 6}));

  const Table held_out = course_of("training", figures, {1, 2, 3, 4, 5, 6}, 3);
  EXPECT_EQ(held_out.columns, (std::vector<std::string>{"loss", "weight"}));
  ASSERT_EQ(held_out.rows.size(), 3U);
  EXPECT_EQ(held_out.rows[2].values, (std::vector<double>{5, 6}));
}

TEST(Course, OfNoEpochHasNoRows) { EXPECT_TRUE(course_of("training", figures, {}, 0).rows.empty()); }

}  // namespace
}  // namespace harmonium
