#include "family.hpp"

#include <gtest/gtest.h>

#include <cmath>

/// The pipelines of the family's systems: each has the outcome that the literature says.
namespace harmonium::testing {
namespace {

TEST_F(Family, AHopfieldNetworkRecallsFromNoiseAndFromAPart) {
  run("hopfield-recall");
  const auto noise = column("from_noise", "recalled"), part = column("from_part", "units right");
  EXPECT_EQ(noise.at(0), 100);
  EXPECT_GE(noise.at(0.1), 95);
  EXPECT_LE(noise.at(0.5), 20);
  EXPECT_GE(part.at(0.4), 95);
  EXPECT_GT(part.at(0.4), part.at(0.05));
  // Warmth costs memory.
  EXPECT_GT(column("warm[temperature=2]", "units right").at(0.1), 95);
  EXPECT_LT(column("warm[temperature=8]", "units right").at(0.1), 80);
  const auto energy = column("descent", "mean");
  for (double sweep = 1; sweep <= 8; ++sweep) EXPECT_LE(energy.at(sweep), energy.at(sweep - 1));
  for (const char* figure : {"noise", "part", "energy"}) EXPECT_TRUE(drawn(figure)) << figure;
}

TEST_F(Family, UnlearningHoldsAsManyPatternsAsUnitsWhereHebbsRuleHoldsASeventh) {
  run("hopfield-capacity");
  const auto hebb = column("way[minus=nothing].table", "recalled");
  EXPECT_EQ(hebb.at(4), 100);
  EXPECT_LE(hebb.at(15), 50);
  EXPECT_EQ(column("way[minus=#3].table", "recalled").at(50), 100);
  for (const char* way : {"valleys", "neighbourhood"})
    EXPECT_EQ(column(std::string("way[minus=") + way + "].table", "recalled").at(30), 100) << way;
  EXPECT_GT(column("way[minus=nothing].minima", "parasitic").at(10), 0);
  // Ten hidden units more hold ten patterns more, and mostly fall into place where the others are seen.
  EXPECT_EQ(column("with_hidden", "recalled").at(60), 100);
  EXPECT_GE(column("from_seen_units", "recalled").at(50), 90);
  EXPECT_GE(column("from_seen_units", "units right").at(60), 97);
  EXPECT_TRUE(drawn("capacity"));
}

TEST_F(Family, AnnealingEndsLowerInASpinGlassThanDescentAndReachesTheExactGroundState) {
  run("spin-glass");
  const double annealed = column("annealed", "mean").at(200), descended = column("descended", "mean").at(200);
  EXPECT_LT(annealed, descended);
  // At a temperature of 0.05 the internal energy is that of the ground state but for exp(-gap / T).
  EXPECT_NEAR(column("annealed", "lowest").at(200), column("exact.table", "internal energy").at(0.05), 0.05);
  const auto u = column("exact.table", "internal energy"), h = column("exact.table", "entropy"),
             f = column("exact.table", "free energy");
  for (const auto& [temperature, energy] : u)
    EXPECT_NEAR(f.at(temperature), energy - temperature * h.at(temperature), 1e-6);
  EXPECT_TRUE(drawn("thermodynamics"));
}

TEST_F(Family, ABoltzmannMachineLearnsParityOnlyWithHiddenUnits) {
  run("boltzmann-parity");
  const auto sampled = column("by_sampling", "log-likelihood"), exact = column("by_adding_up", "log-likelihood");
  EXPECT_NEAR(exact.at(0), -3 * std::log(2.0), 1e-3);
  EXPECT_NEAR(sampled.at(0), -3 * std::log(2.0), 0.01);
  EXPECT_GT(exact.at(4), -2.1 * std::log(2.0));
  EXPECT_GT(sampled.at(4), -2.4 * std::log(2.0));
  EXPECT_LE(exact.at(4), -2 * std::log(2.0));
  EXPECT_TRUE(drawn("learned"));
}

TEST_F(Family, AModelShowsWhatIsSampledTogetherAndWhatIsExact) {
  shell.write("models.yaml", R"(harmonium: 1
nodes:
  rows: {use: reader.parity, with: {bits: 6}}
  rbm: {use: model.rbm, in: rows, with: {hidden: 3}}
  half: {use: model.semi-restricted, in: rows, with: {hidden: 3}}
  deep: {use: model.dbm, in: rows, with: {hidden: [4, 3]}}
)");
  const auto described = [&](const std::string& node) { return shell("harmonium model models.yaml " + node); };
  const Shell::Ran rbm = described("rbm"), half = described("half"), deep = described("deep");
  const auto has = [](const Shell::Ran& ran, const std::string& text) {
    return ran.status == 0 && ran.out.find(text) != std::string::npos;
  };
  EXPECT_TRUE(has(rbm, "free energy of visible states  exact")) << rbm.out << rbm.err;
  EXPECT_TRUE(has(half, "in turn 1, unit by unit")) << half.out;
  EXPECT_TRUE(has(half, "within visible")) << half.out;
  EXPECT_TRUE(has(half, "p(hidden | visible)            exact")) << half.out;
  EXPECT_TRUE(has(deep, "free energy of visible states  not exact")) << deep.out;
  EXPECT_TRUE(has(deep, "hidden2      3")) << deep.out;
  const Shell::Ran none = described("rows");
  EXPECT_EQ(none.status, 64);
  EXPECT_EQ(none.err, "harmonium: node 'rows' makes no model\n");
}

TEST_F(Family, WithoutAFreePhaseWeightsStayAtZeroOrGrowByTheSameEveryEpoch) {
  run("positive-phase");
  const auto zero = column("from_zero", "weight"), alone = column("from_small", "weight"),
             both = column("with_free", "weight");
  EXPECT_EQ(zero.at(400), 0);
  for (double epoch = 300; epoch <= 400; ++epoch) EXPECT_NEAR(alone.at(epoch) - alone.at(epoch - 1), 0.1, 1e-3);
  EXPECT_LT(both.at(400), 5);
  EXPECT_LT(both.at(400) - both.at(300), 1);
}

}  // namespace
}  // namespace harmonium::testing
