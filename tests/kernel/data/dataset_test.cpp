#include "harmonium/dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <set>

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

/// Rows without values, as many as one likes; it counts what was announced.
class Nothing final : public RowSource {
 public:
  explicit Nothing(Index rows) : announced(static_cast<std::size_t>(rows)) {}
  void read(Index, Span<const Index>, std::uint64_t, View<float>) const override {}
  void fetch_ahead(Index, Span<const Index> rows) const override {
    for (const Index row : rows) announced[static_cast<std::size_t>(row)] = true;
    count += rows.size;
  }
  mutable std::vector<bool> announced;
  mutable Index count = 0;
};

Dataset nothing(Index rows, Index width, std::shared_ptr<const Nothing> source = nullptr) {
  if (!source) source = std::make_shared<Nothing>(rows);
  return {{rows, {{"features", width, {}, PartSpec::Kind::real, {}}}}, std::move(source)};
}

/// More than 2^30 values: runs of 1,024 rows, 256 of them in a window, the last one of 7 rows.
constexpr Index large_width = 1024, rows_of_run = 1024, rows_of_window = 256 * rows_of_run;
constexpr Index large_rows = (Index{1} << 20) + 7;

/// The rows of a whole epoch, in their order.
std::vector<Index> epoch_of(Batches& batches, Index epoch) {
  std::vector<Index> all;
  for (Index number = 0; number < batches.per_epoch(); ++number)
    for (const Index row : batches.rows(epoch, number)) all.push_back(row);
  return all;
}

bool covers_every_row_once(std::vector<Index> rows, Index count) {
  std::sort(rows.begin(), rows.end());
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), Index{0});
  return rows == all;
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
  Batches batches(nothing(10, 1), 4, true, Stream{1, 0, 0, 0});
  EXPECT_EQ(batches.per_epoch(), 3);
  const std::vector<Index> first = epoch_of(batches, 0), second = epoch_of(batches, 1);
  EXPECT_TRUE(covers_every_row_once(first, 10));
  EXPECT_TRUE(covers_every_row_once(second, 10));
  EXPECT_NE(first, second);
  EXPECT_EQ(batches.rows(0, 2).size, 2);
  // Going back to an epoch, as after a resume, gives its order again.
  EXPECT_EQ(batches.rows(0, 1)[0], first[4]);
}

TEST(Batches, AreOnePermutationOfAllRowsWhereTheyFitInMemory) {
  const Stream stream{1, 0, 0, 0};
  const auto source = std::make_shared<Nothing>(1000);
  Batches batches(nothing(1000, 784, source), 30, true, stream);
  std::vector<Index> order(1000);
  permutation(stream.at(3), order);
  EXPECT_EQ(epoch_of(batches, 3), order);
  EXPECT_EQ(source->count, 0);
}

TEST(Batches, KeepTheOrderOfTheDataWhenNotShuffled) {
  Batches batches(nothing(5, 1), 2, false, Stream{});
  EXPECT_EQ(batches.rows(3, 1)[0], 2);
  EXPECT_EQ(batches.rows(3, 2).size, 1);
  Batches large(nothing(large_rows, large_width), 1000, false, Stream{});
  const std::vector<Index> rows = epoch_of(large, 0);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_TRUE(covers_every_row_once(rows, large_rows));
}

TEST(Batches, OfLargeDataCoverEveryRowOnceAnEpoch) {
  Batches batches(nothing(large_rows, large_width), 1000, true, Stream{1, 0, 0, 0});
  const std::vector<Index> first = epoch_of(batches, 0), second = epoch_of(batches, 1);
  EXPECT_TRUE(covers_every_row_once(first, large_rows));
  EXPECT_TRUE(covers_every_row_once(second, large_rows));
  EXPECT_NE(first, second);
}

TEST(Batches, OfLargeDataMixManyPlacesButReadFewAtATime) {
  Batches batches(nothing(large_rows, large_width), 1000, true, Stream{1, 0, 0, 0});
  std::set<Index> window;
  for (Index number = 0; number < rows_of_window / 1000; ++number) {
    std::set<Index> runs;
    for (const Index row : batches.rows(0, number)) runs.insert(row / rows_of_run);
    // 1,000 draws from 256 runs miss 256 (1 - 1/256)^1000 = 5 of them.
    EXPECT_GT(runs.size(), 230U);
    window.insert(runs.begin(), runs.end());
  }
  EXPECT_EQ(window.size(), 256U);
  // They lie all over the data.
  EXPECT_LT(*window.begin(), 40);
  EXPECT_GT(*window.rbegin(), 985);
}

TEST(Batches, OfLargeDataGoOnInTheMiddleOfAnEpoch) {
  Batches whole(nothing(large_rows, large_width), 1000, true, Stream{1, 0, 0, 0});
  const std::vector<Index> rows = epoch_of(whole, 2);
  // The second lies across two windows.
  for (const Index number : {Index{700}, rows_of_window / 1000, whole.per_epoch() - 1}) {
    Batches later(nothing(large_rows, large_width), 1000, true, Stream{1, 0, 0, 0});
    const Span<const Index> batch = later.rows(2, number);
    EXPECT_TRUE(std::equal(batch.begin(), batch.end(), rows.begin() + number * 1000)) << number;
    EXPECT_EQ(batch.size, std::min<Index>(1000, large_rows - number * 1000));
  }
}

TEST(Batches, OfLargeDataAreAnnouncedOnceBeforeTheyAreDue) {
  const auto source = std::make_shared<Nothing>(large_rows);
  Batches batches(nothing(large_rows, large_width, source), 1000, true, Stream{1, 0, 0, 0});
  for (Index number = 0; number < batches.per_epoch(); ++number) {
    for (const Index row : batches.rows(0, number)) ASSERT_TRUE(source->announced[static_cast<std::size_t>(row)]);
    // Not more than the window after the present one.
    ASSERT_LE(source->count, (number + 1) * 1000 + 2 * rows_of_window);
  }
  // By now the first window of the next epoch was announced as well.
  EXPECT_LE(source->count, large_rows + rows_of_window);
  EXPECT_GE(source->count, large_rows + rows_of_window - rows_of_run);
  batches.rows(1, 0);
  EXPECT_LE(source->count, large_rows + rows_of_window + rows_of_run);
}
