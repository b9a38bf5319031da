#include "summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/certificate.hpp"
#include "harmonium/errors.hpp"
#include "one_row.hpp"

namespace harmonium {
namespace {

const std::vector<std::string> statistics = {
    "mean", "standard deviation", "standard error", "median", "minimum", "maximum", "n"};

/// Mean, standard deviation (of n - 1), standard error, median, minimum, maximum, n.
std::vector<double> describe_values(std::vector<double> values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / n;
  // Where all are the same their mean is them, which rounding may not know.
  if (std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); }))
    mean = values.front();
  for (const double value : values) squares += (value - mean) * (value - mean);
  // One value says nothing of its spread.
  const double deviation = values.size() > 1 ? std::sqrt(squares / (n - 1)) : std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {mean, deviation, deviation / std::sqrt(n), median, values.front(), values.back(), n};
}

/// A number made of several can be trusted no further than each: the first verdict against one of them, else the first
/// that there is.
std::string joint_verdict(const std::vector<const Table*>& tables) {
  std::string first;
  for (const Table* table : tables) {
    const std::string& verdict = table->rows[0].verdict;
    if (!trusted(verdict)) return verdict;
    if (first.empty()) first = verdict;
  }
  return first;
}

}  // namespace

void Summary::describe(NodeType<Summary>& type) {
  type.says(
          "What repeats of one measurement say together: for every column of tables of one row, its mean, standard "
          "deviation, standard error of the mean, median, minimum, maximum and the number of tables. Of one table the "
          "spread is not a number. Where one of the tables cannot be trusted, neither can what they say together.")
      .list_input<Table>("table", "Tables of one row with the same columns, as from 'replicate'.")
      .output<Table>("table", "A row for each statistic.");
  std::vector<std::string> choices = {"all"};
  choices.insert(choices.end(), statistics.begin(), statistics.end());
  type.parameter("statistic", &Summary::statistic)
      .one_of(std::move(choices))
      .says("All of them, or one: a table of one row again, which table.collect takes.");
  type.parameter("title", &Summary::title).says("What the table is about; else the title of the first table.");
}

Outputs Summary::run(const Inputs& inputs, Context&) const {
  const std::vector<const Table*> tables = one_row_tables(inputs, "table");
  if (tables.empty()) throw BadData("there are no tables to summarise");
  const Table& like = *tables[0];
  // Statistics as rows: the numbers of a column are then of one kind and one unit.
  Table summary{title.empty() ? like.title : title, "statistic", like.columns, like.units, {}};
  const std::string verdict = joint_verdict(tables);
  for (const std::string& each : statistics) summary.rows.push_back({each, {}, verdict});
  for (std::size_t c = 0; c < like.columns.size(); ++c) {
    std::vector<double> values;
    for (const Table* table : tables) values.push_back(table->rows[0].values.at(c));
    const std::vector<double> described = describe_values(std::move(values));
    for (std::size_t r = 0; r < described.size(); ++r) summary.rows[r].values.push_back(described[r]);
  }
  std::erase_if(summary.rows, [&](const Table::Row& row) { return statistic != "all" && row.label != statistic; });
  Outputs outputs;
  outputs.set("table", std::move(summary));
  return outputs;
}

}  // namespace harmonium
