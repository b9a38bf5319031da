#include "data/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

/// Rows whose only value is their number, of classes of 50, 30, 19 and 1 rows, mixed.
Dataset numbered() {
  std::vector<Index> classes;
  Tensor features = Tensor::matrix(100, 1);
  for (Index i = 0; i < 100; ++i) {
    features.view()(i, 0) = static_cast<float>(i);
    const Index place = i * 37 % 100;
    classes.push_back(place < 50 ? 0 : place < 80 ? 1 : place < 99 ? 2 : 3);
  }
  return make_data(std::move(features), classes, 4);
}

std::vector<Index> numbers(const Outputs& outputs, const std::string& port) {
  std::vector<Index> result;
  const Tensor values = all_rows(get<Dataset>(outputs, port), "features");
  for (const float value : values.values<float>()) result.push_back(static_cast<Index>(value));
  return result;
}

std::vector<Index> counts(const Outputs& outputs, const std::string& port) {
  std::vector<Index> result(4);
  for (const Index each : get<Dataset>(outputs, port).classes("label")) ++result[static_cast<std::size_t>(each)];
  return result;
}

Specs spec_of(const Dataset& data) {
  Specs specs;
  specs.set<Dataset>("data", data.spec());
  return specs;
}

Outputs split(const Settings& settings, std::uint64_t seed = 42) {
  FakeContext context(seed);
  return run_node<Split>(settings, FakeInputs().add("data", numbered()), context);
}

}  // namespace

TEST(Split, GivesEveryRowToExactlyOneSet) {
  const Outputs out = split({{"test", 0.2}, {"validation", 0.1}});
  std::multiset<Index> all;
  for (const char* port : {"train", "test", "validation"})
    for (const Index number : numbers(out, port)) all.insert(number);
  EXPECT_EQ(all.size(), 100u);
  EXPECT_EQ(std::set<Index>(all.begin(), all.end()).size(), 100u);
}

TEST(Split, SharesOutEveryClassInProportion) {
  const Outputs out = split({{"test", 0.2}, {"validation", 0.1}});
  // Held out are 30 % of 50, 30, 19 and 1: quotas 15, 9, 5.7 and 0.3.
  EXPECT_EQ(counts(out, "train"), (std::vector<Index>{35, 21, 13, 1}));
  EXPECT_EQ(counts(out, "test"), (std::vector<Index>{10, 6, 4, 0}));
  EXPECT_EQ(counts(out, "validation"), (std::vector<Index>{5, 3, 2, 0}));
}

TEST(Split, HasSizesThatAreRightForEveryFraction) {
  for (int percent = 1; percent < 99; ++percent) {
    const Outputs out = split({{"test", percent / 100.0}});
    EXPECT_EQ(get<Dataset>(out, "test").rows(), percent);
    const std::vector<Index> of_class = counts(out, "test");
    const std::vector<Index> whole{50, 30, 19, 1};
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_LT(std::abs(static_cast<double>(of_class[i]) - static_cast<double>(whole[i]) * percent / 100), 1.0);
  }
}

TEST(Split, DependsOnTheSeedAlone) {
  EXPECT_EQ(numbers(split({}, 1), "test"), numbers(split({}, 1), "test"));
  EXPECT_NE(numbers(split({}, 1), "test"), numbers(split({}, 2), "test"));
}

TEST(Split, CanLeaveClassesAside) {
  const Outputs out = split({{"stratify", false}, {"test", 0.25}});
  EXPECT_EQ(get<Dataset>(out, "test").rows(), 25);
  const Dataset plain = make_data(Tensor::matrix(10, 2));
  EXPECT_TRUE(specs_of<Split>({{"stratify", false}}, spec_of(plain)).problems().empty());
}

TEST(Split, TellsSizesBeforeTheRun) {
  const Specs specs = specs_of<Split>({{"test", 0.2}, {"validation", 0.1}}, spec_of(numbered()));
  EXPECT_EQ(specs.get<Dataset>("train").rows, 70);
  EXPECT_EQ(specs.get<Dataset>("test").rows, 20);
  EXPECT_EQ(specs.get<Dataset>("validation").rows, 10);
  EXPECT_FALSE(specs_of<Split>({}, spec_of(numbered())).has("validation"));
}

TEST(Split, SaysWhatCannotBeParted) {
  const Dataset plain = make_data(Tensor::matrix(10, 2));
  const Specs specs = specs_of<Split>({}, spec_of(plain));
  EXPECT_EQ(specs.problems().at(0).where, "with.stratify");
  EXPECT_EQ(specs_of<Split>({{"by", "features"}}, spec_of(plain)).problems().at(0).message,
            "part 'features' holds numbers, not classes");
  EXPECT_EQ(specs_of<Split>({{"test", 0.6}, {"validation", 0.5}}, spec_of(numbered())).problems().at(0).where,
            "with.test");
  EXPECT_EQ(message_of([&] {
              specs_of<Split>({{"test", 0.001}}, spec_of(numbered()));
            }),
            "0.001 of 100 rows leaves no row for 'test'");
  EXPECT_EQ(message_of([&] {
              specs_of<Split>({{"test", 0.999}}, spec_of(numbered()));
            }),
            "of 100 rows, 100 for 'test' and 0 for 'validation' leave none for 'train'");
}
