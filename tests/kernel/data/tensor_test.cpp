#include "harmonium/tensor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "harmonium/errors.hpp"

using namespace harmonium;

TEST(Tensor, IsAlignedAndZeroWhenMadeSmallOrLarge) {
  for (const Index rows : {1, 1000, 1 << 20}) {
    const Tensor tensor = Tensor::matrix(rows, 3);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.raw()) % 64, 0u);
    const auto values = tensor.values<float>();
    EXPECT_EQ(std::count(values.begin(), values.end(), 0.0F), rows * 3);
  }
}

TEST(Tensor, CopiesItsValuesAndLeavesTheOriginalAlone) {
  Tensor original = Tensor::matrix(2, 2);
  original.view()(1, 1) = 5;
  Tensor copy = original;
  copy.view()(1, 1) = 6;
  EXPECT_EQ(original.view()(1, 1), 5);
  original = copy;
  EXPECT_EQ(original.view()(1, 1), 6);
  EXPECT_NE(original.raw(), copy.raw());
}

TEST(Tensor, OverForeignMemoryKeepsItsOwnerAndBecomesMemoryWhenCopied) {
  auto owner = std::make_shared<std::vector<float>>(6, 1.5F);
  const std::weak_ptr<std::vector<float>> watched = owner;
  Tensor copy;
  {
    const Tensor over = Tensor::over(owner, owner->data(), Element::float32, {2, 3});
    owner.reset();
    EXPECT_FALSE(watched.expired());
    copy = over;
  }
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(copy.view()(1, 2), 1.5F);
}

TEST(Tensor, CountsColumnsOfAnyShape) {
  EXPECT_EQ(Tensor::of<std::uint8_t>({5, 2, 3}).columns(), 6);
  EXPECT_EQ(Tensor::of<std::uint8_t>({5}).columns(), 1);
  EXPECT_EQ(Tensor().size(), 0);
  EXPECT_TRUE(Tensor::matrix(0, 4).empty());
}

TEST(Tensor, RefusesShapesThatCannotBe) {
  const Index huge = std::numeric_limits<Index>::max() / 2;
  EXPECT_THROW(Tensor::matrix(-1, 2), RunFailed);
  EXPECT_THROW(Tensor::matrix(huge, 3), RunFailed);
  EXPECT_THROW(Tensor::of<double>({huge, huge, 0}), RunFailed);
  EXPECT_THROW(Tensor::of<double>({huge / 8}), std::bad_alloc);
}

TEST(Tensor, RefusesToBeReadAsAnotherElement) {
  Tensor tensor = Tensor::of<std::uint8_t>({2});
  EXPECT_THROW(tensor.data<float>(), std::logic_error);
  EXPECT_STREQ(name_of(tensor.element()), "uint8");
}
