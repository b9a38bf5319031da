#include <cstdlib>

#include "family.hpp"

namespace harmonium::testing {
namespace {

class MnistBeliefNets : public Family {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(mnist() / "train-images-idx3-ubyte.gz")) GTEST_SKIP() << "no MNIST in " << mnist();
  }
  static std::filesystem::path mnist() {
    const char* named = std::getenv("HARMONIUM_MNIST");
    return std::filesystem::absolute(named ? std::filesystem::path(named)
                                           : std::filesystem::path(HARMONIUM_SOURCE "/../shared/data/mnist"));
  }
  void run_mnist(const std::string& name) {
    const Shell::Ran ran = shell("harmonium run " HARMONIUM_SOURCE "/pipelines/" + name +
                                 ".yaml --quiet --out results --param mnist=" + mnist().string());
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  /// The first column, the error in %, of a summary.
  double median(const std::string& table) const {
    std::ifstream file(shell.path() / "results" / (table + ".csv"));
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("median,")) return std::stod(line.substr(7));
    throw std::logic_error("no median in " + table);
  }
};

TEST_F(MnistBeliefNets, ErrOnAtMostTwoPercentAfterUpDownAndDreamOfTheClassThatIsAskedFor) {
  run_mnist("mnist-up-down");
  EXPECT_LE(median("after"), 2.0);
  EXPECT_LT(median("after"), median("before"));
  // Of 100 dreams, ten of each class; by chance it would be 90.
  EXPECT_LE(value("dreams.table", "error"), 35);
  EXPECT_TRUE(drawn("samples"));
}

TEST_F(MnistBeliefNets, OfWhichAPretrainedStackErrsOnAtMostSevenPercentFromAThousandLabels) {
  run_mnist("mnist-few-labels");
  EXPECT_LE(median("fine_tuned"), 7.0);
  EXPECT_LE(median("fine_tuned"), 0.75 * median("random"));
}

}  // namespace
}  // namespace harmonium::testing
