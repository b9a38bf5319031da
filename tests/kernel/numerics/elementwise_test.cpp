#include "harmonium/elementwise.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "harmonium/errors.hpp"
#include "kernel/numerics/thread_count.hpp"
#include "numerics/instruction_sets.hpp"

namespace harmonium {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

double softplus_of(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

std::vector<float> sweep() {
  std::vector<float> values{0.0f, -0.0f, 1e-30f, -1e-30f, 1e-6f, 1e4f, -1e4f, 88.8f, -88.8f, 1e38f, -1e38f};
  for (int i = -4000; i <= 4000; ++i) values.push_back(static_cast<float>(i) * 0.0217f);
  return values;
}

std::vector<float> random_values(Index count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0, 4);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(engine);
  return values;
}

bool same_bits(float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); }

class Elementwise : public testing::TestWithParam<std::string> {
 protected:
  Elementwise() { use_instruction_set(GetParam()); }
  ~Elementwise() override { use_instruction_set(instruction_sets().back()); }
};
INSTANTIATE_TEST_SUITE_P(, Elementwise, testing::ValuesIn(instruction_sets()),
                         [](const auto& which) { return which.param; });

using Map = void (*)(View<const float>, Span<const float>, View<float>);
struct NamedMap {
  Map map;
  double (*reference)(double);
  /// The bounds at which it saturates, and the relative error allowed between them.
  double low, high;
  double tolerance;
};
const std::vector<NamedMap> maps{
    {elementwise::sigmoid, sigmoid_of, -87, 87, 4e-7},
    {elementwise::exp, [](double x) { return std::exp(x); }, -87.33, 88.37, 4e-7},
    {elementwise::tanh, [](double x) { return std::tanh(x); }, -1e4, 1e4, 6e-7},
    {elementwise::softplus, softplus_of, -87, std::numeric_limits<double>::max(), 6e-7},
};

TEST_P(Elementwise, AgreesWithDoubleReferencesAndSaturates) {
  const std::vector<float> input = sweep();
  std::vector<float> out(input.size());
  for (const NamedMap& each : maps) {
    each.map({input.data(), 1, static_cast<Index>(input.size())}, {}, {out.data(), 1, static_cast<Index>(out.size())});
    for (std::size_t i = 0; i < input.size(); ++i) {
      const double expected = each.reference(std::clamp(static_cast<double>(input[i]), each.low, each.high));
      ASSERT_TRUE(std::isfinite(out[i])) << input[i];
      // The bounds themselves are rounded to float: e^88.37 knows its argument to 4e-6.
      const double slack = std::abs(input[i]) > 80 ? 5e-6 : 0;
      ASSERT_NEAR(out[i], expected, (each.tolerance + slack) * std::abs(expected)) << input[i];
    }
  }
}

TEST_P(Elementwise, PassesNanOnAndSaturatesAtInfinities) {
  for (const std::uint32_t bits : {0x7fc00000U, 0xffc00000U, 0x7fffffffU, 0x7f800001U}) {
    const std::vector<float> input{1.0f, std::bit_cast<float>(bits), infinity, -infinity, 2.0f};
    std::vector<float> out(5), state(5);
    for (const NamedMap& each : maps) {
      each.map({input.data(), 1, 5}, {}, {out.data(), 1, 5});
      EXPECT_TRUE(std::isnan(out[1]));
      EXPECT_FALSE(std::isnan(out[0]) || std::isnan(out[2]) || std::isnan(out[3]) || std::isnan(out[4]));
    }
    elementwise::sigmoid_bernoulli({input.data(), 1, 5}, {}, {}, {out.data(), 1, 5}, {state.data(), 1, 5});
    EXPECT_TRUE(std::isnan(out[1]));
    EXPECT_EQ(state[1], 0);
    EXPECT_EQ(out[2], 1);
    EXPECT_EQ(state[2], 1);
    EXPECT_LT(out[3], 1e-37f);
    EXPECT_EQ(state[3], 0);
    std::vector<double> wide(input.begin(), input.end()), soft(5);
    elementwise::softplus({wide.data(), 1, 5}, {}, {soft.data(), 1, 5});
    EXPECT_TRUE(std::isnan(soft[1]));
    EXPECT_EQ(soft[2], static_cast<double>(infinity));
    EXPECT_NEAR(soft[3], 0, 1e-300);
  }
}

TEST_P(Elementwise, GivesAnElementTheSameBitsInEveryMatrixAndOnAnyNumberOfThreads) {
  // The C library's vector and scalar functions differ in the last bit: a loop with a scalar remainder would make an
  // element's value depend on its column.
  const std::vector<float> input = random_values(100 * 300, 4);
  const std::vector<float> bias = random_values(300, 5);
  for (const NamedMap& each : maps) {
    std::vector<float> whole(input.size());
    each.map({input.data(), 100, 300}, bias, {whole.data(), 100, 300});
    for (const int count : {1, 2}) {
      const ThreadCount team(count);
      for (const Index first : {0, 1, 7, 64, 250})
        for (const Index columns : {1, 2, 15, 16, 17, 49, 50}) {
          std::vector<float> part(100 * 60);
          const View<float> out(part.data() + 3, 100, columns, 57);
          each.map(View<const float>(input.data(), 100, 300).column_range(first, columns),
                   Span<const float>(bias).part(first, columns), out);
          for (Index i = 0; i < 100; ++i)
            for (Index j = 0; j < columns; ++j)
              ASSERT_TRUE(same_bits(out(i, j), whole[static_cast<std::size_t>(i * 300 + first + j)]));
        }
    }
    // Without biases a narrow contiguous matrix is passed as one long row.
    std::vector<float> narrow(input.size()), strided(3000 * 12);
    each.map({input.data(), 3000, 10}, {}, {narrow.data(), 3000, 10});
    each.map({input.data(), 3000, 10}, {}, {strided.data(), 3000, 10, 12});
    for (Index i = 0; i < 3000; ++i)
      for (Index j = 0; j < 10; ++j)
        ASSERT_TRUE(
            same_bits(narrow[static_cast<std::size_t>(i * 10 + j)], strided[static_cast<std::size_t>(i * 12 + j)]));
  }
}

TEST_P(Elementwise, WorksInPlace) {
  const std::vector<float> input = random_values(50 * 77, 6);
  for (const NamedMap& each : maps) {
    std::vector<float> apart(input.size()), same = input;
    each.map({input.data(), 50, 77}, {}, {apart.data(), 50, 77});
    each.map({same.data(), 50, 77}, {}, {same.data(), 50, 77});
    EXPECT_EQ(apart, same);
  }
}

TEST_P(Elementwise, DrawsStatesByComparingTheStreamsUniformNumbers) {
  const Stream stream{11, 12, 13, 16};
  for (const Index columns : {1, 10, 64, 130, 500}) {
    const Index rows = 60;
    const std::vector<float> input = random_values(rows * columns, 7);
    const std::vector<float> bias = random_values(columns, 8);
    const auto size = input.size();
    std::vector<float> mean(size), expected_mean(size), state(size), again(size), numbers(size);
    const View<const float> x(input.data(), rows, columns);
    elementwise::sigmoid_bernoulli(x, bias, stream, {mean.data(), rows, columns}, {state.data(), rows, columns});
    elementwise::sigmoid(x, bias, {expected_mean.data(), rows, columns});
    elementwise::bernoulli({mean.data(), rows, columns}, stream, {again.data(), rows, columns});
    uniform(stream, {numbers.data(), rows, columns});
    EXPECT_EQ(mean, expected_mean);
    EXPECT_EQ(state, again);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(state[i], numbers[i] < mean[i] ? 1.0f : 0.0f);
  }
}

TEST_P(Elementwise, BernoulliFrequenciesAreTheProbabilities) {
  const std::vector<float> probabilities{0.0f, 1e-3f, 0.25f, 0.5f, 0.9f, 1.0f};
  const Index rows = 200000, columns = 6;
  std::vector<float> p(static_cast<std::size_t>(rows * columns)), state(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = probabilities[i % 6];
  elementwise::bernoulli({p.data(), rows, columns}, {21, 0, 0, 0}, {state.data(), rows, columns});
  std::vector<double> sums(6);
  elementwise::add_column_sums({state.data(), rows, columns}, 1.0 / rows, sums);
  for (std::size_t j = 0; j < 6; ++j) {
    const double expected = static_cast<double>(probabilities[j]);
    EXPECT_NEAR(sums[j], expected, 5 * std::sqrt(expected * (1 - expected) / rows) + 1e-12);
  }
}

TEST_P(Elementwise, SumsAgreeWithDoubleReferencesAndIgnoreThreads) {
  const Index rows = 77, columns = 533;
  const std::vector<float> x = random_values(rows * columns, 9), y = random_values(rows * columns, 10);
  const std::vector<float> bias = random_values(columns, 11);
  const std::vector<double> wide(x.begin(), x.end()), wide_bias(bias.begin(), bias.end());
  const View<const float> X(x.data(), rows, columns), Y(y.data(), rows, columns);
  const auto everything = [&](int count) {
    const ThreadCount team(count);
    std::vector<double> sums(static_cast<std::size_t>(rows), 1.0), column_sums(static_cast<std::size_t>(columns), 2.0);
    std::vector<double> wide_sums(sums);
    elementwise::add_softplus_sums(X, bias, sums);
    elementwise::add_softplus_sums({wide.data(), rows, columns}, wide_bias, wide_sums);
    EXPECT_EQ(sums, wide_sums);
    elementwise::add_column_sums(X, -0.5, column_sums);
    sums.insert(sums.end(), column_sums.begin(), column_sums.end());
    sums.push_back(elementwise::squared_distance(X, Y));
    return sums;
  };
  const std::vector<double> result = everything(1);
  EXPECT_EQ(result, everything(2));
  double distance = 0;
  std::vector<double> row_sums(static_cast<std::size_t>(rows), 1.0),
      column_sums(static_cast<std::size_t>(columns), 0.0);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) {
      const double value = static_cast<double>(X(i, j));
      row_sums[static_cast<std::size_t>(i)] += softplus_of(value + wide_bias[static_cast<std::size_t>(j)]);
      column_sums[static_cast<std::size_t>(j)] += value;
      distance += std::pow(value - static_cast<double>(Y(i, j)), 2);
    }
  for (Index i = 0; i < rows; ++i)
    EXPECT_NEAR(result[static_cast<std::size_t>(i)], row_sums[static_cast<std::size_t>(i)], 1e-9);
  for (Index j = 0; j < columns; ++j)
    EXPECT_NEAR(result[static_cast<std::size_t>(rows + j)], 2 - 0.5 * column_sums[static_cast<std::size_t>(j)], 1e-9);
  EXPECT_NEAR(result.back(), distance, 1e-9 * distance);
}

TEST_P(Elementwise, RowDotsAgreeWithDoubleReferencesWithAndWithoutEitherFactor) {
  const Index rows = 600, columns = 533;
  const std::vector<float> x = random_values(rows * columns, 9), y = random_values(rows * columns, 10);
  const std::vector<float> bias = random_values(columns, 11);
  const View<const float> X(x.data(), rows, columns), Y(y.data(), rows, columns);
  for (const bool has_y : {false, true})
    for (const bool has_bias : {false, true}) {
      const auto dots = [&](int count) {
        const ThreadCount team(count);
        std::vector<double> sums(static_cast<std::size_t>(rows), 1.0);
        elementwise::add_row_dots(X, has_y ? Y : View<const float>(),
                                  has_bias ? Span<const float>(bias) : Span<const float>(), -0.5, sums);
        return sums;
      };
      const std::vector<double> result = dots(1);
      EXPECT_EQ(result, dots(2));
      for (Index i = 0; i < rows; ++i) {
        // A term is rounded at most five times on its way: its factor, itself, and with up to three others.
        double sum = 0, sizes = 0;
        for (Index j = 0; j < columns; ++j) {
          const double term =
              static_cast<double>(X(i, j)) * ((has_y ? static_cast<double>(Y(i, j)) : 0) +
                                              (has_bias ? static_cast<double>(bias[static_cast<std::size_t>(j)]) : 0));
          sum += term;
          sizes += std::abs(term);
        }
        EXPECT_NEAR(result[static_cast<std::size_t>(i)], 1 - 0.5 * sum, 0.5 * 5 * 6e-8 * sizes);
      }
    }
}

TEST_P(Elementwise, AddsOuterProductsOfAnyDepthAndHeight) {
  constexpr Index columns = 48, weights_stride = 13, x_stride = 50, out_stride = 64;
  const std::vector<float> weights = random_values(8 * weights_stride, 21), x = random_values(8 * x_stride, 22);
  for (const Index depth : {1, 3, 8})
    for (const Index rows : {1, 4, 11}) {
      std::vector<float> out = random_values(rows * out_stride, 23);
      const std::vector<float> before = out;
      kernels().add_outer(weights.data(), weights_stride, x.data(), x_stride, depth, out.data(), out_stride, rows,
                          columns);
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < out_stride; ++j) {
          const auto at = static_cast<std::size_t>(i * out_stride + j);
          double sum = static_cast<double>(before[at]), sizes = std::abs(sum);
          for (Index k = 0; j < columns && k < depth; ++k) {
            const double term = static_cast<double>(weights[static_cast<std::size_t>(k * weights_stride + i)]) *
                                static_cast<double>(x[static_cast<std::size_t>(k * x_stride + j)]);
            sum += term;
            sizes += std::abs(term);
          }
          // Each product and each sum is rounded once.
          ASSERT_NEAR(out[at], sum, 6e-8 * static_cast<double>(2 * depth) * sizes) << depth << " " << i << " " << j;
        }
    }
}

TEST_P(Elementwise, CombinesWithAnyStride) {
  const std::vector<float> x = random_values(40 * 100, 12), y = random_values(40 * 100, 13);
  std::vector<float> out(40 * 101, -7.0f), whole(40 * 100);
  elementwise::combine(0.3f, {x.data(), 40, 100}, -1.7f, {y.data(), 40, 100}, {whole.data(), 40, 100});
  elementwise::combine(0.3f, {x.data() + 1, 40, 99, 100}, -1.7f, {y.data() + 1, 40, 99, 100},
                       {out.data(), 40, 99, 101});
  for (std::size_t i = 0; i < 40; ++i)
    for (std::size_t j = 0; j < 99; ++j) {
      ASSERT_TRUE(same_bits(out[i * 101 + j], whole[i * 100 + j + 1]));
      const double expected =
          0.3 * static_cast<double>(x[i * 100 + j + 1]) - 1.7 * static_cast<double>(y[i * 100 + j + 1]);
      ASSERT_NEAR(out[i * 101 + j], expected, 1e-5);
    }
  EXPECT_EQ(out[99], -7.0f);
}

TEST_P(Elementwise, FindsTheOneValueThatIsBeyondABoundOrNoNumber) {
  std::vector<float> x(300 * 401, -1e9f);
  EXPECT_TRUE(elementwise::within({x.data(), 300, 401}, 1e9F));
  for (const float bad : {nan, infinity, -infinity, 1.001e9f, -1.001e9f})
    for (const std::size_t where : {std::size_t{0}, std::size_t{399}, x.size() - 2}) {
      const float before = std::exchange(x[where], bad);
      EXPECT_FALSE(elementwise::within({x.data(), 300, 401}, 1e9F));
      x[where] = before;
    }
  x[400] = nan;  // beyond the view's columns
  EXPECT_TRUE(elementwise::within({x.data(), 300, 400, 401}, 1e9F));
}

TEST_P(Elementwise, TakesEmptyMatrices) {
  std::vector<double> none;
  std::vector<double> one(1, 5.0);
  for (const NamedMap& each : maps) each.map({}, {}, {});
  elementwise::add_softplus_sums(View<const float>(nullptr, 1, 0), {}, one);
  elementwise::add_column_sums(View<const float>(nullptr, 0, 1), 1, one);
  elementwise::add_column_sums({}, 1, none);
  EXPECT_EQ(one[0], 5.0);
  EXPECT_EQ(elementwise::squared_distance({}, {}), 0);
  EXPECT_TRUE(elementwise::within({}, 1));
}

TEST(ElementwiseShapes, AreChecked) {
  std::vector<float> values(100);
  const View<const float> x(values.data(), 4, 5);
  std::vector<float> wrong(4);
  std::vector<double> sums(9);
  const View<float> out(values.data(), 4, 5), other(values.data(), 5, 4);
  EXPECT_THROW(elementwise::sigmoid(x, {}, other), std::logic_error);
  EXPECT_THROW(elementwise::sigmoid(x, wrong, out), std::logic_error);
  EXPECT_THROW(elementwise::bernoulli(x, {}, other), std::logic_error);
  EXPECT_THROW(elementwise::combine(1, x, 1, x, other), std::logic_error);
  EXPECT_THROW(elementwise::add_column_sums(x, 1, sums), std::logic_error);
  EXPECT_THROW(elementwise::add_softplus_sums(x, {}, sums), std::logic_error);
  EXPECT_THROW(elementwise::add_row_dots(x, x, {}, 1, sums), std::logic_error);
  EXPECT_THROW(elementwise::add_row_dots(x, other, {}, 1, {sums.data(), 4}), std::logic_error);
}

TEST(InstructionSets, AgreeWithinAFewUnitsOfTheLastPlace) {
  const std::vector<float> input = sweep();
  const auto size = static_cast<Index>(input.size());
  for (const NamedMap& each : maps) {
    std::vector<std::vector<float>> results;
    for (const std::string& name : instruction_sets()) {
      use_instruction_set(name);
      each.map({input.data(), 1, size}, {}, {results.emplace_back(input.size()).data(), 1, size});
    }
    for (const auto& result : results)
      for (std::size_t i = 0; i < input.size(); ++i)
        ASSERT_NEAR(result[i], results[0][i], 6e-7f * std::abs(results[0][i]));
  }
  // Integer work and exact comparisons: the same bits.
  std::vector<std::vector<float>> numbers, states;
  for (const std::string& name : instruction_sets()) {
    use_instruction_set(name);
    uniform({1, 2, 3, 4}, {numbers.emplace_back(input.size()).data(), 1, size});
    elementwise::bernoulli({numbers[0].data(), 1, size}, {5, 6, 7, 8},
                           {states.emplace_back(input.size()).data(), 1, size});
    EXPECT_EQ(numbers.back(), numbers[0]);
    EXPECT_EQ(states.back(), states[0]);
  }
  use_instruction_set(instruction_sets().back());
}

TEST(InstructionSets, AreChosenByNameAndRefusedWhenUnknown) {
  EXPECT_THROW(use_instruction_set("mmx"), Error);
  use_instruction_set(instruction_sets().front());
  const std::string first = elementwise::instruction_set();
  use_instruction_set(instruction_sets().back());
  EXPECT_EQ(first == elementwise::instruction_set(), instruction_sets().size() == 1);
}

}  // namespace
}  // namespace harmonium
