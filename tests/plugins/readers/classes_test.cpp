#include "data/classes.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

/// Rows whose only value is their number, of classes 0, 1, 2, 0, 1, 2.
Dataset numbered() {
  Tensor features = Tensor::matrix(6, 1);
  for (Index i = 0; i < 6; ++i) features.view()(i, 0) = static_cast<float>(i);
  return make_data(std::move(features), {0, 1, 2, 0, 1, 2}, 3);
}

std::vector<float> taken(const Settings& settings) {
  const Outputs out = run_node<Classes>(settings, FakeInputs().add("data", numbered()));
  const Tensor values = all_rows(get<Dataset>(out, "data"), "features");
  return {values.values<float>().begin(), values.values<float>().end()};
}

Specs::Problem problem(const Settings& settings) {
  Specs inputs;
  inputs.set<Dataset>("data", numbered().spec());
  return specs_of<Classes>(settings, inputs).problems().at(0);
}

}  // namespace

TEST(Classes, KeepsOrDropsTheRowsOfThoseNamed) {
  EXPECT_EQ(taken({{"keep", list({"2", "0"})}}), (std::vector<float>{0, 2, 3, 5}));
  EXPECT_EQ(taken({{"drop", list({"2", "0"})}}), (std::vector<float>{1, 4}));
}

TEST(Classes, SaysWhatIsNotThere) {
  EXPECT_EQ(problem({}).where, "with.keep");
  EXPECT_EQ(problem({{"drop", list({"3"})}}).message, "there is no class '3'; there are 0, 1, 2");
  EXPECT_EQ(problem({{"keep", list({"1"})}, {"by", "features"}}).where, "with.by");
  EXPECT_EQ(message_of([] { taken({{"drop", list({"0", "1", "2"})}}); }), "no row is of the classes asked for");
}
