#include <gtest/gtest.h>

#include <cmath>

#include "loaded.hpp"

/// model.reconstruct.
namespace harmonium::testing {
namespace {

/// E[v | E[h | v]] of one row, by loops.
std::vector<double> up_and_down(const Network& model, const std::vector<double>& row) {
  const View<const float> weights = model.link(0).weights.view();
  const auto mean = [](double input) { return 1 / (1 + std::exp(-input)); };
  std::vector<double> hidden, back;
  for (Index j = 0; j < weights.columns; ++j) {
    double input = static_cast<double>(model.layer(1).parameters.view()(0, j));
    for (Index i = 0; i < weights.rows; ++i)
      input += row[static_cast<std::size_t>(i)] * static_cast<double>(weights(i, j));
    hidden.push_back(mean(input));
  }
  for (Index i = 0; i < weights.rows; ++i) {
    double input = static_cast<double>(model.layer(0).parameters.view()(0, i));
    for (Index j = 0; j < weights.columns; ++j)
      input += hidden[static_cast<std::size_t>(j)] * static_cast<double>(weights(i, j));
    back.push_back(mean(input));
  }
  return back;
}

TEST(Reconstructing, IsThePassUpAndDownAsOftenAsAsked) {
  const Network model = make_rbm(6, 4, 1);
  // More rows than pass at once.
  Tensor rows = Tensor::matrix(1203, 6);
  uniform(Stream{3}, rows.view());
  std::vector<Index> classes;
  for (Index i = 0; i < rows.rows(); ++i) classes.push_back(i % 3);
  const Dataset data = make_data(rows, classes, 3);
  FakeInputs inputs;
  inputs.add("data", data).add("model", model);
  for (const std::int64_t passes : {1, 3}) {
    const Outputs out = run_loaded("model.reconstruct", {{"passes", passes}}, inputs);
    const auto& back = get<Dataset>(out, "data");
    EXPECT_EQ(back.classes("label"), classes);
    const Tensor found = all_rows(back, "features");
    for (const Index i : {0, 499, 500, 1202}) {
      std::vector<double> row(rows.view().row(i).begin(), rows.view().row(i).end());
      for (std::int64_t pass = 0; pass < passes; ++pass) row = up_and_down(model, row);
      for (Index j = 0; j < 6; ++j) EXPECT_NEAR(found.view()(i, j), row[static_cast<std::size_t>(j)], 1e-5);
    }
  }
}

TEST(Reconstructing, PassesThroughAStack) {
  const Network below = make_rbm(6, 5, 1, 1), above = make_rbm(5, 3, 1, 2);
  Tensor rows = Tensor::matrix(4, 6);
  uniform(Stream{5}, rows.view());
  FakeInputs inputs;
  inputs.add("data", make_data(rows)).add("model", below).add("model", above);
  const Tensor found = all_rows(get<Dataset>(run_loaded("model.reconstruct", {}, inputs), "data"), "features");
  // The middle layer's means come back from the upper model, then go down.
  const View<const float> weights = below.link(0).weights.view();
  for (Index r = 0; r < 4; ++r) {
    std::vector<double> middle;
    for (Index j = 0; j < 5; ++j) {
      double input = static_cast<double>(below.layer(1).parameters.view()(0, j));
      for (Index i = 0; i < 6; ++i)
        input += static_cast<double>(rows.view()(r, i)) * static_cast<double>(weights(i, j));
      middle.push_back(1 / (1 + std::exp(-input)));
    }
    middle = up_and_down(above, middle);
    for (Index i = 0; i < 6; ++i) {
      double input = static_cast<double>(below.layer(0).parameters.view()(0, i));
      for (Index j = 0; j < 5; ++j) input += middle[static_cast<std::size_t>(j)] * static_cast<double>(weights(i, j));
      EXPECT_NEAR(found.view()(r, i), 1 / (1 + std::exp(-input)), 1e-5);
    }
  }
}

TEST(Reconstructing, SaysBeforeAnyWorkWhatDoesNotFit) {
  Specs in;
  in.set<Network>("model", make_rbm(6, 4, 1).spec());
  in.set<Dataset>("data", {10, {{"features", 7, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("model.reconstruct", {}, in),
            "in.data: the data's part 'features' has 7 columns, but the model's layer 'visible' has 6 units\n");
}

}  // namespace
}  // namespace harmonium::testing
