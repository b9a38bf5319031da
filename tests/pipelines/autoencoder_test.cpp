#include <algorithm>

#include "family.hpp"

namespace harmonium::testing {
namespace {

using Autoencoders = Family;

TEST_F(Autoencoders, OfDigitsGiveBackUnseenOnesBestWhereTheyWerePretrained) {
  run("autoencoder");
  const double pretrained = value("of_pretrained", "squared error"), random = value("of_random", "squared error"),
               denoising = value("of_denoising", "squared error"), components = value("of_pca", "squared error");
  EXPECT_LE(pretrained, 0.75);
  EXPECT_LT(pretrained, random);
  EXPECT_LT(std::max({pretrained, random, denoising}), 0.65 * components);
  EXPECT_LT(pretrained, 0.6 * value("of_stack", "squared error"));
  EXPECT_TRUE(drawn("reconstructions"));
}

}  // namespace
}  // namespace harmonium::testing
