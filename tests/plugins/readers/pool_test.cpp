#include "data/pool.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

Dataset units(const std::vector<float>& values, Index rows, const Tensor::Shape& shape = {}) {
  Tensor tensor = Tensor::matrix(rows, static_cast<Index>(values.size()) / rows);
  std::copy(values.begin(), values.end(), tensor.data<float>());
  DataSpec spec{rows, {{"features", tensor.columns(), shape, PartSpec::Kind::real, {}}}};
  return stored_rows(std::move(spec), {std::make_shared<const Tensor>(std::move(tensor))});
}

Dataset pooled(const Dataset& data, Index block) {
  Pool node;
  node.block = block;
  FakeContext context;
  return get<Dataset>(node.run(FakeInputs().add("data", data), context), "data");
}

}  // namespace

TEST(Pool, IsOnWhereAnyOfItsUnitsIs) {
  // Two maps with a row of two pools of two units each.
  const Dataset data = units({0.25F, 0.5F, 0, 0, 0.5F, 0.5F, 0.125F, 0, 0, 0, 0, 1, 0, 0, 0.25F, 0.25F}, 2, {2, 1, 4});
  const Dataset pools = pooled(data, 2);
  EXPECT_EQ(pools.spec().parts[0].shape, (Tensor::Shape{2, 1, 2}));
  EXPECT_EQ(pools.spec().parts[0].width, 4);
  const Tensor values = all_rows(pools, "features");
  EXPECT_EQ(std::vector<float>(values.values<float>().begin(), values.values<float>().end()),
            (std::vector<float>{0.75F, 0, 1, 0.125F, 0, 1, 0, 0.5F}));
}

TEST(Pool, DoesNotPassOneByRounding) {
  const Dataset pools = pooled(units({0.6F, 0.2F, 0.2F, 1e-7F}, 1), 4);
  EXPECT_EQ(all_rows(pools, "features").data<float>()[0], 1);
}

TEST(Pool, RefusesWhatAreNotPoolsOfUnitsOfWhichOneIsOn) {
  const Dataset pools = pooled(units({0.6F, 0.6F}, 1), 2);
  EXPECT_EQ(message_of([&] { all_rows(pools, "features"); }),
            "a block of 2 values sums to 1.2: these are not the probabilities of units of which at most one is on");
  Specs in;
  in.set<Dataset>("data", units({0, 0, 0}, 1).spec());
  const auto problems = specs_of<Pool>({{"block", std::int64_t{2}}}, in).problems();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].where + ": " + problems[0].message,
            "with.block: the 3 values of 'features' cannot be cut into blocks of 2");
}
