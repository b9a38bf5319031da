#include "harmonium/missing.hpp"

#include <gtest/gtest.h>

#include "enumerated.hpp"
#include "harmonium/npy.hpp"

namespace harmonium::testing {
namespace {

Tensor with_holes(const Dataset& data, const std::string& part) {
  const Index number = data.part(part);
  Tensor values = Tensor::matrix(data.rows(), data.spec().parts[static_cast<std::size_t>(number)].width);
  read_with_missing(data, number, 0, data.rows(), values.view());
  return values;
}

Dataset read(const std::string& type, const std::string& path, Settings settings = {}) {
  settings.emplace_back("path", path);
  settings.emplace_back("missing", true);
  return get<Dataset>(run_loaded(type, settings, FakeInputs()), "data");
}

Dataset hidden(const Tensor& rows, const Settings& settings) {
  return get<Dataset>(run_view("data.hide", settings, FakeInputs().add("data", make_data(rows))), "data");
}

TEST(Missing, CellsMayBeEmptyOrSayThatNothingIsKnown) {
  const TemporaryFolder folder;
  std::ofstream(folder / "rows.csv") << "1,?,nan,a\n,2,NaN,?\n3,4,5,b\n";
  const Dataset data = read("reader.csv", folder / "rows.csv", {{"label", std::string("last")}});
  ASSERT_EQ(data.rows(), 3);
  const Tensor values = with_holes(data, "features");
  const bool expected[3][3] = {{false, true, true}, {true, false, true}, {false, false, false}};
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j) EXPECT_EQ(std::isnan(values.view()(i, j)), expected[i][j]) << i << " " << j;
  EXPECT_EQ(values.view()(2, 2), 5);
  EXPECT_EQ(data.spec().parts[1].classes, (std::vector<std::string>{"a", "b"}));
  const Tensor labels = with_holes(data, "label");
  EXPECT_TRUE(std::isnan(labels.view()(1, 0)) && std::isnan(labels.view()(1, 1)));
  EXPECT_EQ(labels.view()(2, 1), 1);
  EXPECT_EQ(message_of([&] { data.classes("label"); }),
            "row 2, column 1 of 'label' is missing, and rows are needed whole here: data.complete_cases leaves such "
            "rows out, ask.complete fills in what a model "
            "expects");
}

TEST(Missing, RowsOfUnknownValuesAreNoHeader) {
  const TemporaryFolder folder;
  std::ofstream(folder / "rows.csv") << "?,?\n1,2\n";
  EXPECT_EQ(read("reader.csv", folder / "rows.csv").rows(), 2);
}

TEST(Missing, ArraysMayHoldNan) {
  const TemporaryFolder folder;
  const float values[] = {1, unknown, 3, 4};
  std::ofstream file(folder / "rows.npy", std::ios::binary);
  file << write_npy_header(Element::float32, {2, 2});
  file.write(reinterpret_cast<const char*>(values), sizeof values);
  file.close();
  const Tensor rows = with_holes(read("reader.npy", folder / "rows.npy"), "features");
  EXPECT_TRUE(std::isnan(rows.view()(0, 1)));
  EXPECT_EQ(rows.view()(1, 1), 4);
}

TEST(Missing, RowsWrittenDownMayHaveHoles) {
  const Outputs out =
      run_view("reader.table", {{"rows", list({std::string("1 ? 0"), std::string("0,1,1")})}}, FakeInputs());
  const Tensor rows = with_holes(get<Dataset>(out, "data"), "features");
  EXPECT_TRUE(std::isnan(rows.view()(0, 1)));
  EXPECT_EQ(rows.view()(1, 2), 1);
}

TEST(Missing, StaysMissingWhereValuesAreChangedOneByOne) {
  const Dataset data = make_data(make_matrix({{0.2F, unknown, 0.9F}}));
  for (const char* type : {"data.binarise", "data.sample", "data.scale"}) {
    Settings settings;
    if (std::string(type) == "data.scale") settings.emplace_back("from", list({0.0, 1.0}));
    const Outputs out = run_view(type, settings, FakeInputs().add("data", data));
    const Tensor rows = with_holes(get<Dataset>(out, "data"), "features");
    EXPECT_TRUE(std::isnan(rows.view()(0, 1))) << type;
    EXPECT_FALSE(std::isnan(rows.view()(0, 0)) || std::isnan(rows.view()(0, 2))) << type;
  }
}

TEST(Missing, IsRefusedByWhatNeedsRowsWhole) {
  const Dataset data = make_data(make_matrix({{0, 1, 0}, {0, 1, unknown}, {1, 1, 0}}));
  const std::string refusal =
      "row 2, column 3 of 'features' is missing, and rows are needed whole here: data.complete_cases leaves such rows "
      "out, ask.complete fills in what a model "
      "expects";
  const Network network = make_rbm(3, 2, 1.0, 5, "units.bernoulli", "units.bernoulli");
  for (const char* type : {"trainer.cd", "trainer.pcd", "model.encode", "evaluator.reconstruction"})
    EXPECT_EQ(message_of([&] { run_loaded(type, {}, FakeInputs().add("model", network).add("data", data)); }), refusal)
        << type;
  EXPECT_EQ(message_of([&] {
              run_loaded("evaluator.free_energy", {},
                         FakeInputs().add("model", network).add("train", data).add("heldout", data));
            }),
            refusal);
  EXPECT_EQ(message_of([&] { run_loaded("data.standardise", {}, FakeInputs().add("data", data)); }), refusal);
}

TEST(Hide, HidesTheSameShareOfEveryRowAndOthersInEach) {
  const Tensor rows = Tensor::matrix(50, 9);
  const Dataset data = hidden(rows, {{"share", 0.5}});
  const Tensor holes = with_holes(data, "features"), again = with_holes(data, "features");
  std::vector<int> in_column(9, 0);
  for (Index i = 0; i < 50; ++i) {
    int count = 0;
    for (Index j = 0; j < 9; ++j) {
      const bool hole = std::isnan(holes.view()(i, j));
      EXPECT_EQ(hole, std::isnan(again.view()(i, j)));
      count += hole;
      in_column[static_cast<std::size_t>(j)] += hole;
    }
    EXPECT_EQ(count, 5);  // half of nine, rounded
  }
  // Binomial of 50 and 5/9: mean 28, deviation 3.5; within five of them.
  for (const int count : in_column) EXPECT_NEAR(count, 27.8, 17.6);
}

TEST(Hide, HidesBlocksWhole) {
  const Tensor holes =
      with_holes(hidden(Tensor::matrix(20, 9), {{"share", 0.34}, {"block", std::int64_t{3}}}), "features");
  for (Index i = 0; i < 20; ++i) {
    int count = 0;
    for (Index j = 0; j < 9; ++j) {
      EXPECT_EQ(std::isnan(holes.view()(i, j)), std::isnan(holes.view()(i, j / 3 * 3)));
      count += std::isnan(holes.view()(i, j));
    }
    EXPECT_EQ(count, 3);
  }
  Specs specs;
  specs.set<Dataset>("data", {1, {{"features", 8, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("data.hide", {{"block", std::int64_t{3}}}, specs),
            "with.block: the 8 columns of 'features' cannot be cut into blocks of 3\n");
}

TEST(Imputation, LooksAtMissingValuesAlone) {
  const Dataset truth = make_data(make_matrix({{1, 0}, {0, 1}})), train = make_data(make_matrix({{1, 0}, {1, 1}}));
  const Dataset holes = make_data(make_matrix({{unknown, 0}, {unknown, unknown}}));
  const Dataset imputed = make_data(make_matrix({{0.5F, 9}, {0, 0.8F}}));
  const Outputs out =
      run_loaded("evaluator.imputation", {},
                 FakeInputs().add("data", truth).add("hidden", holes).add("imputed", imputed).add("train", train));
  const Table& table = get<Table>(out, "table");
  EXPECT_EQ(value_of(table, "missing values"), 3);
  EXPECT_NEAR(value_of(table, "squared error"), (0.25 + 0 + 0.04) / 3, 1e-6);
  // Column means of the training rows are 1 and 1/2.
  EXPECT_NEAR(value_of(table, "of column means"), (0 + 1 + 0.25) / 3, 1e-6);
  EXPECT_NEAR(value_of(table, "ratio"), 0.29 / 1.25, 1e-6);
  EXPECT_EQ(message_of([&] {
              run_loaded(
                  "evaluator.imputation", {},
                  FakeInputs().add("data", truth).add("hidden", truth).add("imputed", imputed).add("train", train));
            }),
            "no value is missing, so there is nothing to be found again");
}

TEST(Columns, AreCutIntoWhatTheModelShows) {
  const Network network = make_labelled(3, 2, 1.0, 61);
  const auto cut = [&](const Tensor& rows) {
    return get<Dataset>(run_view("data.columns", {}, FakeInputs().add("data", make_data(rows)).add("model", network)),
                        "data");
  };
  const Dataset both = cut(make_matrix({{1, 2, 3, 0, unknown, 1}}));
  EXPECT_EQ(all_rows(both, "features").view()(0, 2), 3);
  EXPECT_EQ(with_holes(both, "label").view()(0, 2), 1);
  EXPECT_EQ(cut(make_matrix({{1, 2, 3}})).spec().parts.size(), 1U);
  EXPECT_EQ(
      problems_of("data.columns", {}, specs_of_ask(network, {1, {{"features", 5, {}, PartSpec::Kind::real, {}}}})),
      "in.data: rows of 5 values cannot be cut into what the model shows: 'features' (3), 'label' (3)\n");
}

}  // namespace
}  // namespace harmonium::testing
