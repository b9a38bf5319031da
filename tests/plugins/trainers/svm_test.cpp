#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "harmonium/feedforward.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

const char* const node = "trainer.svm";

Feedforward trained(const Dataset& data, const Settings& settings = {}) {
  FakeInputs inputs;
  inputs.add("data", data);
  FakeContext context;
  return get<Feedforward>(run_registered(node, settings, inputs, context), "readout");
}

/// Points about the corners of a polygon, deviation `spread` each way; class i % classes.
Dataset clouds(Index rows, Index classes, double spread) {
  Tensor points = Tensor::matrix(rows, 2);
  normal(Stream{5}, points.view());
  std::vector<Index> labels;
  for (Index i = 0; i < rows; ++i) {
    const double angle = 6.283185307 * static_cast<double>(i % classes) / static_cast<double>(classes);
    points.view()(i, 0) = static_cast<float>(2 * std::cos(angle) + spread * static_cast<double>(points.view()(i, 0)));
    points.view()(i, 1) = static_cast<float>(2 * std::sin(angle) + spread * static_cast<double>(points.view()(i, 1)));
    labels.push_back(i % classes);
  }
  return make_data(std::move(points), labels, classes);
}

/// (|w|^2 + b^2) / 2 + C sum of squared hinges for one class against the rest, u holding w and then b.
double objective(const Dataset& data, Index own, double cost, const std::vector<double>& u,
                 std::vector<double>* gradient = nullptr) {
  const Tensor points = all_rows(data, "features");
  const std::vector<Index> labels = data.classes("label");
  double sum = 0;
  if (gradient) *gradient = u;
  for (const double each : u) sum += each * each / 2;
  for (Index i = 0; i < points.rows(); ++i) {
    const double y = labels[static_cast<std::size_t>(i)] == own ? 1 : -1;
    double f = u.back();
    for (Index j = 0; j < points.columns(); ++j)
      f += u[static_cast<std::size_t>(j)] * static_cast<double>(points.view()(i, j));
    const double hinge = std::max(0.0, 1 - y * f);
    sum += cost * hinge * hinge;
    if (!gradient) continue;
    for (Index j = 0; j < points.columns(); ++j)
      (*gradient)[static_cast<std::size_t>(j)] -= 2 * cost * hinge * y * static_cast<double>(points.view()(i, j));
    gradient->back() -= 2 * cost * hinge * y;
  }
  return sum;
}

TEST(Svm, SeparatesWhatCanBeSeparatedAndIsTakenByAccuracyUnchanged) {
  for (const Index classes : {Index{2}, Index{3}, Index{5}}) {
    const Dataset data = clouds(100, classes, 0.15);
    FakeInputs inputs;
    inputs.add("readout", trained(data)).add("data", data);
    FakeContext context;
    const std::vector<double> row =
        get<Table>(run_registered("evaluator.accuracy", {}, inputs, context), "table").rows[0].values;
    EXPECT_EQ(row[1], 0) << classes << " classes";
    EXPECT_EQ(row[2], 100);
  }
}

TEST(Svm, EndsWherePlainGradientDescentEnds) {
  for (const Index classes : {Index{2}, Index{3}}) {
    const Dataset data = clouds(60, classes, 1.5);
    constexpr double cost = 0.3;
    const Feedforward readout = trained(data, {{"cost", cost}, {"tolerance", 1e-9}});
    for (Index k = 0; k < classes; ++k) {
      std::vector<double> u(3, 0.0), gradient, found;
      // Its curvature is at most 1 + 2 C sum |x|^2, about 1 + 0.6 * 60 * 9.5.
      for (int step = 0; step < 5000; ++step) {
        objective(data, k, cost, u, &gradient);
        for (std::size_t j = 0; j < u.size(); ++j) u[j] -= gradient[j] / 600;
      }
      objective(data, k, cost, u, &gradient);
      for (const double each : gradient) ASSERT_NEAR(each, 0, 1e-9) << "the descent has not ended";
      for (Index j = 0; j < 2; ++j) found.push_back(static_cast<double>(readout.stages[0].weights.view()(j, k)));
      found.push_back(static_cast<double>(readout.stages[0].parameters.view()(0, k)));
      for (std::size_t j = 0; j < u.size(); ++j) EXPECT_NEAR(found[j], u[j], 1e-6) << classes << " " << k << " " << j;
      EXPECT_NEAR(objective(data, k, cost, found), objective(data, k, cost, u), 1e-6);
    }
  }
}

TEST(Svm, OfTwoPointsHasAClosedForm) {
  // x = 1 and x = -1 without a bias: w^2 / 2 + 2 C (1 - w)^2 is least at w = 4 C / (1 + 4 C). Class 1 comes first.
  Tensor points = Tensor::matrix(2, 1);
  points.view()(0, 0) = 1;
  points.view()(1, 0) = -1;
  const Dataset data = make_data(std::move(points), {1, 0}, 2);
  for (const double cost : {0.1, 1.0, 50.0}) {
    const Feedforward readout = trained(data, {{"cost", cost}, {"bias", 0}, {"tolerance", 1e-9}});
    const double w = 4 * cost / (1 + 4 * cost);
    EXPECT_NEAR(readout.stages[0].weights.view()(0, 1), w, 1e-6);
    EXPECT_NEAR(readout.stages[0].weights.view()(0, 0), -w, 1e-6);
    EXPECT_EQ(readout.stages[0].parameters.view()(0, 0), 0);
  }
}

TEST(Svm, DrawsNoRandomNumbersAndPrintsNothing) {
  const Dataset data = clouds(60, 3, 1.5);
  std::srand(7);
  const int first = std::rand();
  std::srand(7);
  ::testing::internal::CaptureStdout();
  const Feedforward once = trained(data);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(std::rand(), first);
  EXPECT_TRUE(same_bits(once.stages[0].weights, trained(data).stages[0].weights));
}

TEST(Svm, SaysBeforeAnyWorkWhatTheDataLackAndNamesAClassWithoutRows) {
  const auto problems = [](const DataSpec& spec) {
    Specs in, out;
    in.set<Dataset>("data", spec);
    registered(node, {})->outputs(in, out);
    std::string all;
    for (const auto& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
    return all;
  };
  EXPECT_EQ(problems(clouds(6, 3, 1).spec()), "");
  EXPECT_EQ(problems({6, {{"pixels", 2, {}, PartSpec::Kind::real, {}}}}),
            "in.data: the data have no 'features'\nin.data: the data have no 'label' to learn\n");
  EXPECT_EQ(problems({6, {{"features", 2, {}, PartSpec::Kind::real, {}}, {"label", 1, {}, PartSpec::Kind::real, {}}}}),
            "in.data: 'label' must be of two classes or more, but is of numbers\n");
  const auto message = [](const Dataset& data) {
    try {
      trained(data);
    } catch (const BadData& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message(make_data(Tensor::matrix(2, 2), {0, 2}, 3)).find("class '1' has no rows"), std::string::npos);
  Tensor nothing = Tensor::matrix(2, 2);
  nothing.view()(1, 0) = INFINITY;
  EXPECT_NE(message(make_data(std::move(nothing), {0, 1}, 2)).find("row 2 shows inf in column 1"), std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
