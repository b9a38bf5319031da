#include <gtest/gtest.h>

#include <cstring>

#include "loaded.hpp"

/// figure.rows.
namespace harmonium::testing {
namespace {

Dataset pictures(const std::vector<std::vector<float>>& rows, const Tensor::Shape& shape) {
  Tensor values = make_matrix(rows);
  DataSpec spec{values.rows(), {{"features", values.columns(), shape, PartSpec::Kind::real, {}}}};
  return stored_rows(std::move(spec), {std::make_shared<const Tensor>(std::move(values))});
}

std::string drawn(const Settings& settings, const std::vector<Dataset>& data) {
  FakeInputs inputs;
  for (std::size_t i = 0; i < data.size(); ++i) inputs.add("data", data[i], i == 0 ? "one" : "other");
  const Outputs outputs = run_loaded("figure.rows", settings, inputs);
  const Tensor& bytes = get<File>(outputs, "figure").bytes;
  return {reinterpret_cast<const char*>(bytes.raw()), static_cast<std::size_t>(bytes.bytes())};
}

const std::vector<float> a = {0, 1, 1, 0, 0, 1}, b = {1, 1, 0, 0, 1, 0}, c = {0, 0, 1, 0, 1, 1};

TEST(RowsFigure, ShowsTheFirstRowsInTheirShapeAndAfterThoseThatArePassedOver) {
  const std::string of_two = drawn({}, {pictures({a, b}, {2, 3})});
  EXPECT_TRUE(of_two.starts_with("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(of_two, drawn({{"first", std::int64_t{1}}}, {pictures({c, a, b}, {2, 3})}));
  EXPECT_EQ(of_two, drawn({{"rows", std::int64_t{1}}, {"columns", std::int64_t{2}}}, {pictures({a, b, c}, {2, 3})}));
  EXPECT_NE(of_two, drawn({}, {pictures({b, a}, {2, 3})}));
  EXPECT_NE(of_two, drawn({}, {pictures({a, b}, {3, 2})}));
}

TEST(RowsFigure, PutsDataSetsUnderHeadings) {
  const std::vector<Dataset> two = {pictures({a, b}, {2, 3}), pictures({c}, {2, 3})};
  const std::string by_name = drawn({}, two);
  EXPECT_EQ(by_name, drawn({{"labels", list({"one", "other"})}}, two));
  EXPECT_NE(by_name, drawn({{"labels", list({"one", "a third"})}}, two));
}

TEST(RowsFigure, SaysWhatCannotBeDrawn) {
  Specs inputs;
  inputs.set<Dataset>("data", {2, {{"features", 6, {2, 3}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("figure.rows", {{"part", "pixels"}, {"labels", list({"x", "y"})}}, inputs),
            "with.part: the data have no part 'pixels'\nwith.labels: 2 labels for 1 data sets\n");
  try {
    drawn({{"first", std::int64_t{2}}}, {pictures({a, b}, {2, 3})});
    ADD_FAILURE() << "nothing was refused";
  } catch (const BadData& error) {
    EXPECT_STREQ(error.what(), "the data have 2 rows, so none are left to draw after the first 2");
  }
}

}  // namespace
}  // namespace harmonium::testing
