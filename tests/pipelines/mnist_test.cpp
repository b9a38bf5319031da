#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "shell.hpp"

/// The pipelines of MNIST at full size: minutes to half an hour. They look for its four files in the folder that
/// HARMONIUM_MNIST names, else in ../shared/data/mnist beside the project.
namespace harmonium::testing {
namespace {

std::filesystem::path mnist() {
  const char* named = std::getenv("HARMONIUM_MNIST");
  return named ? std::filesystem::path(named) : std::filesystem::path(HARMONIUM_SOURCE "/../shared/data/mnist");
}

nlohmann::json run(const Shell& shell, const std::string& pipeline) {
  const Shell::Ran ran = shell("harmonium run " HARMONIUM_SOURCE "/pipelines/" + pipeline +
                               " --json --out results --param mnist=" + std::filesystem::absolute(mnist()).string());
  EXPECT_EQ(ran.status, 0) << ran.err;
  return ran.status == 0 ? nlohmann::json::parse(ran.out) : nlohmann::json();
}

/// The first value in the row of a table of the outcome.
double value_in(const nlohmann::json& outcome, const std::string& table, const std::string& row) {
  for (const auto& line : outcome.at("tables").at(table).at("rows"))
    if (line.at("label") == row) {
      std::printf("%s %s: %g\n", table.c_str(), row.c_str(), line.at("values")[0].get<double>());
      return line.at("values")[0];
    }
  throw std::logic_error("no row " + row);
}

class Mnist : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(mnist() / "train-images-idx3-ubyte.gz")) GTEST_SKIP() << "no MNIST in " << mnist();
  }
};

TEST_F(Mnist, SoftmaxOnTheFeaturesOfAnRbmErrsOnAtMostThreePercent) {
  const Shell shell;
  const auto outcome = run(shell, "mnist-rbm.yaml");
  ASSERT_FALSE(outcome.is_null());
  EXPECT_LE(value_in(outcome, "error.table", ""), 3.0);
}

TEST_F(Mnist, SoftmaxOnThePoolsOfAConvolutionalRbmErrsOnAtMostThreePercentHavingSeenASixthOfTheLabels) {
  const Shell shell;
  const auto outcome = run(shell, "mnist-convolutional.yaml");
  ASSERT_FALSE(outcome.is_null());
  EXPECT_LE(value_in(outcome, "error.table", ""), 3.0);
  // Of a digit of 784 pixels; the mean image leaves 52.8.
  EXPECT_LE(value_in(outcome, "after", ""), 8.0);
}

TEST_F(Mnist, IsAsLikelyUnderAnRbmAsPublishedByLikelihoodsThatConverged) {
  const Shell shell;
  const auto outcome = run(shell, "mnist-likelihood.yaml");
  ASSERT_FALSE(outcome.is_null());
  EXPECT_GE(value_in(outcome, "drawn_likelihood", "converged"), -86.0);
  EXPECT_GE(value_in(outcome, "cut_likelihood", "converged"), -69.5);
}

TEST_F(Mnist, AFineTunedDbnErrsOnAtMostThirteenInAThousandAndThreeLessThanFromRandomWeights) {
  const Shell shell;
  const auto outcome = run(shell, "mnist-dbn.yaml");
  ASSERT_FALSE(outcome.is_null());
  const double tuned = value_in(outcome, "fine_tuned", "median");
  EXPECT_LE(tuned, 1.3);
  EXPECT_LE(tuned, value_in(outcome, "random", "median") - 0.3);
}

TEST_F(Mnist, CentredPersistentChainsReachThePublishedLikelihoodAndPlainOnesDependOnWhatIsCalledZero) {
  const Shell shell;
  const auto outcome = run(shell, "mnist-centring.yaml");
  ASSERT_FALSE(outcome.is_null());
  // Melchior, Fischer, Wiskott 2016 publish -142.56 nats for one seed.
  EXPECT_GE(value_in(outcome, "centred", "mean"), -143.0);
  EXPECT_GE(value_in(outcome, "centred", "minimum"), -145);
  EXPECT_LT(value_in(outcome, "plain", "mean"), value_in(outcome, "centred", "mean"));
  EXPECT_LT(value_in(outcome, "turned_plain", "mean"), value_in(outcome, "turned_centred", "mean") - 10);
}

TEST_F(Mnist, ADeepBoltzmannMachineDreamsOfAtLeastNineDigitsInIndependentChains) {
  const Shell shell;
  const auto outcome = run(shell, "mnist-dbm.yaml");
  ASSERT_FALSE(outcome.is_null());
  EXPECT_LE(value_in(outcome, "error.table", ""), 4.0);
  EXPECT_GE(value_in(outcome, "digits.table", ""), 9);
}

}  // namespace
}  // namespace harmonium::testing
