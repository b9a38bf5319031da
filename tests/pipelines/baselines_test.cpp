#include "family.hpp"

/// What an energy model is compared with.
namespace harmonium::testing {
namespace {

TEST_F(Family, WhatKnowsMoreOfDigitsIsLikelierAndTheNumberOfComponentsIsTheBestOfUnseenRows) {
  run("baselines");
  // The row that begins so: its log-likelihood.
  const auto likelihood = [&](const std::string& model) {
    std::istringstream lines(content_of(shell.path() / "results" / "comparison.csv"));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(model)) return std::stod(line.substr(line.find(',') + 1));
    ADD_FAILURE() << "no " << model;
    return 0.0;
  };
  // Over splits the differences deviate by 0.25 or less.
  EXPECT_GT(likelihood("Chow-Liu tree"), likelihood("independent sites") + 3);
  EXPECT_GT(likelihood("RBM"), likelihood("Chow-Liu tree") + 1);
  EXPECT_GT(likelihood("mixture of 160"), likelihood("RBM"));
  const auto seen = column("baselines.components", "training log-likelihood"),
             unseen = column("baselines.components", "validation log-likelihood");
  double before = -100;
  for (const auto& [components, value] : seen) {
    EXPECT_GT(value, before) << components;
    before = value;
  }
  EXPECT_GT(unseen.at(160), unseen.at(10) + 1.5);
  EXPECT_LT(unseen.at(320), unseen.at(160));
  EXPECT_GT(seen.at(160), unseen.at(160) + 2);
  for (const char* figure : {"choice", "mixture", "tree"}) EXPECT_TRUE(drawn(figure)) << figure;
}

}  // namespace
}  // namespace harmonium::testing
