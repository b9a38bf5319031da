#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "shell.hpp"

namespace harmonium::testing {

/// Runs a pipeline that ships; its results are read from its folder.
class Family : public ::testing::Test {
 protected:
  void run(const std::string& name) {
    const Shell::Ran ran =
        shell("harmonium run " HARMONIUM_SOURCE "/pipelines/" + name + ".yaml --quiet --out results");
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  /// A heading may go on with the rows that were measured and with a unit: "log-likelihood of drawn rows (nats)".
  static bool is_called(const std::string& heading, const std::string& name) {
    return heading == name || heading.starts_with(name + " (") || heading.starts_with(name + " of ");
  }
  /// What the first row of a table says at its end.
  std::string verdict(const std::string& table) const {
    std::istringstream text(content_of(shell.path() / "results" / (table + ".csv")));
    std::string line;
    std::getline(text, line);
    EXPECT_TRUE(line.ends_with(",verdict")) << table << " has no verdicts: " << line;
    std::getline(text, line);
    const bool quoted = line.ends_with('"');
    return quoted ? line.substr(line.rfind(",\"") + 2) : line.substr(line.rfind(',') + 1);
  }
  /// A column of a table, by the numbers at the end of the rows' labels.
  std::map<double, double> column(const std::string& table, const std::string& name) const {
    std::ifstream file(shell.path() / "results" / (table + ".csv"));
    std::string line;
    std::getline(file, line);
    const auto cells = [](const std::string& text) {
      std::vector<std::string> all;
      std::istringstream stream(text);
      for (std::string cell; std::getline(stream, cell, ',');) all.push_back(cell);
      return all;
    };
    const auto names = cells(line);
    std::size_t at = 0;
    while (at < names.size() && !is_called(names[at], name)) ++at;
    EXPECT_LT(at, names.size()) << table << " has no column " << name;
    std::map<double, double> values;
    while (at < names.size() && std::getline(file, line)) {
      const auto row = cells(line);
      values[std::stod(row[0].substr(row[0].find_last_of("= ") + 1))] = std::stod(row.at(at));
    }
    EXPECT_FALSE(values.empty()) << table;
    return values;
  }
  /// A number in a table of one row.
  double value(const std::string& table, const std::string& name) const {
    std::ifstream file(shell.path() / "results" / (table + ".csv"));
    std::string names, values, cell;
    std::getline(file, names);
    std::getline(file, values);
    std::istringstream of_names(names), of_values(values);
    for (std::string number; std::getline(of_names, cell, ',') && std::getline(of_values, number, ',');)
      if (is_called(cell, name)) return std::stod(number);
    ADD_FAILURE() << table << " has no column " << name;
    return 0;
  }
  /// Of the errors of an evaluator over the splits, the mean; pipelines give the median.
  double mean_error(const std::string& evaluator, int splits) const {
    double sum = 0;
    for (int split = 1; split <= splits; ++split)
      sum += value("trial[split=" + std::to_string(split) + "]." + evaluator + ".table", "error");
    return sum / splits;
  }
  bool drawn(const std::string& figure) const {
    return content_of(shell.path() / "results" / (figure + ".png")).starts_with("\x89PNG\r\n\x1a\n");
  }
  Shell shell;
};

}  // namespace harmonium::testing
