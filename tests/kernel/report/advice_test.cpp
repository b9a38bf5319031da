#include "report/advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace harmonium::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
  EXPECT_THAT(advice_on_course(course({{"weight", [](double t) { return std::exp(t / 8); }}})),
              ElementsAre(HasSubstr("weights grow ever faster")));
  // As they usually do, and where they are small yet.
  EXPECT_THAT(advice_on_course(course({{"weight", [](double t) { return 2 * std::sqrt(t); }}})), IsEmpty());
  EXPECT_THAT(advice_on_course(course({{"weight", [](double t) { return 0.01 * std::exp(t / 8); }}})), IsEmpty());
}

TEST(Advice, IsGivenWhereHeldOutRowsPartWhileReconstructionsGetBetter) {
  const Curve better = [](double t) { return 1 / t; }, worse = [](double t) { return t; };
  const Curve parting = [](double t) { return t / 5; }, steady = [](double) { return 3; };
  EXPECT_THAT(advice_on_course(course({{"reconstruction error", better}, {"free energy gap", parting}})),
              ElementsAre(HasSubstr("6 nats above training rows")));
  EXPECT_THAT(advice_on_course(course({{"train", worse}, {"gap", parting}})), ElementsAre(HasSubstr("it overfits")));
  EXPECT_THAT(advice_on_course(course({{"reconstruction error", worse}, {"free energy gap", parting}})), IsEmpty());
  EXPECT_THAT(advice_on_course(course({{"reconstruction error", better}, {"free energy gap", steady}})), IsEmpty());
}

TEST(Advice, IsGivenWhereChainsHaveNotMet) {
  EXPECT_THAT(advice_on_course(course({{"R-hat", [](double) { return 1.4; }}})),
              ElementsAre(HasSubstr("R-hat is 1.4")));
  EXPECT_THAT(advice_on_course(course({{"R-hat", [](double) { return 1.01; }}})), IsEmpty());
  EXPECT_THAT(advice_on_course({}), IsEmpty());
}

TEST(Advice, IsGivenWhereManyUnitsAreAlwaysInOneState) {
  std::vector<float> units(20, 0.3F);
  EXPECT_THAT(advice_on_activity("hidden", units), IsEmpty());
  std::fill_n(units.begin(), 5, 0.001F);
  EXPECT_THAT(advice_on_activity("hidden", units), IsEmpty());
  units[5] = 0;
  EXPECT_THAT(advice_on_activity("hidden", units),
              ElementsAre(HasSubstr("6 of 20 units of 'hidden' are almost never on")));
  for (float& unit : units) unit = 1 - unit;
  EXPECT_THAT(advice_on_activity("hidden", units),
              ElementsAre(HasSubstr("6 of 20 units of 'hidden' are almost always on")));
}

}  // namespace
}  // namespace harmonium::report
