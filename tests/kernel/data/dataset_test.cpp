#include "harmonium/dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

template <class T>
Tensor counting(Index rows, Index columns) {
  Tensor tensor = Tensor::of<T>({rows, columns});
  for (Index i = 0; i < tensor.size(); ++i) tensor.data<T>()[i] = static_cast<T>(i);
  return tensor;
}

}  // namespace

TEST(Dataset, GivesRowsInAnyOrderAndOfAnyElement) {
  for (const Dataset& data : {make_data(counting<float>(10, 3)), make_data(counting<double>(10, 3)),
                              make_data(counting<std::uint8_t>(10, 3)), make_data(counting<std::int32_t>(10, 3)),
                              make_data(counting<std::int64_t>(10, 3)), make_data(counting<std::uint64_t>(10, 3))}) {
    Tensor out = Tensor::matrix(3, 3);
    data.read(0, std::vector<Index>{7, 0, 7}, out.view());
    EXPECT_EQ(out.view()(0, 2), 23);
    EXPECT_EQ(out.view()(1, 0), 0);
    EXPECT_EQ(out.view()(2, 1), 22);
  }
}

TEST(Dataset, LeavesTheColumnsBesideAStridedViewAlone) {
  const Dataset data = make_data(counting<float>(4, 2));
  Tensor wide = Tensor::matrix(2, 5);
  data.read(0, 1, 2, wide.view().column_range(1, 2));
  EXPECT_EQ(wide.view()(0, 0), 0);
  EXPECT_EQ(wide.view()(0, 1), 2);
  EXPECT_EQ(wide.view()(1, 2), 5);
  EXPECT_EQ(wide.view()(1, 3), 0);
}

TEST(Dataset, ReadsARangeLongerThanItsBlocks) {
  const Dataset data = make_data(counting<float>(2000, 2));
  const Tensor all = all_rows(data, "features");
  EXPECT_EQ(all.view()(1999, 1), 3999);
}

TEST(Dataset, GivesClassesAsOneOfKAndAsNumbers) {
  const std::vector<Index> classes{2, 0, 1, 2};
  const Dataset data = make_data(Tensor::matrix(4, 1), classes, 3);
  const Tensor label = all_rows(data, "label");
  EXPECT_EQ(label.view()(0, 2), 1);
  EXPECT_EQ(label.view()(0, 0), 0);
  EXPECT_EQ(data.classes("label"), classes);
  EXPECT_EQ(message_of([&] { data.classes("features"); }), "part 'features' holds numbers, not classes");
  EXPECT_EQ(message_of([&] { data.part("labels"); }), "the data have no part 'labels', only 'features', 'label'");
}

TEST(Dataset, ReportsAClassThatIsNone) {
  const Dataset data = make_data(Tensor::matrix(2, 1), {0, 5}, 3);
  EXPECT_EQ(message_of([&] { all_rows(data, "label"); }), "row 1 of 'label' is of class 5, but there are 3");
}

TEST(Dataset, RefusesRowsAndMatricesThatDoNotFit) {
  const Dataset data = make_data(counting<float>(4, 2));
  Tensor out = Tensor::matrix(1, 2);
  EXPECT_THROW(data.read(0, std::vector<Index>{4}, out.view()), std::logic_error);
  EXPECT_THROW(data.read(0, std::vector<Index>{-1}, out.view()), std::logic_error);
  EXPECT_THROW(data.read(0, std::vector<Index>{0, 1}, out.view()), std::logic_error);
  EXPECT_THROW(data.read(1, std::vector<Index>{0}, out.view()), std::logic_error);
}

TEST(Batches, CoverEveryRowOnceAnEpochInAnOrderOfItsOwn) {
  Batches batches(10, 4, true, Stream{1, 0, 0, 0});
  EXPECT_EQ(batches.per_epoch(), 3);
  std::vector<std::vector<Index>> epochs;
  for (Index epoch = 0; epoch < 2; ++epoch) {
    std::vector<Index> seen;
    for (Index number = 0; number < batches.per_epoch(); ++number)
      for (const Index row : batches.rows(epoch, number)) seen.push_back(row);
    epochs.push_back(seen);
    std::sort(seen.begin(), seen.end());
    std::vector<Index> all(10);
    std::iota(all.begin(), all.end(), Index{0});
    EXPECT_EQ(seen, all);
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_EQ(batches.rows(0, 2).size, 2);
  // Going back to an epoch, as after a resume, gives its order again.
  EXPECT_EQ(batches.rows(0, 1)[0], epochs[0][4]);
}

TEST(Batches, KeepTheOrderOfTheDataWhenNotShuffled) {
  Batches batches(5, 2, false, Stream{});
  EXPECT_EQ(batches.rows(3, 1)[0], 2);
  EXPECT_EQ(batches.rows(3, 2).size, 1);
}
