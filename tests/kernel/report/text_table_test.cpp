#include "report/text_table.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace harmonium::report {
namespace {

TEST(TextTable, AlignsTextLeftAndNumbersRight) {
  TextTable table({{"name", false}, {"n", true}});
  table.row({"a", "1"});
  table.row({"longer", "100"});
  table.row({"naïve"});
  EXPECT_EQ(table.text(), "name      n\na         1\nlonger  100\nnaïve\n");
}

TEST(TextTable, WithoutHeadingsHasNoLineOfThem) {
  TextTable table({{"", false}, {"", false}});
  table.row({"a", "b"});
  EXPECT_EQ(table.text(), "a  b\n");
}

TEST(TextOfATable, ShowsTitleUnitsAndAsManyDecimalsAsAColumnNeeds) {
  Table table;
  table.title = "test error";
  table.rows_are = "model";
  table.columns = {"error", "rows", "small"};
  table.units = {"%", "", "nats"};
  table.rows = {{"fine-tuned", {2.25, 360, 0.00123}}, {"random", {14.111, 360, 0.5}}};
  EXPECT_EQ(text_of(table),
            "test error\n"
            "model       error (%)  rows  small (nats)\n"
            "fine-tuned       2.25   360        0.0012\n"
            "random          14.11   360        0.5000\n");
}

TEST(TextOfATable, EndsWithVerdictsWhereRowsHaveThem) {
  Table table;
  table.columns = {"log Z"};
  table.units = {"nats"};
  table.rows = {{"", {12.5}, "converged"}, {"", {}, "not converged: 2 runs of 100 count"}};
  EXPECT_EQ(text_of(table),
            "log Z (nats)  verdict\n"
            "       12.50  converged\n"
            "              not converged: 2 runs of 100 count\n");
  EXPECT_EQ(json_of(table)["rows"][1]["verdict"], "not converged: 2 runs of 100 count");
  table.rows = {{"", {12.5}}};
  EXPECT_FALSE(json_of(table)["rows"][0].contains("verdict"));
}

TEST(TextOfATable, SurvivesOddNumbersAndShortRows) {
  Table table;
  table.columns = {"a", "b"};
  table.units = {"", ""};
  table.rows = {{"", {std::numeric_limits<double>::quiet_NaN(), 1e-12}}, {"", {1e300}}};
  EXPECT_EQ(text_of(table), "     a      b\n     -  1e-12\n1e+300\n");
}

}  // namespace
}  // namespace harmonium::report
