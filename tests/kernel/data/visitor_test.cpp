#include "harmonium/visitor.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "fake_kernel.hpp"
#include "harmonium/file.hpp"
#include "harmonium/table.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

struct Everything {
  bool flag = false;
  int small = 0;
  std::uint64_t large = 0;
  double real = 0;
  std::string text;
  std::vector<double> reals;
  std::vector<Index> numbers;
  std::vector<std::string> names;
  Tensor tensor;

  void visit(Visitor& visitor) {
    visitor("flag", flag);
    visitor("small", small);
    visitor("large", large);
    visitor("real", real);
    visitor("text", text);
    visitor("reals", reals);
    visitor("numbers", numbers);
    visitor("names", names);
    visitor("tensor", tensor);
  }
};

}  // namespace

TEST(Visitor, GivesBackEveryKindOfStateAsItWas) {
  Everything before{true,    -7,        std::numeric_limits<std::uint64_t>::max(),
                    0.1,     "text",    {1.5, 2.5},
                    {3, -4}, {"a", ""}, Tensor::matrix(2, 2)};
  before.tensor.view()(0, 1) = 3;
  SavedState state = save(before);
  Everything after;
  load(state, after);
  EXPECT_TRUE(after.flag);
  EXPECT_EQ(after.small, -7);
  EXPECT_EQ(after.large, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(after.real, 0.1);
  EXPECT_EQ(after.text, "text");
  EXPECT_EQ(after.reals, before.reals);
  EXPECT_EQ(after.numbers, before.numbers);
  EXPECT_EQ(after.names, before.names);
  EXPECT_EQ(after.tensor.view()(0, 1), 3);
}

TEST(Visitor, RefusesAStateWhoseNumbersCannotBe) {
  // A damaged count used as it stands would allocate all memory.
  Everything object;
  SavedState state = save(object);
  for (const std::int64_t count : {std::int64_t{-1}, std::int64_t{1} << 60}) {
    state.integers["names/count"] = count;
    EXPECT_NE(message_of([&] { load(state, object); }).find("items"), std::string::npos);
  }
  state = save(object);
  state.integers["flag"] = 2;
  EXPECT_EQ(message_of([&] { load(state, object); }), "'flag' of a stored state is 2, not true or false");
  state = save(object);
  state.integers["small"] = std::int64_t{1} << 40;
  EXPECT_NE(message_of([&] { load(state, object); }).find("out of range"), std::string::npos);
  state = save(object);
  state.tensors["text"] = Tensor::matrix(1, 3);
  EXPECT_EQ(message_of([&] { load(state, object); }), "'text' of a stored state is not a list of uint8 values");
}

TEST(Visitor, KeepsTablesAndFiles) {
  Table table{"Errors", "class", {"error"}, {"%"}, {{"zero", {1.5}}, {"one", {2.5}}}};
  SavedState state = save(table);
  Table again;
  load(state, again);
  EXPECT_EQ(again.title, "Errors");
  EXPECT_EQ(again.rows.at(1).label, "one");
  EXPECT_EQ(again.rows.at(1).values, std::vector<double>{2.5});

  File file{"png", Tensor::of<std::uint8_t>({3})};
  file.bytes.data<std::uint8_t>()[2] = 9;
  state = save(file);
  File same;
  load(state, same);
  EXPECT_EQ(same.extension, "png");
  EXPECT_EQ(same.bytes.data<std::uint8_t>()[2], 9);
}
