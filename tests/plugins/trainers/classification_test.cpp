#include <gtest/gtest.h>

#include "class_machines.hpp"
#include "harmonium/table.hpp"
#include "kernel/numerics/thread_count.hpp"

namespace harmonium::testing {
namespace {

FakeInputs inputs_of(const Dataset& data, Network model) {
  FakeInputs inputs;
  inputs.add("model", std::move(model)).add("data", data);
  return inputs;
}

/// One step of rate 1 over all rows: the parameters move by the gradient.
std::vector<double> gradient(const std::string& type, const Network& model, const Dataset& data, Settings settings,
                             std::uint64_t seed = 42) {
  settings.insert(settings.end(), {{"epochs", std::int64_t{1}},
                                   {"batch", std::int64_t{data.rows()}},
                                   {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}});
  FakeContext context(seed);
  return moves(model, get<Network>(run_registered(type, settings, inputs_of(data, model), context), "model"));
}

struct Machine {
  std::string features;
  std::vector<std::string> hidden;
};

TEST(ClassificationTraining, FollowsFiniteDifferencesOfTheExactConditionalLikelihood) {
  const ThreadCount one(1);
  for (const Machine& machine :
       {Machine{"units.bernoulli", {"units.bernoulli"}}, Machine{"units.gaussian", {"units.bernoulli"}},
        Machine{"units.bernoulli", {"units.spin", "units.softmax"}}, Machine{"units.spin", {"units.gaussian"}},
        Machine{"units.bernoulli", {"units.poisson"}}}) {
    const std::string name = machine.features + " " + machine.hidden.front();
    const Dataset data = classified_rows(11, 4, 3, 7, machine.features != "units.gaussian");
    Network model = make_classifier(4, 3, 3, 0.4, 5, machine.features, machine.hidden);
    const std::vector<double> step = gradient("trainer.classification", model, data, {{"generative", 0.0}});
    const std::vector<float*> parameters = parameters_of(model);
    const std::vector<double> rates = rates_of(model);
    double largest = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const float at = *parameters[i];
      const float above = at + 0.00390625F, below = at - 0.00390625F;
      *parameters[i] = above;
      double difference = naive_class_likelihood(model, data);
      *parameters[i] = below;
      difference -= naive_class_likelihood(model, data);
      *parameters[i] = at;
      const double slope = difference / (static_cast<double>(above) - static_cast<double>(below));
      largest = std::max(largest, std::abs(slope));
      EXPECT_NEAR(step[i], rates[i] * slope, 1e-4) << name << ", parameter " << i;
    }
    EXPECT_GT(largest, 0.02) << name;
  }
}

TEST(ClassificationTraining, OfAHybridIsTheWeightedSumOfBothGradients) {
  const Dataset data = classified_rows(30, 6, 3, 7);
  const Network model = make_classifier(6, 3, 4, 0.5, 5, "units.bernoulli", {"units.bernoulli", "units.gaussian"});
  for (const std::int64_t chains : {0, 20}) {
    const auto by = [&](double discriminative, double generative) {
      return gradient("trainer.classification", model, data,
                      {{"discriminative", discriminative}, {"generative", generative}, {"chains", chains}});
    };
    const std::vector<double> hybrid = by(0.8, 0.3), discriminative = by(1, 0), generative = by(0, 1);
    for (std::size_t i = 0; i < hybrid.size(); ++i)
      EXPECT_NEAR(hybrid[i], 0.8 * discriminative[i] + 0.3 * generative[i], 2e-6) << i;
  }
}

TEST(ClassificationTraining, OfTheJointModelAloneIsContrastiveDivergenceInExpectation) {
  const ThreadCount one(1);
  const Dataset data = classified_rows(40, 6, 3, 7);
  const Network model = make_classifier(6, 3, 4, 0.5, 5);
  for (const std::int64_t chains : {0, 25})
    for (const char* visible : {"probabilities", "samples"}) {
      if (chains > 0 && std::string(visible) == "probabilities") continue;
      const std::string type = chains > 0 ? "trainer.pcd" : "trainer.cd";
      constexpr int seeds = 60;
      std::vector<double> sum, squares;
      for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const std::vector<double> ours = gradient("trainer.classification", model, data,
                                                  {{"discriminative", 0.0},
                                                   {"generative", 1.0},
                                                   {"chains", chains},
                                                   {"visible", visible},
                                                   {"steps", std::int64_t{2}}},
                                                  2 * seed);
        const Settings settings = chains > 0 ? Settings{{"chains", chains}, {"steps", std::int64_t{2}}}
                                             : Settings{{"visible", visible}, {"steps", std::int64_t{2}}};
        const std::vector<double> theirs = gradient(type, model, data, settings, 2 * seed + 1);
        sum.resize(ours.size());
        squares.resize(ours.size());
        for (std::size_t i = 0; i < ours.size(); ++i) {
          sum[i] += ours[i] - theirs[i];
          squares[i] += (ours[i] - theirs[i]) * (ours[i] - theirs[i]);
        }
      }
      for (std::size_t i = 0; i < sum.size(); ++i) {
        const double mean = sum[i] / seeds;
        const double error = std::sqrt((squares[i] / seeds - mean * mean) / (seeds - 1));
        EXPECT_LE(std::abs(mean), 4.5 * error + 1e-7) << type << " " << visible << ", parameter " << i;
      }
    }
}

TEST(ClassificationTraining, GivesTheSameBitsOnOneThreadAndOnTwo) {
  const Dataset data = classified_rows(150, 40, 5, 3);
  const auto train = [&](int count) {
    const ThreadCount some(count);
    FakeContext context;
    return get<Network>(run_registered("trainer.classification",
                                       {{"epochs", std::int64_t{2}}, {"batch", std::int64_t{60}}, {"generative", 0.2}},
                                       inputs_of(data, make_classifier(40, 5, 30, 0.1, 5)), context),
                        "model");
  };
  const Network one = train(1), two = train(2);
  for (Index i = 0; i < 2; ++i) EXPECT_TRUE(same_bits(one.link(i).weights, two.link(i).weights));
}

TEST(ClassificationTraining, CanBeStoppedWithinAnEpochAndResumed) {
  const ThreadCount one(1);
  FakeInputs inputs = inputs_of(classified_rows(130, 8, 3, 3), make_classifier(8, 3, 5, 0.1, 5));
  inputs.add("validation", classified_rows(20, 8, 3, 4));
  for (const std::int64_t chains : {0, 20})
    for (const char* rule : {"{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}", "update.adam"})
      // So many sweeps that a piece of work is one batch.
      expect_resumable("trainer.classification",
                       {{"epochs", std::int64_t{3}},
                        {"batch", std::int64_t{16}},
                        {"steps", std::int64_t{600}},
                        {"chains", chains},
                        {"generative", 0.5},
                        {"penalties", list({"penalty.l2"})},
                        {"update", rule}},
                       inputs);
}

TEST(ClassificationTraining, GivesTheModelWithTheFewestErrorsOnTheValidationDataAndStopsWithoutProgress) {
  const Dataset held_out = classified_rows(60, 8, 3, 4);
  FakeInputs inputs = inputs_of(classified_rows(60, 8, 3, 3), make_classifier(8, 3, 10, 0.1, 5));
  inputs.add("validation", held_out);
  FakeContext context;
  const Outputs outputs = run_registered("trainer.classification",
                                         {{"epochs", std::int64_t{200}},
                                          {"batch", std::int64_t{10}},
                                          {"patience", std::int64_t{15}},
                                          {"update", "{use: update.sgd, with: {rate: 0.5, momentum: 0}}"}},
                                         inputs, context);
  const Table& course = get<Table>(outputs, "course");
  ASSERT_EQ(course.columns.back(), "validation error");
  double fewest = 100;
  std::size_t best = 0;
  for (std::size_t i = 0; i < course.rows.size(); ++i)
    if (course.rows[i].values.back() < fewest) {
      fewest = course.rows[i].values.back();
      best = i;
    }
  EXPECT_LT(course.rows.size(), 200U);
  EXPECT_GE(course.rows.size(), best + 15);
  const FakeInputs judged = inputs_of(held_out, get<Network>(outputs, "model"));
  const Outputs again = run_registered("evaluator.classification", {}, judged, context);
  EXPECT_DOUBLE_EQ(get<Table>(again, "table").rows[0].values[0], fewest);
  EXPECT_LT(fewest, course.rows.back().values.back());
}

TEST(ClassificationTraining, LearnsTheClassByEveryObjective) {
  const ThreadCount one(1);
  const Dataset data = classified_rows(300, 6, 3, 3);
  for (const auto& [discriminative, generative] : {std::pair{1.0, 0.0}, {0.0, 1.0}, {1.0, 0.1}}) {
    FakeContext context;
    const Outputs outputs = run_registered("trainer.classification",
                                           {{"epochs", std::int64_t{300}},
                                            {"batch", std::int64_t{20}},
                                            {"discriminative", discriminative},
                                            {"generative", generative},
                                            {"update", "{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}"}},
                                           inputs_of(data, make_classifier(6, 3, 20, 0.1, 5)), context);
    const Outputs judged =
        run_registered("evaluator.classification", {}, inputs_of(data, get<Network>(outputs, "model")), context);
    EXPECT_LT(get<Table>(judged, "table").rows[0].values[0], generative == 1 ? 35 : 15)
        << discriminative << " " << generative;
  }
}

std::vector<std::pair<std::string, std::string>> problems_of(const std::string& type, const Settings& settings,
                                                             const Network& model, const DataSpec& data,
                                                             const DataSpec* validation = nullptr) {
  Specs in, out;
  in.set<Network>("model", model.spec());
  in.set<Dataset>("data", data);
  if (validation) in.set<Dataset>("validation", *validation);
  registered(type, settings)->outputs(in, out);
  std::vector<std::pair<std::string, std::string>> problems;
  for (const Specs::Problem& problem : out.problems()) problems.emplace_back(problem.where, problem.message);
  return problems;
}

using Problems = std::vector<std::pair<std::string, std::string>>;

TEST(ClassificationTraining, SaysBeforeAnyWorkWhatItCannotTrain) {
  const std::string trainer = "trainer.classification";
  const Network good = make_classifier(6, 3, 4, 0.1, 5);
  const DataSpec data = classified_rows(10, 6, 3, 3).spec();
  EXPECT_EQ(problems_of(trainer, {}, good, data), Problems{});
  EXPECT_EQ(problems_of(trainer, {{"label", "kind"}}, good, data),
            (Problems{{"in.model", "0 of its layers show 'kind', the class; there must be one"}}));
  EXPECT_EQ(problems_of(trainer, {{"label", "features"}}, good, data),
            (Problems{{"in.data", "'features' is not a part of classes"}}));
  EXPECT_EQ(problems_of(trainer, {{"discriminative", 0.0}, {"generative", 0.0}}, good, data),
            (Problems{{"with.generative", "nothing is maximised: discriminative and generative are both 0"}}));
  EXPECT_EQ(problems_of(trainer, {{"patience", std::int64_t{3}}}, good, data),
            (Problems{{"with.patience", "early stopping needs a validation set: connect 'validation'"}}));
  EXPECT_EQ(problems_of(trainer, {{"penalties", list({"{use: penalty.sparsity, with: {target: 0.1}}"})}}, good, data),
            (Problems{{"with.penalties", "penalty.sparsity is on activities; this trainer penalises weights"}}));
  EXPECT_EQ(problems_of(trainer, {{"sampler", "sampler.mean_field"}}, good, data).at(0).first, "with.sampler");
  DataSpec other = data;
  other.parts[1].classes = {"a", "b", "c"};
  EXPECT_EQ(problems_of(trainer, {}, good, data, &other),
            (Problems{{"in.validation", "its classes in 'label' are not those of the training data"}}));
  Network lateral = good;
  lateral.connect(make_value<Connection>("connection.lateral"), 2, 2);
  EXPECT_EQ(problems_of(trainer, {}, lateral, data).at(0).first, "in.model");
  Network joined = good;
  joined.connect(make_value<Connection>("connection.dense"), 0, 1);
  EXPECT_EQ(problems_of(trainer, {}, joined, data),
            (Problems{{"in.model",
                       "'features' and 'label' are both visible and joined, which this trainer does not learn"}}));
  const Network approximate = make_classifier(6, 3, 4, 0.1, 5, "units.bernoulli", {"units.noisy_rectified"});
  EXPECT_EQ(problems_of(trainer, {}, approximate, data),
            (Problems{{"in.model",
                       "layer 'hidden 1' has units.noisy_rectified, which are approximate: p(class | features) is not "
                       "exact"}}));
}

TEST(ClassificationTraining, NamesTheBatchAtWhichItDiverges) {
  FakeContext context;
  const FakeInputs inputs = inputs_of(classified_rows(100, 6, 3, 3), make_classifier(6, 3, 4, 0.1, 5));
  const std::string message = message_of([&] {
    run_registered("trainer.classification",
                   {{"batch", std::int64_t{20}}, {"update", "{use: update.sgd, with: {rate: 1e7}}"}}, inputs, context);
  });
  EXPECT_NE(message.find("epoch 1, batch 1: training diverged"), std::string::npos) << message;
}

}  // namespace
}  // namespace harmonium::testing
