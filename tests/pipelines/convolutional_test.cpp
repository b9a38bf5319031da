#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "shell.hpp"

/// Kernels learned from digits, and what their features are good for.
namespace harmonium::testing {
namespace {

using Json = nlohmann::json;

/// The number in a column of a table of one row.
double number(const Json& outcome, const std::string& table, const std::string& column) {
  const Json& at = outcome.at("tables").at(table);
  for (std::size_t c = 0; c < at.at("columns").size(); ++c)
    if (at.at("columns")[c] == column) return at.at("rows")[0].at("values")[c];
  ADD_FAILURE() << "no " << column << " in " << at.dump();
  return 0;
}

TEST(ConvolutionalRbm, LearnsKernelsWhoseFeaturesHoldForDigitsThatAreMoved) {
  const Shell shell;
  const Shell::Ran ran =
      shell("harmonium run " HARMONIUM_SOURCE "/pipelines/convolutional-rbm.yaml --json --out results");
  ASSERT_EQ(ran.status, 0) << ran.err;
  const Json outcome = Json::parse(ran.out);
  EXPECT_GT(number(outcome, "after", "explained"), 65);
  EXPECT_LT(number(outcome, "after", "squared error"), number(outcome, "before", "squared error") / 4);
  // Of 359 digits; 90 % would be chance. Five standard errors of a share of 0.02 are 3.7 %.
  EXPECT_LT(number(outcome, "pools_error.table", "error"), 6);
  EXPECT_LT(number(outcome, "dense_error.table", "error"), 6);
  EXPECT_LT(number(outcome, "pools_moved.table", "error"), 0.75 * number(outcome, "dense_moved.table", "error"));
  for (const char* figure : {"kernels", "learning", "reconstructions"})
    EXPECT_TRUE(content_of(shell.path() / "results" / (std::string(figure) + ".png")).starts_with("\x89PNG\r\n\x1a\n"))
        << figure;
}

}  // namespace
}  // namespace harmonium::testing
