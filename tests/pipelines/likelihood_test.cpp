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
  // Intervals of 99 in 100 along training; one of eight misses in 1 of 13 trials, two in 1 of 370.
  const auto at = column("exact_along", "log Z"), low = column("annealed_along", "low"),
             high = column("annealed_along", "high");
  int held = 0;
  for (const auto& [epoch, log_z] : at) held += low.at(epoch) <= log_z && log_z <= high.at(epoch);
  EXPECT_EQ(at.size(), 8U);
  EXPECT_GE(held, 7);
  EXPECT_TRUE(drawn("log_z"));
}

}  // namespace
}  // namespace harmonium::testing
