#include "family.hpp"

/// The pipeline `likelihood`, by what it is to show.
namespace harmonium::testing {
namespace {

TEST_F(Family, AnnealedImportanceSamplingFindsTheExactLikelihoodAndKnowsWhenItHasNot) {
  run("likelihood");
  const auto verdict = [&](const char* table) {
    const std::string text = content_of(shell.path() / "results" / (std::string(table) + ".csv"));
    const std::size_t row = text.find('\n') + 1;
    return text.substr(row, text.find(',', row) - row);
  };
  const double exact = value("exact", "log Z");
  EXPECT_EQ(verdict("annealed"), "converged");
  EXPECT_LE(value("annealed", "low"), exact);
  EXPECT_GE(value("annealed", "high"), exact);
  EXPECT_NEAR(value("annealed", "log-likelihood"), value("exact", "log-likelihood"), 0.1);
  EXPECT_TRUE(verdict("starved").starts_with("not converged")) << verdict("starved");
  EXPECT_EQ(verdict("of_the_large"), "converged");
  EXPECT_GT(value("of_the_large", "log-likelihood"), value("annealed", "log-likelihood"));
}

}  // namespace
}  // namespace harmonium::testing
