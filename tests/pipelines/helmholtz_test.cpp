#include <gtest/gtest.h>

#include "family.hpp"

/// Pipelines of Helmholtz machines.
namespace harmonium::testing {
namespace {

TEST_F(Family, HelmholtzMachinesLearnSmallTablesThatTheIndependentModelIsFarFrom) {
  run("helmholtz-machine");
  // Means of five seeds, in nats.
  for (const auto& [table, most] : {std::pair{"patterns", 0.02}, {"dirichlet", 0.05}, {"bars", 0.10}}) {
    const std::string mean = std::string(table) + "_mean";
    EXPECT_LE(value(mean, "divergence"), most) << table;
    EXPECT_GT(value(mean, "divergence"), 0) << table;
    EXPECT_GT(value(mean, "independent"), 10 * value(mean, "divergence")) << table;
    const auto along = column("along_" + std::string(table), "divergence");
    EXPECT_EQ(along.begin()->first, 0);
    EXPECT_LT(along.rbegin()->second, along.begin()->second / 10) << table;
  }
  // Two of two patterns: four bits that are coins one by one, together one.
  EXPECT_NEAR(value("patterns_mean", "independent"), 3 * std::log(2.0), 1e-6);
  EXPECT_TRUE(drawn("learning"));
}

TEST_F(Family, AHelmholtzMachineIsALikelierModelOfDigitsThanIndependentPixels) {
  run("helmholtz-digits");
  const double machine = value("of_machine", "log-likelihood"), independent = value("of_independent", "log-likelihood");
  EXPECT_GT(machine, independent + 5);
  EXPECT_LT(value("of_machine", "bound"), machine);
  EXPECT_LT(value("of_machine", "sampling error"), 0.05);
  EXPECT_GT(value("of_machine", "effective samples"), 20);
  EXPECT_EQ(value("of_independent", "effective samples"), 1);
  const auto length = column("trained", "description length");
  EXPECT_LT(length.rbegin()->second, -value("of_independent", "log-likelihood") - 4);
  for (const char* figure : {"dreams", "learning"}) EXPECT_TRUE(drawn(figure)) << figure;
}

}  // namespace
}  // namespace harmonium::testing
