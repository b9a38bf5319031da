#include "family.hpp"

/// The pipeline `likelihood`, by what it is to show.
namespace harmonium::testing {
namespace {

TEST_F(Family, AnnealedImportanceSamplingFindsTheExactLikelihoodAndKnowsWhenItHasNot) {
  run("likelihood");
  const double exact = value("exact", "log Z");
  EXPECT_EQ(verdict("annealed"), "converged");
  EXPECT_LE(value("annealed", "low"), exact);
  EXPECT_GE(value("annealed", "high"), exact);
  EXPECT_EQ(verdict("exact"), "exact");
  EXPECT_NEAR(value("by_annealing", "log-likelihood"), value("exact", "log-likelihood"), 0.1);
  EXPECT_EQ(verdict("by_annealing"), "converged");
  EXPECT_TRUE(verdict("by_starved").starts_with("not converged")) << verdict("by_starved");
  EXPECT_EQ(verdict("of_the_large"), "converged");
  EXPECT_GT(value("of_the_large", "log-likelihood"), value("by_annealing", "log-likelihood"));
  // Best first, but for the one that cannot be trusted.
  const std::string rows = content_of(shell.path() / "results" / "comparison.csv");
  EXPECT_GT(rows.find("the same by too few temperatures"), rows.find("independent"));
  EXPECT_LT(rows.find("200 hidden units"), rows.find("16 hidden units"));
}

}  // namespace
}  // namespace harmonium::testing
