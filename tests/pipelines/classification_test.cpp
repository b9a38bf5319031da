#include <algorithm>

#include "family.hpp"

namespace harmonium::testing {
namespace {

using ClassificationRbm = Family;

TEST_F(ClassificationRbm, IsBestTrainedForBothAtOnceAndDreamsOfTheClassOneAsksFor) {
  run("classification-rbm");
  const double hybrid = value("of_hybrid", "error"), generative = value("of_generative", "error");
  EXPECT_LE(hybrid, 2.4);
  EXPECT_LE(generative, 6);
  EXPECT_LT(hybrid, generative);
  EXPECT_LT(hybrid, value("of_discriminative", "error"));
  EXPECT_LT(hybrid, value("of_softmax", "error"));
  const double mean = mean_error("by_hybrid", 3);
  EXPECT_LE(mean, 2.4);
  EXPECT_LE(mean_error("by_generative", 3), 6);
  for (const char* other : {"by_generative", "by_discriminative", "by_softmax"})
    EXPECT_LT(mean, mean_error(other, 3)) << other;
  // Of 100 dreams, ten of each class, another machine takes as many for that class; by chance it would be ten.
  EXPECT_LE(value("dreams", "error"), 12);
  for (const char* figure : {"confusion", "trial[split=1].samples"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Family, ClassifiersOfDigitsStandInOneTable) {
  run("classifiers");
  // Medians of 359 digits, of which a quarter of a hundredth is one.
  for (const char* name : {"softmax", "svm", "softmax_of_features", "svm_of_features", "hybrid"})
    EXPECT_LE(value(name, "error"), 4) << name;
  EXPECT_LE(value("tuned", "error"), 2);
  EXPECT_LT(value("svm_of_features", "error"), value("svm", "error"));
  const std::string table = content_of(shell.path() / "results/errors.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 7) << table;
}

using BoltzmannClassification = Family;

TEST_F(BoltzmannClassification, BySamplesOfTheClampedMachineTellsMostDigits) {
  run("boltzmann-classification");
  EXPECT_LE(value("by_samples", "error"), 11);
  EXPECT_NEAR(value("by_samples", "error"), value("by_mean_field", "error"), 2);
  for (const char* trial : {"trial[seed=1]", "trial[seed=2]", "trial[seed=3]"})
    EXPECT_LE(value(std::string(trial) + ".by_samples.sampling", "standard error"), 0.01);
  EXPECT_TRUE(drawn("confusion"));
}

}  // namespace
}  // namespace harmonium::testing
