#include <gtest/gtest.h>

#include "family.hpp"

/// Pipelines of how states move, by time and by temperature.
namespace harmonium::testing {
namespace {

TEST_F(Family, UnitByUnitTheBoltzmannLawStaysAndAllAtOnceThatOfPeretto) {
  run("dynamics");
  const auto boltzmann = column("exact.laws", "Boltzmann"), peretto = column("exact.laws", "Peretto"),
             parallel = column("exact.laws", "parallel");
  ASSERT_EQ(boltzmann.size(), 32U);
  double apart = 0;
  for (const auto& [state, p] : boltzmann) {
    for (const char* dynamics : {"glauber", "sequential"})
      EXPECT_NEAR(column("exact.laws", dynamics).at(state), p, 1e-12) << dynamics;
    EXPECT_NEAR(parallel.at(state), peretto.at(state), 1e-12);
    apart = std::max(apart, std::abs(p - peretto.at(state)));
  }
  EXPECT_GT(apart, 0.01) << "the two laws are different ones";
  // Sweeps in order forget faster than units at random, at every temperature, and both the slower the colder.
  const auto random = column("dynamics[dynamics=glauber].table", "relaxation time"),
             order = column("dynamics[dynamics=sequential].table", "relaxation time");
  double warmer = 1e9;
  for (const auto& [temperature, time] : random) {
    EXPECT_LT(order.at(temperature), time);
    EXPECT_LT(time, warmer);
    warmer = time;
    EXPECT_LT(column("dynamics[dynamics=glauber].table", "imbalance").at(temperature), 1e-12);
    EXPECT_GT(column("dynamics[dynamics=sequential].table", "imbalance").at(temperature), 1e-3);
    EXPECT_LT(column("dynamics[dynamics=parallel].table", "imbalance").at(temperature), 1e-12);
  }
  for (const char* figure : {"laws", "forgetting"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Family, MixingGetsSlowerAsTrainingGoesOnAndFasterWithWarmth) {
  run("mixing");
  const auto time = column("mixing.table", "autocorrelation time"),
             size = column("mixing.table", "effective sample size"), agree = column("mixing.table", "R-hat");
  EXPECT_NEAR(time.begin()->second, 1, 0.1) << "small weights: every sweep is a fresh draw";
  EXPECT_GT(time.rbegin()->second, 20);
  EXPECT_GT(size.begin()->second, 10 * size.rbegin()->second);
  EXPECT_LT(agree.begin()->second, 1.01);
  EXPECT_GT(agree.rbegin()->second, agree.begin()->second);
  const auto warm = column("warmth", "autocorrelation time");
  double colder = 1e9;
  for (const auto& [temperature, sweeps] : warm) {
    EXPECT_LT(sweeps, colder) << temperature;
    colder = sweeps;
  }
  for (const char* figure : {"time", "agree", "warmer"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Family, AllAtOnceAMemoryEndsAtFixedPointsAndInCyclesOfTwoAndAWarmOneWhereItsEnergyHasSettled) {
  run("hopfield-recall");
  const auto fixed = column("at_once", "fixed points"), cycles = column("at_once", "cycles of two"),
             sweeps = column("settled", "sweeps"), right = column("settled", "units right");
  double cycling = 0;
  for (const auto& [noise, share] : fixed) {
    EXPECT_EQ(share + cycles.at(noise), 100) << noise << ": there is nothing else that they could do";
    cycling += cycles.at(noise);
  }
  EXPECT_EQ(cycles.at(0), 0);
  EXPECT_GT(cycling, 0);
  EXPECT_GT(right.at(0.1), 95);
  for (const auto& [noise, made] : sweeps) EXPECT_LT(made, 100) << "of 200";
  EXPECT_TRUE(drawn("ends"));
}

TEST_F(Family, MeanFieldIsNearExactMeansWhereCouplingsAreWeakAndFurtherTheStrongerTheyAre) {
  run("mean-field");
  const auto error = [&](const std::string& units, const std::string& sampler = "sampler.mean_field") {
    return column("machine[units=" + units + "].method[sampler=" + sampler + "].table", "error");
  };
  const auto binary = error("units.bernoulli"), spins = error("units.spin");
  EXPECT_LT(binary.at(10), 1e-3);
  EXPECT_GT(binary.at(0.3), 0.02);
  double colder = 1;
  for (const auto& [temperature, value] : binary) {
    EXPECT_LT(value, colder) << temperature;
    colder = value;
  }
  // Without fields exact means are 0; mean field takes a side once couplings exceed the temperature.
  EXPECT_LT(spins.at(10), 1e-4);
  EXPECT_GT(spins.at(0.3), 0.5);
  // To second order the error is of a higher power of the couplings, and symmetry breaks only where it is colder.
  for (const auto& [temperature, value] : error("units.bernoulli", "#2")) {
    EXPECT_LT(value, binary.at(temperature) / (temperature < 1 ? 1 : 5)) << temperature;
  }
  EXPECT_LT(error("units.spin", "#2").at(1), 1e-4);
  EXPECT_GT(spins.at(1), 0.1);
  // Draws come as near as one likes where the law is the machine's own: a hundred times the sweeps, a tenth of the
  // error within what twelve units tell of it. No nearer than their law where it is another.
  const auto gibbs = column("drawn[sampler=sampler.gibbs].error.table", "error"),
             parallel = column("drawn[sampler=sampler.parallel].error.table", "error");
  EXPECT_LT(gibbs.at(5000), gibbs.at(50) / 4);
  EXPECT_LT(gibbs.at(5000), 0.004);
  EXPECT_GT(parallel.at(5000), 3 * gibbs.at(5000));
  for (const char* figure : {"strength", "draws"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Family, AnnealingEndsInGroundStatesMoreOftenTheMoreSweepsItHasAndDescentDoesNot) {
  run("spin-glass");
  const auto annealed = column("way[sampler=#1].ends", "hit rate"),
             descended = column("way[sampler=#2].ends", "hit rate"), energy = column("way[sampler=#1].ends", "mean"),
             descents = column("way[sampler=#2].ends", "mean");
  // Of 500 chains a share has a deviation of at most 2.2 %.
  constexpr double deviations = 5 * 2.2 * 1.4142;
  EXPECT_GT(annealed.at(200), annealed.at(5) + deviations);
  EXPECT_GT(annealed.at(200), descended.at(200) + deviations);
  EXPECT_LT(energy.at(200), descents.at(200));
  EXPECT_EQ(descended.at(200), descended.at(100)) << "it is at its end long before";
  EXPECT_NEAR(column("way[sampler=#1].ends", "lowest").at(200), column("way[sampler=#1].ends", "ground state").at(200),
              1e-6);
  for (const char* figure : {"hits", "final_energy"}) EXPECT_TRUE(drawn(figure)) << figure;
}

}  // namespace
}  // namespace harmonium::testing
