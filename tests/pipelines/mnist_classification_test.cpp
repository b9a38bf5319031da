#include <cstdlib>

#include "family.hpp"

namespace harmonium::testing {
namespace {

using MnistClassificationRbm = Family;

TEST_F(MnistClassificationRbm, ErrsOnAtMostFifteenInAThousandAndLessThanItsGenerativeAndDiscriminativeTwins) {
  const char* named = std::getenv("HARMONIUM_MNIST");
  const std::filesystem::path mnist =
      named ? std::filesystem::path(named) : std::filesystem::path(HARMONIUM_SOURCE "/../shared/data/mnist");
  if (!std::filesystem::exists(mnist / "train-images-idx3-ubyte.gz")) GTEST_SKIP() << "no MNIST in " << mnist;
  const Shell::Ran ran = shell("harmonium run " HARMONIUM_SOURCE
                               "/pipelines/mnist-classification-rbm.yaml --quiet --out results --param mnist=" +
                               std::filesystem::absolute(mnist).string());
  ASSERT_EQ(ran.status, 0) << ran.err;
  // The first column, the error in %.
  const auto median = [&](const std::string& table) {
    std::ifstream file(shell.path() / "results" / (table + ".csv"));
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("median,")) return std::stod(line.substr(7));
    throw std::logic_error("no median in " + table);
  };
  EXPECT_LE(median("hybrid"), 1.5);
  EXPECT_LT(median("hybrid"), median("discriminative"));
  EXPECT_LT(median("hybrid"), median("generative"));
  // Of 100 dreams, ten of each class; by chance it would be 90.
  EXPECT_LE(value("dreams.table", "error"), 35);
  EXPECT_TRUE(drawn("samples"));
}

}  // namespace
}  // namespace harmonium::testing
