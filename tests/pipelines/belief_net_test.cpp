#include <gtest/gtest.h>

#include "family.hpp"

/// Pipelines of deep belief networks with classes at the top, and of stacks that have seen few labels.
namespace harmonium::testing {
namespace {

using BeliefNets = Family;

TEST_F(BeliefNets, ErrLessOnDigitsAfterUpDownThanBeforeAndDreamOfTheClassThatIsAskedFor) {
  run("up-down-dbn");
  for (const auto& [before, after] : {std::pair(value("error_before", "error"), value("error_after", "error")),
                                      std::pair(mean_error("before", 3), mean_error("after", 3))}) {
    EXPECT_LT(after, before - 0.5);
    EXPECT_LE(after, 3.5);
  }
  // Of 100 dreams, ten of each class, three times; by chance it would be 90.
  EXPECT_LE(value("dreams", "error"), 35);
  const auto generation = column("trial[split=1].tuned", "generation");
  const auto recognition = column("trial[split=1].tuned", "recognition");
  EXPECT_LT(generation.rbegin()->second, generation.begin()->second);
  EXPECT_LT(recognition.rbegin()->second, recognition.begin()->second);
  for (const char* figure : {"samples", "confusion", "learning"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(BeliefNets, OfWhichAStackPretrainedWithoutLabelsNeedsFewOfThem) {
  run("few-labels");
  EXPECT_LE(value("fine_tuned", "error"), 0.85 * value("random", "error"));
  EXPECT_LE(mean_error("tuned_error", 5), 0.85 * mean_error("random_error", 5));
}

}  // namespace
}  // namespace harmonium::testing
