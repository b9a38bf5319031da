#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "shell.hpp"

/// What tempered chains, fast weights and centring are for, as the literature has it.
namespace harmonium::testing {
namespace {

/// The mean log-likelihood after the longest training, from the table of one way to train at one rate.
double reached(const Shell& shell, const std::string& rate, const std::string& way) {
  std::ifstream file(shell.path() / "results" / ("rate[rate=" + rate + "]." + way + ".csv"));
  std::string line, last;
  while (std::getline(file, line)) last = line;
  EXPECT_TRUE(last.starts_with("epochs=8000,")) << way << ": " << last;
  std::istringstream cells(last);
  std::getline(cells, line, ',');
  double value = 0;
  cells >> value;
  return value;
}

TEST(Tempering, LearnsBarsAndStripesWherePersistentChainsLoseThemAndContrastiveDivergenceStaysBehind) {
  const Shell shell;
  const Shell::Ran ran = shell("harmonium run " HARMONIUM_SOURCE "/pipelines/tempering.yaml --quiet --out results");
  ASSERT_EQ(ran.status, 0) << ran.err;
  // Over seeds the means of five deviate by 0.1 or less where nothing is lost.
  const double behind = reached(shell, "0.1", "cd1");
  for (const char* way : {"pcd", "fast", "centred", "tempered"})
    EXPECT_GT(reached(shell, "0.1", way), behind + 0.15) << way;
  const double tempered = reached(shell, "0.3", "tempered");
  for (const char* way : {"cd1", "pcd", "fast", "centred"})
    EXPECT_LT(reached(shell, "0.3", way), tempered - 0.2) << way;
  EXPECT_LT(reached(shell, "0.3", "pcd"), reached(shell, "0.1", "pcd") - 0.5);
  EXPECT_GT(tempered, -2.85);
  EXPECT_LT(tempered, -2.599) << "above the entropy of the images";
  for (const char* rate : {"0.1", "0.3"})
    EXPECT_TRUE(content_of(shell.path() / "results" / (std::string("rate[rate=") + rate + "].learning.png"))
                    .starts_with("\x89PNG\r\n\x1a\n"));
}

}  // namespace
}  // namespace harmonium::testing
