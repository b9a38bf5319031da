#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// evaluator.gradient_angle.
namespace harmonium::testing {
namespace {

/// Rows, some of them more than once.
std::vector<std::vector<double>> some_rows(const Network& model) {
  const auto states = all_states(model.layer(0));
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < states.size(); i += 3) rows.push_back(states[i]);
  rows.push_back(states[0]);
  rows.push_back(states[1]);
  return rows;
}

Dataset as_data(const std::vector<std::vector<double>>& rows) {
  Tensor values = Tensor::matrix(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].begin(), rows[i].end(), values.view().row(static_cast<Index>(i)).data);
  return make_data(std::move(values));
}

Table angles(const Network& model, const Dataset& data, const std::vector<std::int64_t>& steps) {
  FakeInputs inputs;
  inputs.add("model", model).add("data", data);
  FakeContext context;
  const Outputs out =
      run_registered("evaluator.gradient_angle", {{"steps", Setting(std::vector<Setting>(steps.begin(), steps.end()))}},
                     inputs, context);
  return get<Table>(out, "table");
}

/// All that an RBM learns, in one order: weights, visible biases, hidden biases.
std::vector<float*> parameters_of(Network& model) {
  std::vector<float*> all;
  for (Tensor* tensor : {&model.link(0).weights, &model.layer(0).parameters, &model.layer(1).parameters})
    for (float& value : tensor->values<float>()) all.push_back(&value);
  return all;
}

/// The slope of the exact log-likelihood, by differences.
std::vector<double> slope(Network model, const std::vector<std::vector<double>>& rows) {
  constexpr float step = 0.015625F;
  std::vector<double> all;
  for (float* parameter : parameters_of(model)) {
    const float kept = *parameter;
    const auto at = [&](float moved) {
      *parameter = kept + moved;
      return naive_log_likelihood(model, rows);
    };
    // Of fourth order.
    const double near = at(step) - at(-step), far = at(2 * step) - at(-2 * step);
    all.push_back((8 * near - far) / (12 * static_cast<double>(step)));
    *parameter = kept;
  }
  return all;
}

/// The expected gradient of CD-k: v, h, v, h, ... by the joint law, from energies alone.
std::vector<double> contrastive_divergence(const Network& model, const std::vector<std::vector<double>>& rows, int k) {
  const auto shown = all_states(model.layer(0)), hidden = all_states(model.layer(1));
  std::vector<std::vector<double>> weight;
  for (const auto& v : shown) {
    weight.emplace_back();
    for (const auto& h : hidden) weight.back().push_back(std::exp(-naive_energy(model, {v, h})));
  }
  // Of the joint state (v, h), h being drawn given v.
  const auto joint = [&](const std::vector<double>& law) {
    auto p = weight;
    for (std::size_t v = 0; v < shown.size(); ++v) {
      double sum = 0;
      for (const double w : weight[v]) sum += w;
      for (double& w : p[v]) w *= law[v] / sum;
    }
    return p;
  };
  std::vector<double> law(shown.size(), 0.0);
  for (const auto& row : rows)
    law[static_cast<std::size_t>(std::find(shown.begin(), shown.end(), row) - shown.begin())] +=
        1 / static_cast<double>(rows.size());
  const auto statistics = [&](const std::vector<std::vector<double>>& p) {
    const std::size_t n = shown[0].size(), m = hidden[0].size();
    std::vector<double> sums(n * m + n + m, 0.0);
    for (std::size_t v = 0; v < shown.size(); ++v)
      for (std::size_t h = 0; h < hidden.size(); ++h) {
        for (std::size_t i = 0; i < n; ++i)
          for (std::size_t j = 0; j < m; ++j) sums[i * m + j] += p[v][h] * shown[v][i] * hidden[h][j];
        for (std::size_t i = 0; i < n; ++i) sums[n * m + i] += p[v][h] * shown[v][i];
        for (std::size_t j = 0; j < m; ++j) sums[n * m + n + j] += p[v][h] * hidden[h][j];
      }
    return sums;
  };
  std::vector<double> gradient = statistics(joint(law));
  for (int step = 0; step < k; ++step) {
    const auto p = joint(law);
    std::fill(law.begin(), law.end(), 0.0);
    for (std::size_t h = 0; h < hidden.size(); ++h) {
      double on = 0, sum = 0;
      for (std::size_t v = 0; v < shown.size(); ++v) {
        on += p[v][h];
        sum += weight[v][h];
      }
      for (std::size_t v = 0; v < shown.size(); ++v) law[v] += on * weight[v][h] / sum;
    }
  }
  const auto free = statistics(joint(law));
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] -= free[i];
  return gradient;
}

TEST(GradientAngle, IsThatBetweenTheSlopeOfTheLikelihoodAndTheExpectedUpdate) {
  for (const Network& model : {make_rbm(5, 3, 1, 3), make_rbm(4, 4, 0.7, 5, "units.spin", "units.spin"),
                               make_rbm(4, 3, 0.7, 7, "units.bernoulli", "units.spin")}) {
    const auto rows = some_rows(model);
    const std::vector<double> exact = slope(model, rows);
    const Table table = angles(model, as_data(rows), {1, 2, 7});
    std::size_t row = 0;
    for (const int k : {1, 2, 7}) {
      const std::vector<double> found = contrastive_divergence(model, rows, k);
      double dot = 0, own = 0, length = 0;
      for (std::size_t i = 0; i < exact.size(); ++i) {
        dot += found[i] * exact[i];
        own += found[i] * found[i];
        length += exact[i] * exact[i];
      }
      const double cosine = dot / std::sqrt(own * length);
      EXPECT_NEAR(table.rows[row].values[0], std::acos(cosine) * 180 / M_PI, 0.02) << k;
      EXPECT_NEAR(table.rows[row].values[1], cosine, 1e-5) << k;
      EXPECT_NEAR(table.rows[row].values[2], std::sqrt(own / length), 1e-5) << k;
      ++row;
    }
  }
}

TEST(GradientAngle, VanishesWithManyStepsAndIsLargerWhereWeightsAreLarge) {
  const Network small = make_rbm(6, 4, 0.1, 3), large = make_rbm(6, 4, 2, 3);
  const auto rows = some_rows(small);
  const Table of_small = angles(small, as_data(rows), {1, 10}), of_large = angles(large, as_data(rows), {1, 10, 5000});
  EXPECT_LT(of_small.rows[0].values[0], 10);
  EXPECT_GT(of_large.rows[0].values[0], 2 * of_small.rows[0].values[0]);
  EXPECT_LT(of_large.rows[2].values[0], 0.1);
  EXPECT_NEAR(of_large.rows[2].values[2], 1, 1e-3);
  EXPECT_EQ(of_large.rows[2].values[3], 100);
}

TEST(GradientAngle, SaysBeforeAnyWorkWhatItCannotEnumerate) {
  const auto problems = [](const Network& model) {
    Specs in, out;
    in.set<Network>("model", model.spec());
    in.set<Dataset>("data", {10, {{"features", model.layer(0).size, {}, PartSpec::Kind::real, {}}}});
    registered("evaluator.gradient_angle", {})->outputs(in, out);
    std::string all;
    for (const auto& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
    return all;
  };
  EXPECT_EQ(problems(make_rbm(10, 10, 1, 1)), "");
  EXPECT_EQ(problems(make_rbm(10, 11, 1, 1)), "in.model: the model has 21 units; up to 20 are enumerated\n");
  EXPECT_EQ(problems(make_rbm(4, 3, 0.1, 1, "units.gaussian")),
            "in.model: layer 'visible' has units.gaussian: only machines of units with two states are enumerated\n");
  Network half = make_rbm(4, 3, 1, 1);
  half.connect(make_value<Connection>("connection.lateral"), 0, 0);
  EXPECT_EQ(problems(half),
            "in.model: 'visible' and 'visible' are joined by connection.lateral: the angle is known of RBMs, whose "
            "visible and hidden units are joined by connection.dense\n");
  Network tied = make_rbm(4, 3, 1, 1);
  tied.tie(0, "w");
  EXPECT_EQ(problems(tied),
            "in.model: the weights between 'visible' and 'hidden' are tied: the angle is known of connections with "
            "weights of their own\n");
  const Network model = make_rbm(4, 3, 1, 1);
  EXPECT_NE(message_of([&] {
              angles(model, as_data({{0, 0.5, 1, 1}}), {1});
            })
                .find("row 1 shows in layer 'visible' what is no state of units.bernoulli: unit 2 would be one of 0, "
                      "1, got 0.5"),
            std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
