#include "data/pad.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

/// 1, 2, 3, ... in images of this shape.
Dataset counted(Index rows, const Tensor::Shape& shape) {
  Index size = 1;
  for (const Index extent : shape) size *= extent;
  Tensor values = Tensor::matrix(rows, size);
  for (Index k = 0; k < values.size(); ++k) values.data<float>()[k] = static_cast<float>(k + 1);
  DataSpec spec{rows, {{"features", size, shape, PartSpec::Kind::real, {}}}};
  return stored_rows(std::move(spec), {std::make_shared<const Tensor>(std::move(values))});
}

Dataset padded(const Dataset& data, std::vector<Index> border, double value = 0) {
  Pad node;
  node.border = std::move(border);
  node.value = value;
  FakeContext context;
  return get<Dataset>(node.run(FakeInputs().add("data", data), context), "data");
}

std::vector<std::string> problems(const Settings& settings, const DataSpec& data) {
  Specs in;
  in.set<Dataset>("data", data);
  const Specs out = specs_of<Pad>(settings, in);
  std::vector<std::string> all;
  for (const auto& problem : out.problems()) all.push_back(problem.where + ": " + problem.message);
  return all;
}

}  // namespace

TEST(Pad, PutsAFrameOfAnyWidthAroundEveryChannel) {
  const Dataset data = padded(counted(2, {2, 1, 2}), {1, 2, 0, 1}, 9);
  EXPECT_EQ(data.spec().parts[0].shape, (Tensor::Shape{2, 2, 5}));
  EXPECT_EQ(data.spec().parts[0].width, 20);
  const Tensor images = all_rows(data, "features");
  EXPECT_EQ(std::vector<float>(images.view().row(1).begin(), images.view().row(1).end()),
            (std::vector<float>{9, 9, 9, 9, 9, 9, 5, 6, 9, 9, 9, 9, 9, 9, 9, 9, 7, 8, 9, 9}));
}

TEST(Pad, ReadsManyRowsAsItReadsEach) {
  const Dataset data = padded(counted(150, {2, 2}), {1});
  const Tensor all = all_rows(data, "features"), none = Tensor::matrix(1, 16);
  for (Index i = 0; i < 150; ++i) {
    Tensor one = none;
    data.read(0, i, 1, one.view());
    EXPECT_TRUE(std::equal(one.data<float>(), one.data<float>() + 16, all.view().row(i).data)) << i;
    EXPECT_EQ(one.data<float>()[5], static_cast<float>(4 * i + 1));
  }
}

TEST(Pad, SaysWhereThereIsNoImageOrNoFrame) {
  const DataSpec flat{3, {{"features", 4, {}, PartSpec::Kind::real, {}}}};
  const DataSpec image{3, {{"features", 4, {2, 2}, PartSpec::Kind::real, {}}}};
  EXPECT_EQ(problems({{"border", list({std::int64_t{1}})}}, flat),
            std::vector<std::string>{
                "with.part: 'features' has no shape [rows, columns], so there is nothing to put a frame around"});
  EXPECT_EQ(
      problems({{"border", list({std::int64_t{1}, std::int64_t{1}})}}, image),
      std::vector<std::string>{"with.border: a frame is [all sides] or [top, right, bottom, left], got 2 numbers"});
}
