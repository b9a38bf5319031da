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

TEST(ConvolutionalRbm, IsStackedOnThePoolsOfAnother) {
  const Shell shell;
  shell.write("stack.yaml", R"(harmonium: 1
nodes:
  file:   {use: reader.csv, with: {path: )" HARMONIUM_SOURCE R"(/share/data/digits.csv.gz, label: last, shape: [8, 8]}}
  digits: {use: data.scale, in: file, with: {from: [0, 16]}}
  low:
    use: trainer.cd
    in: {model: {use: model.conv-rbm, with: {maps: 4, kernel: [3, 3], pool: 2, weights_deviation: 0.1}}, data: digits}
    with: {epochs: 1}
  units:  {use: model.encode, in: {model: low, data: digits}}
  pools:  {use: data.pool, in: units}
  high:
    use: trainer.cd
    in: {model: {use: model.conv-rbm, with: {maps: 6, kernel: [2, 2], pool: 2, weights_deviation: 0.1}}, data: pools}
    with: {epochs: 1}
  kernels: {use: figure.weights, in: high}
)");
  const Shell::Ran ran = shell("harmonium run stack.yaml --quiet --out results");
  EXPECT_EQ(ran.status, 0) << ran.err;
  const Shell::Ran model = shell("harmonium model stack.yaml high");
  // Four maps of 3 x 3 pools below; six maps of one pool of 2 x 2 units above.
  EXPECT_NE(model.out.find("4 x 3 x 3"), std::string::npos) << model.out;
  EXPECT_NE(model.out.find("6 x 1 x 4"), std::string::npos) << model.out;
  EXPECT_NE(model.out.find("connection.convolution"), std::string::npos) << model.out;
}

}  // namespace
}  // namespace harmonium::testing
