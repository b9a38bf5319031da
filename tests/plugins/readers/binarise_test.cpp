#include "data/binarise.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

TEST(Binarise, IsOneAboveTheThresholdOnly) {
  Tensor values = Tensor::matrix(1, 4);
  const float given[] = {0, 0.5F, 0.6F, 2};
  std::copy(std::begin(given), std::end(given), values.data<float>());
  const Binarise node;
  FakeContext context;
  const Outputs out = node.run(FakeInputs().add("data", make_data(std::move(values))), context);
  const Tensor bits = all_rows(get<Dataset>(out, "data"), "features");
  EXPECT_EQ(std::vector<float>(bits.values<float>().begin(), bits.values<float>().end()),
            (std::vector<float>{0, 0, 1, 1}));
}
