#include "report/advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace harmonium::report {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

testing::Matcher<const Advice&> says(const std::string& part) { return Field(&Advice::text, HasSubstr(part)); }

/// A column by epoch.
using Curve = std::function<double(double epoch)>;

Table course(const std::vector<std::pair<std::string, Curve>>& curves) {
  Table table{"training", "epoch", {}, {}, {}};
  for (const auto& [name, curve] : curves) {
    table.columns.push_back(name);
    table.units.emplace_back();
  }
  for (int epoch = 1; epoch <= 30; ++epoch) {
    table.rows.push_back({std::to_string(epoch), {}});
    for (const auto& [name, curve] : curves) table.rows.back().values.push_back(curve(epoch));
  }
  return table;
}

TEST(Advice, IsGivenWhereWeightsGrowEverFaster) {
  EXPECT_THAT(advice_on_table(course({{"weight", [](double t) { return std::exp(t / 8); }}})),
              ElementsAre(says("weights grow ever faster")));
  // As they usually do, where they are small yet, and where they grew little.
  EXPECT_THAT(advice_on_table(course({{"weight", [](double t) { return 2 * std::sqrt(t); }}})), IsEmpty());
  EXPECT_THAT(advice_on_table(course({{"weight", [](double t) { return 0.01 * std::exp(t / 8); }}})), IsEmpty());
  EXPECT_THAT(advice_on_table(course({{"weight", [](double t) { return 5 + std::exp(t / 20); }}})), IsEmpty());
}

TEST(Advice, IsGivenWhereHeldOutRowsPartWhileReconstructionsGetBetter) {
  const Curve better = [](double t) { return 1 / t; }, worse = [](double t) { return t; };
  const Curve parting = [](double t) { return t / 5; }, steady = [](double) { return 3; };
  EXPECT_THAT(advice_on_table(course({{"reconstruction error", better}, {"free energy gap", parting}})),
              ElementsAre(says("6 nats above training rows")));
  EXPECT_THAT(advice_on_table(course({{"train", worse}, {"gap", parting}})), ElementsAre(says("it overfits")));
  EXPECT_THAT(advice_on_table(course({{"reconstruction error", worse}, {"free energy gap", parting}})), IsEmpty());
  EXPECT_THAT(advice_on_table(course({{"reconstruction error", better}, {"free energy gap", steady}})), IsEmpty());
}

TEST(Advice, IsGivenWhereChainsHaveNotMet) {
  EXPECT_THAT(advice_on_table(course({{"R-hat", [](double) { return 1.4; }}})), ElementsAre(says("R-hat is 1.4")));
  EXPECT_THAT(advice_on_table(course({{"R-hat", [](double) { return 1.01; }}})), IsEmpty());
  EXPECT_THAT(advice_on_table({}), IsEmpty());
}

TEST(Advice, IsGivenWhereManyUnitsAreAlwaysInOneState) {
  std::vector<float> units(20, 0.3F);
  EXPECT_THAT(advice_on_activity("hidden", units), IsEmpty());
  std::fill_n(units.begin(), 5, 0.001F);
  EXPECT_THAT(advice_on_activity("hidden", units), IsEmpty());
  units[5] = 0;
  EXPECT_THAT(advice_on_activity("hidden", units), ElementsAre(says("6 of 20 units of 'hidden' are almost never on")));
  for (float& unit : units) unit = 1 - unit;
  EXPECT_THAT(advice_on_activity("hidden", units), ElementsAre(says("6 of 20 units of 'hidden' are almost always on")));
}

}  // namespace
}  // namespace harmonium::report
