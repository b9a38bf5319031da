#include <gtest/gtest.h>

#include <set>

#include "plugins/trainers/trainer_kernel.hpp"

/// reader.table, reader.patterns, reader.bars_and_stripes, reader.parity.
namespace harmonium::testing {
namespace {

Dataset read(const std::string& type, const Settings& settings) {
  FakeContext context;
  return get<Dataset>(run_registered(type, settings, FakeInputs(), context), "data");
}

std::vector<std::string> problems(const std::string& type, const Settings& settings) {
  Specs out;
  registered(type, settings)->outputs({}, out);
  std::vector<std::string> all;
  for (const auto& problem : out.problems()) all.push_back(problem.where + ": " + problem.message);
  return all;
}

TEST(WrittenTable, IsWhatItSays) {
  const Settings settings = {{"rows", list({"1 -1  1", "-1, +1, 0.5e1"})}};
  EXPECT_EQ(as_rows(read("reader.table", settings)), (std::vector<std::vector<double>>{{1, -1, 1}, {-1, 1, 5}}));
  Specs out;
  registered("reader.table", settings)->outputs({}, out);
  EXPECT_EQ(out.get<Dataset>("data").rows, 2);
  EXPECT_EQ(out.get<Dataset>("data").parts[0].width, 3);
}

TEST(WrittenTable, SaysWhichRowIsWrong) {
  EXPECT_EQ(problems("reader.table", {{"rows", list({"1 2", "1 2 3", "1 x"})}}),
            (std::vector<std::string>{"with.rows.2: the row has 3 numbers, the first one has 2",
                                      "with.rows.3: 'x' is no number"}));
  EXPECT_EQ(problems("reader.table", {{"rows", list({})}}),
            (std::vector<std::string>{"with.rows: at least one row is needed"}));
  EXPECT_EQ(problems("reader.table", {{"rows", list({"1 2 3"})}, {"shape", list({std::int64_t{2}, std::int64_t{2}})}}),
            (std::vector<std::string>{"with.shape: a shape of 2 x 2 is not one of 3 numbers"}));
}

TEST(WrittenTable, SaysHowOftenItsRowsCountWhereThatIsGiven) {
  const Settings settings = {{"rows", list({"0 1", "1 0"})}, {"frequencies", list({0.25, 3.0})}};
  const Tensor counts = all_rows(read("reader.table", settings), "frequency");
  EXPECT_EQ(std::vector<float>(counts.data<float>(), counts.data<float>() + counts.size()),
            (std::vector<float>{0.25F, 3}));
  EXPECT_EQ(as_rows(read("reader.table", settings)), (std::vector<std::vector<double>>{{0, 1}, {1, 0}}));
  Specs out;
  registered("reader.table", settings)->outputs({}, out);
  ASSERT_EQ(out.get<Dataset>("data").parts.size(), 2U);
  EXPECT_EQ(out.get<Dataset>("data").part("frequency").width, 1);
  EXPECT_EQ(problems("reader.table", {{"rows", list({"0 1", "1 0"})}, {"frequencies", list({1.0})}}),
            (std::vector<std::string>{"with.frequencies: 1 frequencies for 2 rows"}));
}

TEST(Patterns, AreOnAsOftenAsTheyShouldBe) {
  for (const bool spins : {false, true}) {
    const auto rows = as_rows(read(
        "reader.patterns", {{"count", std::int64_t{200}}, {"size", std::int64_t{50}}, {"on", 0.3}, {"spins", spins}}));
    double on = 0;
    for (const auto& row : rows)
      for (const double value : row) {
        EXPECT_TRUE(value == 1 || value == (spins ? -1 : 0));
        on += value == 1;
      }
    // Five standard errors of a share among 10,000.
    EXPECT_NEAR(on / 10000, 0.3, 5 * std::sqrt(0.3 * 0.7 / 10000));
  }
}

TEST(BarsAndStripes, AreAllImagesOfFullRowsOrOfFullColumns) {
  const auto rows = as_rows(read("reader.bars_and_stripes", {{"side", std::int64_t{3}}}));
  ASSERT_EQ(rows.size(), 16U);
  // Of two kinds eight each, of which the blank and the full one are the same.
  EXPECT_EQ(std::set<std::vector<double>>(rows.begin(), rows.end()).size(), 14U);
  for (const auto& image : rows) {
    bool bars = true, stripes = true;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) {
        bars = bars && image[3 * i + j] == image[3 * i];
        stripes = stripes && image[3 * i + j] == image[j];
      }
    EXPECT_TRUE(bars || stripes);
  }
}

TEST(Parity, IsEveryRowWithAnEvenOrOddNumberOn) {
  for (const bool odd : {false, true}) {
    const auto rows = as_rows(read("reader.parity", {{"bits", std::int64_t{4}}, {"odd", odd}}));
    EXPECT_EQ(std::set<std::vector<double>>(rows.begin(), rows.end()).size(), 8U);
    for (const auto& row : rows) {
      int on = 0;
      for (const double bit : row) on += bit == 1;
      EXPECT_EQ(on % 2, odd ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace harmonium::testing
