#include <gtest/gtest.h>

#include <numeric>

#include "harmonium/chains.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// What drives persistent chains on: fast weights, and copies at other temperatures.
namespace harmonium::testing {
namespace {

constexpr const char* tempering = "{use: sampler.tempering, with: {temperatures: 4, lowest: 0.2}}";
constexpr const char* slow = "{use: update.sgd, with: {rate: 0.1}}";

FakeInputs inputs_of(const Dataset& data, Network model) {
  FakeInputs inputs;
  inputs.add("model", std::move(model)).add("data", data);
  return inputs;
}

const Tensor& saved_as(const SavedState& state, const std::string& end) {
  const Tensor* found = nullptr;
  for (const auto& [name, tensor] : state.tensors)
    if (name.size() >= end.size() && name.substr(name.size() - end.size()) == end) found = &tensor;
  if (!found) throw std::logic_error("nothing was saved as " + end);
  return *found;
}

/// Row means of products of two layers' rows.
std::vector<double> products(View<const float> a, View<const float> b) {
  std::vector<double> sums(static_cast<std::size_t>(a.columns * b.columns), 0.0);
  for (Index i = 0; i < a.rows; ++i)
    for (Index j = 0; j < a.columns; ++j)
      for (Index k = 0; k < b.columns; ++k)
        sums[static_cast<std::size_t>(j * b.columns + k)] +=
            static_cast<double>(a(i, j)) * static_cast<double>(b(i, k)) / static_cast<double>(a.rows);
  return sums;
}

TEST(FastWeights, FollowTheirDefinitionStepByStep) {
  // Tieleman, Hinton 2009: the chains move under W + F; W += rate g, F = decay F + fast_rate g, g being the data's
  // products under W less the chains' under W + F. The same for biases, whose products are those with 1.
  const Dataset data = mirrored_rows(6, 4, 3);
  const Network begin = make_rbm(4, 3, 1, 5);
  const FakeInputs inputs = inputs_of(data, begin);
  FakeContext context;
  const auto node = registered(
      "trainer.pcd",
      {{"epochs", 2}, {"batch", 6}, {"chains", 5}, {"fast_rate", "0.7"}, {"fast_decay", 0.9}, {"update", slow}});
  const std::unique_ptr<Work> work(node->start(inputs, context));
  const SavedState first = save(*work);
  while (work->advance(inputs, context)) {
  }
  const SavedState last = save(*work);

  Network model = begin, fast = make_rbm(4, 3, 0, 1);
  Chains chains(begin, 5), clamped(begin, 6);
  for (Index l = 0; l < 2; ++l) {
    const Tensor& state = saved_as(first, "chains/state/" + std::to_string(l));
    std::copy_n(state.data<float>(), state.size(), chains[l].state.data);
  }
  const Tensor shown = all_rows(data, "features");
  std::copy_n(shown.data<float>(), shown.size(), clamped[0].state.data);
  Tensor ones_clamped = Tensor::matrix(6, 1), ones_free = Tensor::matrix(5, 1);
  for (float& one : ones_clamped.values<float>()) one = 1;
  for (float& one : ones_free.values<float>()) one = 1;
  for (std::uint64_t step = 0; step < 2; ++step) {
    Network overlaid = model;
    const auto each = [](Network& to, const Network& from, double a, double b) {
      const auto combine = [&](Tensor& x, const Tensor& y) {
        for (Index k = 0; k < x.size(); ++k)
          x.data<float>()[k] = static_cast<float>(a * static_cast<double>(x.data<float>()[k]) +
                                                  b * static_cast<double>(y.data<float>()[k]));
      };
      for (Index l = 0; l < 2; ++l) combine(to.layer(l).parameters, from.layer(l).parameters);
      combine(to.link(0).weights, from.link(0).weights);
    };
    each(overlaid, fast, 1, 1);
    chains.prepare(overlaid);
    make_value<Sampler>("sampler.gibbs")
        ->sweep(overlaid, chains, {1, context.stream("training").at(step << 16).purpose("free")});
    clamped.prepare(model);
    update_layer(model, 1, clamped, {}, Draw::nothing);
    Network gradient = fast;
    const auto less = [](Tensor& to, const std::vector<double>& plus, const std::vector<double>& minus) {
      for (std::size_t k = 0; k < plus.size(); ++k) to.data<float>()[k] = static_cast<float>(plus[k] - minus[k]);
    };
    less(gradient.link(0).weights, products(clamped[0].state, clamped[1].mean),
         products(chains[0].state, chains[1].mean));
    less(gradient.layer(0).parameters, products(clamped[0].state, ones_clamped.view()),
         products(chains[0].state, ones_free.view()));
    less(gradient.layer(1).parameters, products(clamped[1].mean, ones_clamped.view()),
         products(chains[1].mean, ones_free.view()));
    each(model, gradient, 1, 0.1);
    each(fast, gradient, 0.9, 0.7);
  }
  const auto near = [](const Tensor& expected, const Tensor& got) {
    ASSERT_EQ(expected.size(), got.size());
    for (Index k = 0; k < expected.size(); ++k) EXPECT_NEAR(expected.data<float>()[k], got.data<float>()[k], 2e-6);
  };
  near(fast.link(0).weights, saved_as(last, "learner/fast link 0"));
  near(fast.layer(0).parameters, saved_as(last, "learner/fast 0"));
  near(fast.layer(1).parameters, saved_as(last, "learner/fast 1"));
  Outputs outputs;
  work->finish(inputs, outputs);
  near(model.link(0).weights, get<Network>(outputs, "model").link(0).weights);
  near(model.layer(1).parameters, get<Network>(outputs, "model").layer(1).parameters);
}

TEST(FastWeights, DriveChainsFromOneModeToTheOther) {
  // Two modes between which Gibbs does not cross, all units on or off, half of the rows in each, and one chain, which
  // is driven away from where it is. The model itself does not learn.
  Network model = make_rbm(8, 4, 0, 1);
  for (float& weight : model.link(0).weights.values<float>()) weight = 4;
  for (float& bias : model.layer(0).parameters.values<float>()) bias = -8;
  for (float& bias : model.layer(1).parameters.values<float>()) bias = -16;
  Tensor rows = Tensor::matrix(20, 8);
  for (Index i = 0; i < 10; ++i)
    for (float& value : rows.view().row(i)) value = 1;
  const FakeInputs inputs = inputs_of(make_data(std::move(rows)), model);
  const auto changed = [&](const char* rate) {
    int count = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      FakeContext context(seed);
      const auto node = registered("trainer.pcd", {{"epochs", 60},
                                                   {"batch", 20},
                                                   {"chains", 1},
                                                   {"fast_rate", rate},
                                                   {"update", "{use: update.sgd, with: {rate: 1e-9}}"}});
      const std::unique_ptr<Work> work(node->start(inputs, context));
      const auto on = [&] {
        const Tensor state = saved_as(save(*work), "chains/state/0");
        return std::accumulate(state.data<float>(), state.data<float>() + 8, 0.0F) > 4;
      };
      const bool before = on();
      while (work->advance(inputs, context)) {
      }
      count += on() != before;
    }
    return count;
  };
  EXPECT_EQ(changed("0"), 0);
  EXPECT_GE(changed("1"), 2);
}

TEST(PersistentTraining, RaisesTheExactLikelihoodWithFastWeightsAndTempered) {
  const Dataset data = mirrored_rows(200, 6, 3);
  const Network before = make_rbm(6, 6, 0.01, 5);
  const auto rows = as_rows(data);
  for (const bool tempered : {false, true}) {
    FakeContext context;
    Settings settings = {{"epochs", 300}, {"batch", 20}, {"chains", 30}, {"update", slow}};
    if (tempered)
      settings.emplace_back("sampler", tempering);
    else
      settings.emplace_back("fast_rate", "0.1");
    const Outputs outputs = run_registered("trainer.pcd", settings, inputs_of(data, before), context);
    const double trained = naive_log_likelihood(get<Network>(outputs, "model"), rows);
    EXPECT_GT(trained, -6 * std::log(2.0) + 0.4 * 3 * std::log(2.0)) << (tempered ? "tempered" : "fast");
    const Table& course = get<Table>(outputs, "course");
    ASSERT_EQ(course.columns.size(), tempered ? 3U : 2U);
    if (!tempered) continue;
    EXPECT_EQ(course.columns[2], "swaps accepted");
    EXPECT_GT(course.rows.back().values[2], 10);
    EXPECT_LT(course.rows.back().values[2], 100);
  }
}

TEST(PersistentTraining, AtARateThatNeverFallsLeavesAModelWhoseLikelihoodComesWithAWarning) {
  const Dataset data = mirrored_rows(60, 6, 3);
  const auto warnings = [&](const char* trainer, const char* update, const char* evaluator) {
    FakeContext context;
    const Outputs trained = run_registered(trainer, {{"epochs", 2}, {"batch", 20}, {"update", update}},
                                           inputs_of(data, make_rbm(6, 4, 0.1, 5)), context);
    FakeContext judging;
    run_registered(evaluator, {}, inputs_of(data, get<Network>(trained, "model")), judging);
    return judging.warnings.size();
  };
  const char* falling = "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 0.1, to: 0}}}}";
  for (const char* evaluator : {"evaluator.likelihood", "evaluator.ais", "evaluator.variational_bound"}) {
    EXPECT_EQ(warnings("trainer.pcd", "{use: update.sgd, with: {rate: 0.1}}", evaluator), 1U) << evaluator;
    EXPECT_EQ(warnings("trainer.pcd", "{use: update.adam, with: {rate: 0.1}}", evaluator), 1U) << evaluator;
    EXPECT_EQ(warnings("trainer.pcd", falling, evaluator), 0U) << evaluator;
    EXPECT_EQ(warnings("trainer.cd", "{use: update.sgd, with: {rate: 0.1}}", evaluator), 0U) << evaluator;
  }
}

TEST(PersistentTraining, GoesOnFromASavedStateWithFastWeightsAndReplicas) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(8, 5, 0.1, 5)).add("data", mirrored_rows(130, 8, 3));
  const Settings common = {{"epochs", 3}, {"batch", 16}, {"steps", 626}, {"chains", 3}, {"update", slow}};
  Settings fast = common, tempered = common;
  fast.emplace_back("fast_rate", "0.05");
  tempered.emplace_back("sampler", tempering);
  expect_resumable("trainer.pcd", fast, inputs);
  expect_resumable("trainer.pcd", tempered, inputs);
}

TEST(PersistentTraining, RefusesReplicasWhereNoChainsPersist) {
  const auto problems = [](const std::string& type, const Settings& settings) {
    Specs in, out;
    in.set<Network>("model", make_rbm(6, 3, 0.01, 5).spec());
    in.set<Dataset>("data", {10, {{"features", 6, {}, PartSpec::Kind::real, {}}}});
    registered(type, settings)->outputs(in, out);
    std::string all;
    for (const Specs::Problem& problem : out.problems()) all += problem.where + ": " + problem.message + "\n";
    return all;
  };
  EXPECT_EQ(problems("trainer.pcd", {{"sampler", tempering}}), "");
  EXPECT_NE(problems("trainer.cd", {{"sampler", tempering}}).find("with.sampler"), std::string::npos);
  EXPECT_NE(problems("trainer.pcd", {{"settler", tempering}}).find("with.settler"), std::string::npos);
  EXPECT_NE(problems("trainer.pcd", {{"sampler", "{use: sampler.tempering, with: {sampler: sampler.parallel}}"}})
                .find("does not leave the model's distribution unchanged"),
            std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
