#include <gtest/gtest.h>

#include <cmath>

#include "loaded.hpp"

namespace harmonium::testing {
namespace {

Table one_row(double error, double loss) {
  return {"test", "", {"error", "loss"}, {"%", "nats"}, {{"", {error, loss}}}};
}

TEST(TableCollect, PutsTablesUnderEachOtherWithTheirLabels) {
  FakeInputs inputs;
  inputs.add("table", one_row(1, 10), "steps=1").add("table", one_row(2, 20), "steps=3");
  const Outputs outputs = run_loaded("table.collect", {}, inputs);
  const auto& all = get<Table>(outputs, "table");
  ASSERT_EQ(all.rows.size(), 2U);
  EXPECT_EQ(all.rows[1].label, "steps=3");
  EXPECT_EQ(all.rows[1].values, (std::vector<double>{2, 20}));
  EXPECT_EQ(all.columns, (std::vector<std::string>{"error", "loss"}));
  EXPECT_EQ(all.units, (std::vector<std::string>{"%", "nats"}));
}

TEST(TableCollect, TakesLabelsOfOnesOwn) {
  FakeInputs inputs;
  inputs.add("table", one_row(1, 10)).add("table", one_row(2, 20));
  const Outputs outputs =
      run_loaded("table.collect", {{"labels", list({std::string("pretrained"), std::string("random")})}}, inputs);
  EXPECT_EQ(get<Table>(outputs, "table").rows[0].label, "pretrained");
  Specs specs;
  specs.set<Table>("table", {});
  EXPECT_EQ(problems_of("table.collect", {{"labels", list({std::string("a"), std::string("b")})}}, specs),
            "with.labels: 2 labels for 1 tables\n");
}

TEST(TableCollect, TakesTheColumnsNamedOfTablesThatDifferAndAllRowsOfEach) {
  FakeInputs inputs;
  inputs.add("table", Table{"bounds", "model", {"bound", "loss"}, {"nats", ""}, {{"a", {1, 5}}, {"b", {2, 6}}}}, "two")
      .add("table", one_row(3, 7), "one")
      .add("table", Table{"x", "", {"loss", "rows"}, {"", ""}, {{"", {8, 100}}}}, "other");
  const Settings loss = {{"columns", list({std::string("loss")})}};
  EXPECT_EQ(message_of([&] { run_loaded("table.collect", loss, inputs); }),
            "the column 'loss' of table 'one' is in 'nats', that of a table before it in ''");
  FakeInputs fitting;
  fitting.add("table", Table{"bounds", "model", {"bound", "loss"}, {"", "nats"}, {{"a", {1, 5}}, {"b", {2, 6}}}}, "two")
      .add("table", one_row(3, 7), "one");
  const Outputs outputs = run_loaded("table.collect", loss, fitting);
  const auto& all = get<Table>(outputs, "table");
  EXPECT_EQ(all.columns, std::vector<std::string>{"loss"});
  EXPECT_EQ(all.units, std::vector<std::string>{"nats"});
  ASSERT_EQ(all.rows.size(), 3U);
  EXPECT_EQ(all.rows[0].label, "two, a");
  EXPECT_EQ(all.rows[1].values, std::vector<double>{6});
  EXPECT_EQ(all.rows[2].label, "one");
  EXPECT_EQ(all.rows[2].values, std::vector<double>{7});
  Settings unnamed = loss;
  unnamed.emplace_back("labels", list({std::string(""), std::string("c")}));
  const Outputs named = run_loaded("table.collect", unnamed, fitting);
  EXPECT_EQ(get<Table>(named, "table").rows[0].label, "a");
  EXPECT_EQ(get<Table>(named, "table").rows[2].label, "c");
  const Outputs both =
      run_loaded("table.collect", {{"columns", list({std::string("error"), std::string("bound")})}}, fitting);
  const auto& either = get<Table>(both, "table");
  EXPECT_EQ(either.columns, (std::vector<std::string>{"error", "bound"}));
  EXPECT_TRUE(std::isnan(either.rows[0].values[0]));
  EXPECT_EQ(either.rows[0].values[1], 1);
  EXPECT_EQ(either.rows[2].values[0], 3);
  EXPECT_TRUE(std::isnan(either.rows[2].values[1]));
  EXPECT_EQ(message_of([&] {
              run_loaded("table.collect", {{"columns", list({std::string("bound")})}}, fitting);
            }),
            "table 'one' has none of these columns: bound; it has error, loss");
}

TEST(TableCollect, KeepsLikelihoodsOfOtherRowsApart) {
  FakeInputs inputs;
  inputs.add("table", Table{"x", "", {"log-likelihood of drawn rows"}, {"nats"}, {{"", {-86}, "converged"}}}, "drawn")
      .add("table", Table{"x", "", {"log-likelihood of thresholded rows"}, {"nats"}, {{"", {-69}}}}, "cut")
      .add("table", Table{"x", "", {"log-likelihood of drawn rows"}, {"nats"}, {{"", {-87}}}}, "other");
  const Outputs outputs = run_loaded("table.collect", {{"columns", list({std::string("log-likelihood")})}}, inputs);
  const auto& all = get<Table>(outputs, "table");
  EXPECT_EQ(all.columns,
            (std::vector<std::string>{"log-likelihood of drawn rows", "log-likelihood of thresholded rows"}));
  ASSERT_EQ(all.rows.size(), 3U);
  EXPECT_EQ(all.rows[0].verdict, "converged");
  EXPECT_EQ(all.rows[0].values[0], -86);
  EXPECT_TRUE(std::isnan(all.rows[0].values[1]));
  EXPECT_TRUE(std::isnan(all.rows[1].values[0]));
  EXPECT_EQ(all.rows[1].values[1], -69);
  EXPECT_EQ(all.rows[2].values[0], -87);
}

TEST(TableCollect, TakesNoColumnForOneWhoseNameGoesOnOtherwise) {
  FakeInputs inputs;
  inputs.add("table", Table{"x", "", {"log Z", "error of log Z"}, {"nats", "nats"}, {{"", {4, 0.1}}}}, "sure");
  EXPECT_EQ(message_of([&] {
              run_loaded("table.collect", {{"columns", list({std::string("error")})}}, inputs);
            }),
            "no table has a column 'error'");
}

TEST(TableCollect, SortsByAColumnAmongThoseThatCanBeTrusted) {
  FakeInputs inputs;
  const auto one = [](double value, const char* verdict) {
    return Table{"x", "", {"log-likelihood"}, {"nats"}, {{"", {value}, verdict}}};
  };
  inputs.add("table", one(-1, "not converged: 2 runs of 100 count"), "doubtful")
      .add("table", one(-90, "converged"), "low")
      .add("table", one(-80, ""), "high")
      .add("table", one(-85, "exact"), "middle");
  const Outputs outputs = run_loaded("table.collect", {{"best_first", "log-likelihood"}}, inputs);
  std::vector<std::string> order;
  for (const auto& row : get<Table>(outputs, "table").rows) order.push_back(row.label);
  EXPECT_EQ(order, (std::vector<std::string>{"high", "middle", "low", "doubtful"}));
  // Of two kinds of rows each by itself.
  FakeInputs kinds;
  const auto of = [](const char* rows, double value) {
    return Table{"x", "", {std::string("log-likelihood of ") + rows + " rows"}, {"nats"}, {{"", {value}}}};
  };
  kinds.add("table", of("drawn", -90), "a").add("table", of("thresholded", -70), "b");
  kinds.add("table", of("drawn", -80), "c").add("table", of("thresholded", -60), "d");
  const Outputs apart = run_loaded(
      "table.collect", {{"columns", list({std::string("log-likelihood")})}, {"best_first", "log-likelihood"}}, kinds);
  std::string labels;
  for (const auto& row : get<Table>(apart, "table").rows) labels += row.label;
  EXPECT_EQ(labels, "cadb");
  EXPECT_EQ(message_of([&] {
              run_loaded("table.collect", {{"best_first", "error"}}, inputs);
            }),
            "there is no column 'error' to sort by; there are log-likelihood");
}

TEST(TableCollect, RefusesTablesOfOtherColumnsAndASummarySeveralRows) {
  FakeInputs inputs;
  inputs.add("table", one_row(1, 10), "a").add("table", Table{"x", "", {"energy"}, {"nats"}, {{"", {1}}}}, "b");
  EXPECT_EQ(
      message_of([&] { run_loaded("table.collect", {}, inputs); }),
      "table 'b' has the columns energy, but table 'a' has error, loss: only tables of the same columns and units "
      "can be put together");
  FakeInputs several;
  several.add("table", Table{"x", "epoch", {"energy"}, {"nats"}, {{"1", {1}}, {"2", {2}}}}, "course");
  EXPECT_EQ(message_of([&] { run_loaded("table.summary", {}, several); }),
            "table 'course' has 2 rows; only tables of one row can be put together");
}

double statistic_of(const Table& summary, const std::string& statistic, std::size_t column = 0) {
  for (const Table::Row& row : summary.rows)
    if (row.label == statistic) return row.values.at(column);
  throw std::logic_error("no row " + statistic);
}

TEST(TableSummary, GivesMeanSpreadMedianAndRangeOfEveryColumn) {
  FakeInputs inputs;
  for (const double error : {4.0, 1.0, 3.0, 2.0}) inputs.add("table", one_row(error, 7));
  const Outputs outputs = run_loaded("table.summary", {}, inputs);
  const auto& summary = get<Table>(outputs, "table");
  EXPECT_EQ(summary.columns[0], "error");
  EXPECT_DOUBLE_EQ(statistic_of(summary, "mean"), 2.5);
  EXPECT_DOUBLE_EQ(statistic_of(summary, "standard deviation"), std::sqrt(5.0 / 3));
  EXPECT_DOUBLE_EQ(statistic_of(summary, "standard error"), std::sqrt(5.0 / 12));
  EXPECT_DOUBLE_EQ(statistic_of(summary, "median"), 2.5);
  EXPECT_DOUBLE_EQ(statistic_of(summary, "minimum"), 1);
  EXPECT_DOUBLE_EQ(statistic_of(summary, "maximum"), 4);
  EXPECT_DOUBLE_EQ(statistic_of(summary, "n"), 4);
  EXPECT_DOUBLE_EQ(statistic_of(summary, "standard deviation", 1), 0);
  const Outputs one = run_loaded("table.summary", {{"statistic", "mean"}}, inputs);
  ASSERT_EQ(get<Table>(one, "table").rows.size(), 1U);
  EXPECT_DOUBLE_EQ(statistic_of(get<Table>(one, "table"), "mean"), 2.5);
}

TEST(TableSummary, CanBeTrustedNoFurtherThanEachOfItsTables) {
  const auto verdict = [](const std::vector<std::string>& verdicts) {
    FakeInputs inputs;
    for (const std::string& each : verdicts)
      inputs.add("table", Table{"x", "", {"log-likelihood"}, {"nats"}, {{"", {-86}, each}}});
    const Outputs outputs = run_loaded("table.summary", {{"statistic", "mean"}}, inputs);
    return get<Table>(outputs, "table").rows.at(0).verdict;
  };
  const std::string doubtful = "not converged: 2 runs of 100 count";
  EXPECT_EQ(verdict({"converged", doubtful, "exact"}), doubtful);
  EXPECT_EQ(verdict({"", "converged", "converged"}), "converged");
  EXPECT_EQ(verdict({"", ""}), "");
}

TEST(TableSummary, TheMedianOfThreeIsTheMiddleOne) {
  FakeInputs inputs;
  for (const double error : {9.0, 1.0, 2.0}) inputs.add("table", one_row(error, 0));
  EXPECT_DOUBLE_EQ(statistic_of(get<Table>(run_loaded("table.summary", {}, inputs), "table"), "median"), 2);
}

TEST(TableSummary, OfOneTableTheSpreadIsNotANumber) {
  FakeInputs inputs;
  inputs.add("table", one_row(3, 0));
  const Outputs outputs = run_loaded("table.summary", {}, inputs);
  EXPECT_TRUE(std::isnan(statistic_of(get<Table>(outputs, "table"), "standard error")));
  EXPECT_DOUBLE_EQ(statistic_of(get<Table>(outputs, "table"), "median"), 3);
}

}  // namespace
}  // namespace harmonium::testing
