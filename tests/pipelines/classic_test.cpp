#include <gtest/gtest.h>

#include <cmath>

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

TEST_F(Classic, ContrastiveDivergencePointsNearerToTheGradientWithMoreStepsAndFartherFromItAsWeightsGrow) {
  run("rbm-contrastive-divergence");
  double before = 0;
  for (const char* stage : {"200", "1000", "2000", "4000"}) {
    const auto angle = column(std::string("stage[epochs=") + stage + "].angle", "angle");
    ASSERT_EQ(angle.size(), 8U);
    // Down to the rounding of an angle near zero.
    double last = 180;
    for (const auto& [steps, degrees] : angle) {
      EXPECT_LE(degrees, last + 1e-4) << stage << ", " << steps << " steps";
      last = degrees;
    }
    EXPECT_LT(angle.at(100), 2) << stage;
    EXPECT_GT(angle.at(1), before + 0.01) << stage;
    before = angle.at(1);
  }
  EXPECT_GT(before, 45);
  const auto likelihood = column("likelihood", "log-likelihood");
  EXPECT_GT(likelihood.at(4000), likelihood.at(200) + 1);
  const auto explained = column("errors", "explained");
  for (const double steps : {1, 3, 10}) EXPECT_GT(explained.at(steps), 60);
  EXPECT_GT(value("draws_error", "explained"), 20);
  for (const char* figure : {"way[steps=1].learning", "way[steps=10].learning", "draws_learning", "courses", "angle"})
    EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Classic, AFreePhaseOfTooFewSweepsEndsAtALowerLikelihood) {
  run("settling");
  const auto likelihood = column("likelihood", "log-likelihood");
  EXPECT_GT(likelihood.at(10), likelihood.at(1) + 0.2);
  EXPECT_GT(likelihood.at(100), likelihood.at(10));
  // 12 images of one row and two of two rows, of 16: nothing can be better than their entropy.
  const double entropy = 12 / 16.0 * std::log(16) + 4 / 16.0 * std::log(8);
  EXPECT_GT(likelihood.at(100), -entropy - 0.2);
  EXPECT_LT(likelihood.at(100), -entropy);
  for (const char* figure : {"weights", "reached"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Classic, AGaussianBernoulliRbmThatLearnsItsPrecisionExplainsWhatAFixedOneTakesForNoise) {
  run("gaussian-bernoulli");
  const double independent = value("of_independent", "log-likelihood"), fixed = value("of_fixed", "log-likelihood"),
               learned = value("of_learned", "log-likelihood");
  // Without weights p is normal with precision 1 about the mean, which is what such a machine gives back.
  constexpr double pixels = 36;
  EXPECT_NEAR(independent, -pixels / 2 * std::log(2 * M_PI) - value("back_independent", "squared error") / 2, 1e-3);
  EXPECT_GT(fixed, independent + 5);
  EXPECT_GT(learned, fixed + 5);
  EXPECT_GT(value("back_learned", "explained"), 50);
  for (const char* figure : {"weights", "patches"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Classic, AMachineOfImagePatchesCouplesNeighboursAndHardlyAnythingFarApart) {
  run("image-patches");
  const auto mean = column("by_distance", "mean"), size = column("by_distance", "mean size"),
             pairs = column("by_distance", "pairs");
  EXPECT_GT(mean.at(1), 0.4);
  EXPECT_GT(mean.at(1), mean.at(1.414));
  EXPECT_GT(mean.at(1.414), mean.at(2));
  double weights = 0, count = 0;
  for (const auto& [distance, value] : size)
    if (distance >= 4) {
      weights += value * pairs.at(distance);
      count += pairs.at(distance);
    }
  EXPECT_LT(weights / count, mean.at(1) / 8);
  EXPECT_LT(column("of_whitened", "mean").at(1), mean.at(1) / 2);
  // Independent pixels of half black and half white patches cost almost 16 log 2 nats.
  EXPECT_NEAR(value("of_pixels", "log-likelihood"), -16 * std::log(2), 0.5);
  EXPECT_GT(value("of_pairs", "log-likelihood"), value("of_pixels", "log-likelihood") + 4);
  for (const char* figure : {"weights", "dreams", "course"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Classic, ABoltzmannMachineWithHiddenUnitsDreamsOfAllClassesOfDigitsThatItHasLearned) {
  run("boltzmann-digits");
  EXPECT_EQ(value("found.table", "classes found"), 3);
  EXPECT_GT(value("found.table", "rows counted"), 140);
  const auto rows = column("found.counts", "rows");
  double learned = 0;
  for (const double digit : {0, 1, 7}) {
    EXPECT_GE(rows.at(digit), 20) << digit;
    learned += rows.at(digit);
  }
  EXPECT_GT(learned, 0.85 * value("found.table", "rows counted"));
  EXPECT_GE(value("found_ten.table", "classes found"), 9);
  EXPECT_GT(value("found_ten.table", "rows counted"), 100);
  for (const char* figure : {"weights", "dreams", "dreams_ten"}) EXPECT_TRUE(drawn(figure)) << figure;
}

}  // namespace
}  // namespace harmonium::testing
