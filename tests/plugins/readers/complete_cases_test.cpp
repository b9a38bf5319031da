#include "data/complete_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

/// Rows of their number and a value, which of some is missing, as the class is of others.
Dataset with_holes(Index rows, const std::vector<Index>& values, const std::vector<Index>& classes) {
  Tensor features = Tensor::matrix(rows, 2);
  std::vector<Index> labels;
  for (Index i = 0; i < rows; ++i) {
    features.view()(i, 0) = static_cast<float>(i);
    labels.push_back(i % 3);
  }
  for (const Index row : values) features.view()(row, 1) = std::nanf("");
  for (const Index row : classes) labels[static_cast<std::size_t>(row)] = -1;
  return make_data(std::move(features), labels, 3);
}

}  // namespace

TEST(CompleteCases, AreTheRowsOfWhichNeitherValueNorClassIsMissing) {
  // More than a block of rows that are read at once.
  const Outputs out =
      run_node<CompleteCases>({}, FakeInputs().add("data", with_holes(2003, {1, 1500, 2002}, {0, 1, 999})));
  const Dataset& whole = get<Dataset>(out, "data");
  ASSERT_EQ(whole.rows(), 2003 - 5);
  const Tensor values = all_rows(whole, "features");
  std::vector<Index> numbers;
  for (Index i = 0; i < values.rows(); ++i) numbers.push_back(std::lround(values.view()(i, 0)));
  for (const Index row : {0, 1, 999, 1500, 2002}) EXPECT_EQ(std::count(numbers.begin(), numbers.end(), row), 0) << row;
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_EQ(whole.classes("label").front(), 2);
}

TEST(CompleteCases, AreNeededToBeAny) {
  EXPECT_EQ(message_of([] { run_node<CompleteCases>({}, FakeInputs().add("data", with_holes(2, {0}, {1}))); }),
            "each of the 2 rows lacks a value");
}
