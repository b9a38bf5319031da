#include "harmonium/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "kernel/numerics/thread_count.hpp"
#include "numerics/instruction_sets.hpp"

namespace harmonium {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesItsPublishedVectors) {
  // Random123 1.14, tests/kat_vectors.
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(philox4x32({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

/// The draw at one place by the definition in the header.
float uniform_by_definition(const Stream& stream, std::uint64_t row, std::uint64_t column) {
  const auto low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
  const auto words = philox4x32(
      {low(stream.step), low(stream.step >> 32), low(stream.first_row + row), low((stream.first_column + column) / 4)},
      {low(stream.key), low(stream.key >> 32)});
  return (static_cast<float>(words[column % 4] >> 9) + 0.5f) / 8388608.0f;
}

class RandomOnEveryInstructionSet : public testing::TestWithParam<std::string> {
 protected:
  RandomOnEveryInstructionSet() { use_instruction_set(GetParam()); }
  ~RandomOnEveryInstructionSet() override { use_instruction_set(instruction_sets().back()); }
};
INSTANTIATE_TEST_SUITE_P(, RandomOnEveryInstructionSet, testing::ValuesIn(instruction_sets()),
                         [](const auto& which) { return which.param; });

TEST_P(RandomOnEveryInstructionSet, UniformIsItsDefinitionAtEveryPlace) {
  const Stream stream{0x0123456789abcdef, 0xfedcba9876543210, 4294967290U, 4 * 2147483640ULL};
  for (const Index columns : {1, 3, 4, 5, 63, 64, 65, 200, 1000}) {
    std::vector<float> values(static_cast<std::size_t>(3 * columns));
    const View<float> out(values.data(), 3, columns);
    uniform(stream, out);
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < columns; ++j)
        ASSERT_EQ(out(i, j),
                  uniform_by_definition(stream, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(j)));
  }
}

TEST_P(RandomOnEveryInstructionSet, DrawsAreWhereTheyAreWhateverElseIsDrawn) {
  const Stream stream{42, 3, 100, 8};
  const Index rows = 90, columns = 333;
  for (const auto draw : {uniform, normal}) {
    std::vector<float> whole(static_cast<std::size_t>(rows * columns));
    draw(stream, View<float>(whole.data(), rows, columns));
    for (const int count : {1, 2}) {
      const ThreadCount team(count);
      std::vector<float> part(200 * 200);
      const View<float> piece(part.data(), 40, 101, 177);
      draw(stream.rows_from(11).columns_from(20), piece);
      for (Index i = 0; i < piece.rows; ++i)
        for (Index j = 0; j < piece.columns; ++j)
          ASSERT_EQ(piece(i, j), whole[static_cast<std::size_t>((i + 11) * columns + j + 20)]);
    }
  }
}

TEST_P(RandomOnEveryInstructionSet, MomentsAreThoseOfTheDistributions) {
  const Index rows = 1000, columns = 1000;
  const double n = 1e6;
  std::vector<float> values(static_cast<std::size_t>(rows * columns));
  const View<float> out(values.data(), rows, columns);
  const auto moment = [&](int power, double about) {
    double sum = 0;
    for (const float value : values) sum += std::pow(static_cast<double>(value) - about, power);
    return sum / n;
  };
  // Bounds: five standard errors, the root of (E x^2p - (E x^p)^2) / n.
  uniform({7, 0, 0, 0}, out);
  EXPECT_NEAR(moment(1, 0.5), 0, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(moment(2, 0.5), 1.0 / 12, 5 * std::sqrt((1.0 / 80 - 1.0 / 144) / n));
  EXPECT_GT(*std::min_element(values.begin(), values.end()), 0);
  EXPECT_LT(*std::max_element(values.begin(), values.end()), 1);
  normal({7, 1, 0, 0}, out);
  EXPECT_NEAR(moment(1, 0), 0, 5 * std::sqrt(1 / n));
  EXPECT_NEAR(moment(2, 0), 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(moment(3, 0), 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(moment(4, 0), 3, 5 * std::sqrt(96 / n));
  double pairs = 0;
  for (std::size_t i = 0; i < values.size(); i += 2) pairs += static_cast<double>(values[i] * values[i + 1]);
  EXPECT_NEAR(pairs / (n / 2), 0, 5 * std::sqrt(1 / (n / 2)));
  // Phi(1) = 0.841345, Phi(-3) = 0.0013499
  const auto below = [&](float x) {
    return static_cast<double>(std::count_if(values.begin(), values.end(), [&](float v) { return v < x; })) / n;
  };
  for (const auto& [x, p] : {std::pair{1.0f, 0.8413447}, {-3.0f, 0.0013499}, {0.0f, 0.5}})
    EXPECT_NEAR(below(x), p, 5 * std::sqrt(p * (1 - p) / n));
}

TEST_P(RandomOnEveryInstructionSet, NormalIsBoxAndMullersTransform) {
  const Stream stream{5, 6, 7, 0};
  std::vector<float> values(4 * 70);
  const View<float> out(values.data(), 4, 70);
  normal(stream, out);
  for (Index i = 0; i < out.rows; ++i)
    for (Index j = 0; j < out.columns; ++j) {
      const auto words =
          philox4x32({6, 0, static_cast<std::uint32_t>(7 + i), static_cast<std::uint32_t>(j / 4)}, {5, 0});
      const auto first = static_cast<std::size_t>(j % 4 / 2 * 2);
      const double radius = std::sqrt(-2 * std::log(((words[first] >> 1) + 0.5) / 2147483648.0));
      const double angle = 2 * std::acos(-1.0) * (((words[first + 1] >> 9) + 0.5) / 8388608.0 - 0.5);
      EXPECT_NEAR(out(i, j), j % 2 == 0 ? radius * std::cos(angle) : radius * std::sin(angle), 3e-6);
    }
}

TEST(Stream, PurposesStepsAndHighRowsAreDifferentPlaces) {
  const Stream stream{1, 2, 3, 0};
  const std::vector<Stream> streams{stream,
                                    stream.purpose("visible"),
                                    stream.purpose("hidden"),
                                    stream.purpose("visible").purpose("hidden"),
                                    stream.at(3),
                                    stream.at(2 + (1ULL << 32)),
                                    stream.rows_from(1),
                                    stream.rows_from(1ULL << 32),
                                    stream.columns_from(4)};
  std::set<float> first;
  for (const Stream& each : streams) {
    float value = 0;
    uniform(each, View<float>(&value, 1, 1));
    first.insert(value);
  }
  EXPECT_EQ(first.size(), streams.size());
  EXPECT_EQ(stream.purpose("visible").key, stream.purpose("visible").key);
}

TEST(Stream, RefusesAColumnWithinABlock) {
  float value = 0;
  EXPECT_THROW(uniform({1, 0, 0, 2}, View<float>(&value, 1, 1)), std::logic_error);
  EXPECT_THROW(uniform({1, 0, 0, 1ULL << 34}, View<float>(&value, 1, 1)), std::logic_error);
}

TEST(Permutation, HoldsEveryNumberOnce) {
  for (const Index size : {0, 1, 2, 10, 10000}) {
    std::vector<Index> order(static_cast<std::size_t>(size));
    permutation({9, 1, 0, 0}, order);
    std::vector<Index> again(order.size());
    permutation({9, 1, 0, 0}, again);
    EXPECT_EQ(order, again);
    std::sort(order.begin(), order.end());
    for (Index i = 0; i < size; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
  }
}

TEST(Permutation, IsUniformOverAllOrders) {
  const int draws = 48000;
  std::map<std::vector<Index>, int> counts;
  std::vector<Index> order(4);
  for (int step = 0; step < draws; ++step) {
    permutation(Stream{77, 0, 0, 0}.at(static_cast<std::uint64_t>(step)), order);
    ++counts[order];
  }
  ASSERT_EQ(counts.size(), 24U);
  double chi_square = 0;
  for (const auto& [which, count] : counts) chi_square += std::pow(count - draws / 24.0, 2) / (draws / 24.0);
  // 23 degrees of freedom: mean 23, standard deviation sqrt(46); five of them above the mean.
  EXPECT_LT(chi_square, 23 + 5 * std::sqrt(46.0));
}

TEST(UniformInteger, IsUniformBelowItsBoundAtEveryPlace) {
  const std::uint64_t bound = 10;
  const int draws = 100000;
  std::vector<int> counts(bound);
  for (int row = 0; row < draws; ++row) {
    const auto value =
        uniform_integer(Stream{5, 1, 0, 0}.rows_from(static_cast<std::uint64_t>(row)).columns_from(3), bound);
    ASSERT_LT(value, bound);
    ++counts[value];
  }
  double chi_square = 0;
  for (const int count : counts) chi_square += std::pow(count - draws / 10.0, 2) / (draws / 10.0);
  EXPECT_LT(chi_square, 9 + 5 * std::sqrt(18.0));
  EXPECT_EQ(uniform_integer({5, 1, 0, 0}, 1), 0U);
  EXPECT_THROW(uniform_integer({5, 1, 0, 0}, 0), std::logic_error);
}

TEST(UniformInteger, RejectsWhatWouldFavourSmallNumbers) {
  // Of 2^64 words a bound of 3/4 of them must reject a quarter: Lemire's products without rejection hit every third
  // number twice as often as the others.
  const std::uint64_t bound = (1ULL << 63) + (1ULL << 62);
  const int draws = 30000;
  int low = 0;
  for (int step = 0; step < draws; ++step)
    low += uniform_integer(Stream{6, 0, 0, 0}.at(static_cast<std::uint64_t>(step)), bound) % 3 == 0;
  EXPECT_NEAR(low / static_cast<double>(draws), 1.0 / 3, 5 * std::sqrt(2.0 / 9 / draws));
}

}  // namespace
}  // namespace harmonium
