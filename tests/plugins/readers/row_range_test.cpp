#include "data/row_range.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

Dataset counting(Index rows) {
  Tensor values = Tensor::matrix(rows, 1);
  for (Index i = 0; i < rows; ++i) values.view()(i, 0) = static_cast<float>(i);
  return make_data(std::move(values));
}

RowRange range(std::int64_t first, std::int64_t count) {
  RowRange node;
  node.first = first;
  node.count = count;
  return node;
}

std::string refusal(std::int64_t first, std::int64_t count) {
  Specs inputs;
  inputs.set<Dataset>("data", counting(10).spec());
  return message_of([&] { specs_of<RowRange>({{"first", first}, {"count", count}}, inputs); });
}

}  // namespace

TEST(RowRange, TakesRowsFromTheBeginningAndFromTheEnd) {
  FakeContext context;
  const auto first_and_size = [&](std::int64_t first, std::int64_t count) {
    const Outputs out = range(first, count).run(FakeInputs().add("data", counting(2000)), context);
    const Tensor values = all_rows(get<Dataset>(out, "data"), "features");
    return std::pair{static_cast<Index>(values.view()(0, 0)), values.rows()};
  };
  EXPECT_EQ(first_and_size(0, 3), (std::pair<Index, Index>{0, 3}));
  EXPECT_EQ(first_and_size(5, -1), (std::pair<Index, Index>{5, 1995}));
  EXPECT_EQ(first_and_size(-500, -1), (std::pair<Index, Index>{1500, 500}));
  EXPECT_EQ(first_and_size(-500, 100), (std::pair<Index, Index>{1500, 100}));
}

TEST(RowRange, KnowsItsSizeAndWhatIsNotThereBeforeTheRun) {
  Specs inputs;
  inputs.set<Dataset>("data", counting(10).spec());
  EXPECT_EQ(specs_of<RowRange>({{"first", -4}}, inputs).get<Dataset>("data").rows, 4);
  EXPECT_EQ(refusal(10, -1), "there is no row 10: the data have 10 rows, counted from 0");
  EXPECT_EQ(refusal(-11, -1), "there is no row -11: the data have 10 rows, counted from 0");
  EXPECT_EQ(refusal(8, 3), "from row 8 on there are 2 rows, not 3");
}
