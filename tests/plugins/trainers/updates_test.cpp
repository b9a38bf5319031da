#include <gtest/gtest.h>

#include "harmonium/errors.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/update.hpp"
#include "kernel/network/small_networks.hpp"

namespace harmonium::testing {
namespace {

/// Follows a rule on one parameter with the gradients given.
std::vector<double> follow(const std::string& recipe, const std::vector<float>& gradients) {
  load_plugins();
  const Handle<UpdateRule> rule = make_value<UpdateRule>(recipe);
  float parameter = 1, kept[2] = {0, 0};
  std::vector<double> path;
  for (std::size_t step = 0; step < gradients.size(); ++step) {
    double coefficients[UpdateRule::most_coefficients];
    rule->prepare({0, 1, step}, coefficients);
    View<float> moments[] = {{&kept[0], 1, 1}, {&kept[1], 1, 1}};
    rule->apply(coefficients, 1, {&parameter, 1, 1}, {&gradients[step], 1, 1}, moments);
    path.push_back(static_cast<double>(parameter));
  }
  return path;
}

const std::vector<float> gradients = {1.0F, -0.5F, 0.25F, 2.0F};

TEST(Sgd, AddsTheShareOfTheLastStepThatMomentumKeepsWithoutTheRate) {
  const auto path = follow("{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}", gradients);
  double parameter = 1, velocity = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    velocity = 0.9 * velocity + 0.1 * static_cast<double>(gradients[i]);
    parameter += velocity;
    EXPECT_NEAR(path[i], parameter, 1e-6);
  }
}

TEST(Nesterov, IsSgdWithTheGradientTakenAtThePointThatMomentumReaches) {
  // On a quadratic -x^2/2 the gradient is -x. With y the point of the usual form and x = y + momentum * velocity ours.
  load_plugins();
  const Handle<UpdateRule> rule = make_value<UpdateRule>("{use: update.nesterov, with: {rate: 0.1, momentum: 0.9}}");
  float x = 1, kept = 0;
  double y = 1, velocity = 0;
  for (std::uint64_t step = 0; step < 20; ++step) {
    double coefficients[UpdateRule::most_coefficients];
    rule->prepare({0, 1, step}, coefficients);
    View<float> moments[] = {{&kept, 1, 1}, {}};
    const float gradient = -x;
    rule->apply(coefficients, 1, {&x, 1, 1}, {&gradient, 1, 1}, moments);
    velocity = 0.9 * velocity - 0.1 * (y + 0.9 * velocity);
    y += velocity;
    EXPECT_NEAR(static_cast<double>(x), y + 0.9 * velocity, 1e-5);
  }
}

TEST(Adam, FollowsAlgorithm1OfKingmaAndBa) {
  const auto path = follow("{use: update.adam, with: {rate: 0.01, first: 0.8, second: 0.9, epsilon: 1e-3}}", gradients);
  double parameter = 1, m = 0, v = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const double g = static_cast<double>(gradients[i]), t = static_cast<double>(i) + 1;
    m = 0.8 * m + 0.2 * g;
    v = 0.9 * v + 0.1 * g * g;
    parameter += 0.01 * (m / (1 - std::pow(0.8, t))) / (std::sqrt(v / (1 - std::pow(0.9, t))) + 1e-3);
    EXPECT_NEAR(path[i], parameter, 1e-6);
  }
}

TEST(Schedules, TakeTheValuesThatTheyDescribe) {
  load_plugins();
  const auto at = [](const std::string& recipe, double epoch) {
    return make_value<Schedule>(recipe)->at({epoch, 10, 0});
  };
  EXPECT_EQ(at("0.3", 7), 0.3);
  EXPECT_EQ(at("{use: schedule.step, with: {from: 0.5, to: 0.9, at: 5}}", 4.99), 0.5);
  EXPECT_EQ(at("{use: schedule.step, with: {from: 0.5, to: 0.9, at: 5}}", 5), 0.9);
  EXPECT_DOUBLE_EQ(at("{use: schedule.linear, with: {from: 1, to: 0}}", 2.5), 0.75);
  EXPECT_DOUBLE_EQ(at("{use: schedule.linear, with: {from: 1, to: 0, over: 5}}", 2.5), 0.5);
  EXPECT_EQ(at("{use: schedule.linear, with: {from: 1, to: 0, over: 5}}", 9), 0);
  EXPECT_DOUBLE_EQ(at("{use: schedule.exponential, with: {from: 2, factor: 0.5}}", 3), 0.25);
  EXPECT_DOUBLE_EQ(at("{use: schedule.exponential, with: {from: 2, factor: 0.5, limit: 0.4}}", 2), 0.5);
  EXPECT_DOUBLE_EQ(at("{use: schedule.exponential, with: {from: 2, factor: 0.5, limit: 0.4}}", 9), 0.4);
  EXPECT_DOUBLE_EQ(at("{use: schedule.exponential, with: {from: 2, factor: 2, limit: 5}}", 9), 5);
  EXPECT_EQ(at("{use: schedule.list, with: {values: [3, 1, 2], each: 2}}", 1.5), 3);
  EXPECT_EQ(at("{use: schedule.list, with: {values: [3, 1, 2], each: 2}}", 2), 1);
  EXPECT_EQ(at("{use: schedule.list, with: {values: [3, 1, 2], each: 2}}", 90), 2);
}

TEST(Schedules, SayBetweenWhatTheyStay) {
  load_plugins();
  const auto range = [](const char* recipe) {
    const Range found = make_value<Schedule>(recipe)->range();
    return std::pair{found.least, found.greatest};
  };
  EXPECT_EQ(range("{use: schedule.exponential, with: {from: 2, factor: 0.5}}"), (std::pair{0.0, 2.0}));
  EXPECT_EQ(range("{use: schedule.exponential, with: {from: 2, factor: 0.5, limit: 0.4}}"), (std::pair{0.4, 2.0}));
  EXPECT_EQ(range("{use: schedule.exponential, with: {from: 2, factor: 2, limit: 5}}"), (std::pair{2.0, 5.0}));
  EXPECT_EQ(range("{use: schedule.list, with: {values: [3, 1, 2]}}"), (std::pair{1.0, 3.0}));
  EXPECT_THROW(range("{use: schedule.list, with: {values: []}}"), BadPipeline);
}

TEST(Schedules, SayWhetherTheyDependOnTheLengthOfTheTraining) {
  load_plugins();
  EXPECT_TRUE(make_value<Schedule>("{use: schedule.linear, with: {from: 1, to: 0}}")->depends_on_length());
  EXPECT_FALSE(make_value<Schedule>("{use: schedule.linear, with: {from: 1, to: 0, over: 5}}")->depends_on_length());
  EXPECT_TRUE(make_value<UpdateRule>("{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 1, to: 0}}}}")
                  ->depends_on_length());
}

}  // namespace
}  // namespace harmonium::testing
