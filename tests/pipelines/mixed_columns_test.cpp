#include "family.hpp"

/// Columns of several kinds in one machine.
namespace harmonium::testing {
namespace {

TEST_F(Family, AMachineOfMixedColumnsKnowsWhatKindsHaveToDoWithEachOther) {
  run("mixed-columns");
  const auto unseen = column("unseen", "log-likelihood");
  const double independent = value("of_independent", "log-likelihood");
  // Standard errors are 0.15 or less, and smaller of differences over the same voters.
  EXPECT_GT(unseen.at(8), independent + 1.5);
  EXPECT_GT(unseen.at(8), unseen.at(1) + 0.5);
  EXPECT_TRUE(drawn("likelihood"));

  // Two standardised columns: their variances add up to about 2.
  EXPECT_GT(value("regression", "explained"), 10);
  EXPECT_LT(value("regression", "squared error"), 1.8);

  // Errors of what is filled in, in units of those of the independent model.
  std::istringstream lines(content_of(shell.path() / "results" / "imputation.csv"));
  std::map<std::string, double> ratio;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(','), last = line.rfind(',');
    if (line.starts_with("part=")) ratio[line.substr(5, first - 5)] = std::stod(line.substr(last + 1));
  }
  ASSERT_EQ(ratio.size(), 8U);
  // 236 votes: what was found is 0.35, with a standard error of about 0.05.
  EXPECT_LT(ratio.at("binary"), 0.6);
  for (const char* part : {"real", "count", "PID", "selfLR"}) EXPECT_LT(ratio.at(part), 0.97) << part;
  for (const auto& [part, error] : ratio) EXPECT_LT(error, 1.03) << part;
}

}  // namespace
}  // namespace harmonium::testing
