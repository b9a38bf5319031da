#include <gtest/gtest.h>

#include <functional>

#include "belief_nets.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/table.hpp"

/// trainer.up_down.
namespace harmonium::testing {
namespace {

constexpr const char* still = "{use: update.sgd, with: {rate: 0}}";
constexpr const char* as_the_gradient = "{use: update.sgd, with: {rate: 1}}";
const std::vector<Index> sizes = {3, 2, 2};
const std::vector<Index> shown = {0, 3, 5, 6}, classes = {0, 1, 2, 0};
constexpr Index copies = 12500;

Settings with(const char* update, const char* recognition, const char* top, Settings more = {}) {
  more.insert(more.end(), {{"update", update}, {"recognition_update", recognition}, {"top_update", top}});
  return more;
}

/// One step on all rows at once.
Settings one_step(Settings settings, Index sweeps = 1) {
  settings.insert(
      settings.end(),
      {{"epochs", std::int64_t{1}}, {"batch", 4 * copies}, {"steps", std::to_string(sweeps)}, {"visible", "samples"}});
  return settings;
}

Outputs run(const DeepBeliefNet& net, const Dataset& data, const Settings& settings) {
  FakeInputs inputs;
  inputs.add("model", net).add("data", data);
  FakeContext context;
  return run_registered("trainer.up_down", settings, inputs, context);
}

DeepBeliefNet trained(const DeepBeliefNet& net, const Dataset& data, const Settings& settings) {
  return get<DeepBeliefNet>(run(net, data, settings), "model");
}

std::vector<float*> generation(DeepBeliefNet& net) { return generative_values(net.below); }
std::vector<float*> recognition(DeepBeliefNet& net) { return recognition_values(net.below); }
std::vector<float*> top(DeepBeliefNet& net) { return parameters_of(net.top); }
using Values = std::vector<float*> (*)(DeepBeliefNet&);

/// The step has moved these values along the derivatives of the objective, by central differences, of which it is the
/// mean over as many draws as there are rows, each of deviation 1 at most.
void expect_moved_along(DeepBeliefNet before, DeepBeliefNet after, Values values,
                        const std::function<double(const DeepBeliefNet&)>& objective) {
  const std::vector<float*> from = values(before), to = values(after);
  const double noise = 1 / std::sqrt(4.0 * copies);
  double largest = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const float at = *from[i];
    const float above = at + 0.01F, below = at - 0.01F;
    *from[i] = above;
    const double high = objective(before);
    *from[i] = below;
    const double low = objective(before);
    *from[i] = at;
    const double derivative = (high - low) / (static_cast<double>(above) - static_cast<double>(below));
    EXPECT_NEAR(static_cast<double>(*to[i]) - static_cast<double>(at), derivative, 5 * noise) << i;
    largest = std::max(largest, std::abs(derivative));
  }
  EXPECT_GT(largest, 25 * noise) << "nothing to be told from noise";
}

void expect_same(DeepBeliefNet before, DeepBeliefNet after, Values values) {
  const std::vector<float*> from = values(before), to = values(after);
  for (std::size_t i = 0; i < from.size(); ++i) EXPECT_EQ(*from[i], *to[i]) << i;
}

/// The mean over the rows shown of E_q[what(all states, class of the row)].
double recognised_mean(const HelmholtzMachine& machine, const std::function<double(const States&, Index)>& what) {
  double sum = 0;
  for (const States& states : all_states(sizes))
    for (std::size_t i = 0; i < shown.size(); ++i)
      if (number_of(states[0]) == static_cast<std::size_t>(shown[i]))
        sum += std::exp(log_recognition(machine, states)) * what(states, classes[i]) / 4;
  return sum;
}

TEST(UpPass, MovesGenerationBelowTheTopInTheMeanUpTheGradientOfItsLogProbabilityOfWhatWasRecognised) {
  const DeepBeliefNet net = random_belief_net(sizes, 3, 2, 1, 3);
  const DeepBeliefNet after =
      trained(net, labelled_rows(shown, 3, classes, 3, copies), one_step(with(as_the_gradient, still, still)));
  expect_moved_along(net, after, generation, [&](const DeepBeliefNet& at) {
    return recognised_mean(net.below, [&](const States& states, Index) { return log_below(at.below, states); });
  });
  expect_same(net, after, recognition);
  expect_same(net, after, top);
}

TEST(UpDown, LeavesWhatIsFrozenAndMovesTheRestAsOtherwise) {
  const DeepBeliefNet before = random_belief_net(sizes, 3, 2, 1, 3);
  const auto step = [&](std::vector<Setting> frozen) {
    Settings settings = one_step(with(as_the_gradient, as_the_gradient, as_the_gradient));
    settings.emplace_back("frozen", std::move(frozen));
    return trained(before, labelled_rows(shown, 3, classes, 3, 1), settings);
  };
  const DeepBeliefNet all = step({});
  const DeepBeliefNet kept =
      step({std::string("layer0-layer1"), std::string("top.label"), std::string("top.features-hidden 1")});
  EXPECT_TRUE(same_bits(kept.below.link(0).recognition, before.below.link(0).recognition));
  EXPECT_FALSE(same_bits(all.below.link(0).recognition, before.below.link(0).recognition));
  EXPECT_TRUE(same_bits(kept.below.link(0).generation, all.below.link(0).generation));
  EXPECT_TRUE(same_bits(kept.below.link(1).recognition, all.below.link(1).recognition));
  EXPECT_TRUE(same_bits(kept.below.layer(1).recognition_bias, all.below.layer(1).recognition_bias));
  for (Index l = 0; l < before.top.size(); ++l) {
    const bool frozen = before.top.layer(l).name == "label";
    EXPECT_TRUE(same_bits(kept.top.layer(l).parameters, (frozen ? before : all).top.layer(l).parameters)) << l;
  }
  EXPECT_TRUE(same_bits(kept.top.link(0).weights, before.top.link(0).weights));
  EXPECT_FALSE(same_bits(all.top.link(0).weights, before.top.link(0).weights));
  EXPECT_TRUE(same_bits(kept.top.link(1).weights, all.top.link(1).weights));
  Specs in;
  in.set<DeepBeliefNet>("model", before.spec());
  in.set<Dataset>("data", labelled_rows(shown, 3, classes, 3, 1).spec());
  EXPECT_EQ(
      problems_of("trainer.up_down", {{"frozen", list({std::string("top.lable"), std::string("label")})}}, in),
      "with.frozen.1: of the top RBM: the model has no layer or connection 'lable'; did you mean 'label'?\n"
      "with.frozen.2: the network has no 'label'; it has layer0 to layer2, layer1-layer0 and so on for generation, "
      "layer0-layer1 and so on for recognition, and what begins with top.\n");
  std::vector<Setting> everything;
  for (const char* name :
       {"layer0", "layer1", "layer2", "layer1-layer0", "layer2-layer1", "layer0-layer1", "layer1-layer2",
        "top.features", "top.label", "top.hidden 1", "top.features-hidden 1", "top.label-hidden 1"})
    everything.push_back(std::string(name));
  EXPECT_EQ(problems_of("trainer.up_down", {{"frozen", everything}}, in),
            "with.frozen: everything that the network could learn is frozen\n");
}

TEST(UpDown, PromisesNoCertificateThatTheTopHadBeforeItWasTrained) {
  DeepBeliefNet net = random_belief_net(sizes, 3, 2, 1, 3);
  net.top.certify(Certificate::exact(3));
  Specs in, out;
  in.set<DeepBeliefNet>("model", net.spec());
  in.set<Dataset>("data", labelled_rows(shown, 3, classes, 3, 1).spec());
  registered("trainer.up_down", {})->outputs(in, out);
  ASSERT_TRUE(out.problems().empty());
  EXPECT_TRUE(net.spec().top.certified);
  EXPECT_FALSE(out.get<Network>("top").certified);
  EXPECT_FALSE(out.get<DeepBeliefNet>("model").top.certified);
  const Outputs after = run(net, labelled_rows(shown, 3, classes, 3, 1), {{"epochs", std::int64_t{1}}});
  EXPECT_EQ(get<Network>(after, "top").certificate(), nullptr);
}

TEST(TopOfABeliefNet, MovesInTheMeanUpTheGradientOfTheLogLikelihoodOfWhatWasRecognisedAndItsClass) {
  const DeepBeliefNet net = random_belief_net(sizes, 3, 2, 0.7F, 8);
  // Sweeps enough for chains of so small weights to forget where they began.
  const DeepBeliefNet after =
      trained(net, labelled_rows(shown, 3, classes, 3, copies), one_step(with(still, still, as_the_gradient), 40));
  expect_moved_along(net, after, top, [&](const DeepBeliefNet& at) {
    const auto law = joint_law(at.top);
    return recognised_mean(net.below, [&](const States& states, Index c) {
      return std::log(law[number_of(states.back())][static_cast<std::size_t>(c)]);
    });
  });
  expect_same(net, after, generation);
  expect_same(net, after, recognition);
}

TEST(DownPass, MovesRecognitionInTheMeanUpTheGradientOfItsLogProbabilityOfFantasiesFromTheTop) {
  const DeepBeliefNet net = random_belief_net(sizes, 3, 2, 0.7F, 4);
  const DeepBeliefNet after =
      trained(net, labelled_rows(shown, 3, classes, 3, copies), one_step(with(still, as_the_gradient, still), 40));
  const auto law = joint_law(net.top);
  expect_moved_along(net, after, recognition, [&](const DeepBeliefNet& at) {
    double sum = 0;
    for (const States& states : all_states(sizes)) {
      double p = 0;
      for (const double with_class : law[number_of(states.back())]) p += with_class;
      sum += p * std::exp(log_below(net.below, states)) * log_recognition(at.below, states);
    }
    return sum;
  });
  expect_same(net, after, generation);
  expect_same(net, after, top);
}

TEST(DownPass, MayLeaveTheLowestLayerAtItsMeansFromWhichRecognitionThenLearns) {
  const DeepBeliefNet net = random_belief_net({3, 2}, 3, 2, 0.7F, 4);
  Settings settings = one_step(with(still, as_the_gradient, still), 40);
  for (auto& [name, value] : settings)
    if (name == "visible") value = "probabilities";
  const DeepBeliefNet after = trained(net, labelled_rows(shown, 3, classes, 3, copies), settings);
  const auto law = joint_law(net.top);
  expect_moved_along(net, after, recognition, [&](const DeepBeliefNet& at) {
    double sum = 0;
    for (const States& states : all_states({2})) {
      double p = 0;
      for (const double with_class : law[number_of(states[0])]) p += with_class;
      const float* bits = at.below.layers[1].recognition_bias.data<float>();
      for (std::size_t j = 0; j < 2; ++j) {
        double input = bits[j];
        for (std::size_t i = 0; i < 3; ++i) {
          double down = net.below.layers[0].bias.data<float>()[i];
          for (std::size_t k = 0; k < 2; ++k)
            down += states[0][k] * net.below.links[0].generation.data<float>()[k * 3 + i];
          input += at.below.links[0].recognition.data<float>()[i * 2 + j] / (1 + std::exp(-down));
        }
        sum += p * log_bit(states[0][j], input);
      }
    }
    return sum;
  });
}

/// Rows of two halves that mirror each other, of three classes.
Dataset classified(Index rows, std::uint64_t seed) { return classified_rows(rows, 8, 3, seed); }

/// The share of rows of which the twin's most probable class is not their own, and its mean -log p(own class).
std::pair<double, double> naive_judgement(const DeepBeliefNet& net, const Dataset& data) {
  const Tensor features = all_rows(data, "features");
  const std::vector<Index> own = data.classes("label");
  double errors = 0, loss = 0;
  for (Index r = 0; r < data.rows(); ++r) {
    std::vector<float> below(features.view().row(r).begin(), features.view().row(r).end());
    for (std::size_t l = 0; l < net.below.links.size(); ++l) {
      const View<const float> weights = net.below.links[l].recognition.view();
      std::vector<float> above;
      for (Index j = 0; j < weights.columns; ++j) {
        double input = net.below.layers[l + 1].recognition_bias.data<float>()[j];
        for (Index i = 0; i < weights.rows; ++i)
          input += static_cast<double>(below[static_cast<std::size_t>(i)]) * static_cast<double>(weights(i, j));
        above.push_back(static_cast<float>(1 / (1 + std::exp(-input))));
      }
      below = std::move(above);
    }
    const std::vector<double> posterior =
        naive_log_posterior(net.top, {below.data(), static_cast<Index>(below.size())});
    const Index c = own[static_cast<std::size_t>(r)];
    loss -= posterior[static_cast<std::size_t>(c)];
    errors += std::max_element(posterior.begin(), posterior.end()) - posterior.begin() != c ? 1 : 0;
  }
  return {errors / static_cast<double>(data.rows()), loss / static_cast<double>(data.rows())};
}

TEST(UpDown, CourseGivesTheErrorOfExactClassProbabilitiesOfFeaturesRecognisedByMeans) {
  const DeepBeliefNet net = random_belief_net({8, 6, 4}, 3, 5, 0.8F, 6);
  const Dataset data = classified(300, 5), held_out = classified(1500, 6);
  FakeInputs inputs;
  inputs.add("model", net).add("data", data).add("validation", held_out);
  FakeContext context;
  const Outputs outputs = run_registered("trainer.up_down", {{"epochs", std::int64_t{3}}}, inputs, context);
  // What is handed out is the network of the epoch with the fewest errors.
  const Table& course = get<Table>(outputs, "course");
  ASSERT_EQ(course.rows.size(), 3U);
  std::size_t best = 0;
  for (std::size_t row = 1; row < 3; ++row) {
    const double before = value_of(course, "validation error", best), now = value_of(course, "validation error", row);
    if (now < before ||
        (now == before && value_of(course, "validation loss", row) < value_of(course, "validation loss", best)))
      best = row;
  }
  const auto& trained = get<DeepBeliefNet>(outputs, "model");
  const auto [error, loss] = naive_judgement(trained, held_out);
  EXPECT_NEAR(value_of(course, "validation error", best), 100 * error, 1e-9);
  EXPECT_NEAR(value_of(course, "validation loss", best), loss, 1e-4);
  const auto [training_error, training_loss] = naive_judgement(trained, data);
  EXPECT_NEAR(value_of(course, "error", best), 100 * training_error, 1e-9);
  EXPECT_NEAR(value_of(course, "loss", best), training_loss, 1e-4);

  // So do the halves that are handed out, in two nodes that others have made.
  FakeInputs forward;
  forward.add("data", held_out).add("network", get<Feedforward>(outputs, "recognition"));
  FakeInputs classified_by;
  classified_by.add("data", get<Dataset>(run_registered("model.forward", {}, forward, context), "data"))
      .add("model", get<Network>(outputs, "top"));
  const Outputs judged = run_registered("evaluator.classification", {}, classified_by, context);
  EXPECT_NEAR(value_of(get<Table>(judged, "table"), "error"), 100 * error, 1e-9);
}

TEST(UpDown, LearnsToTellClassesAndToGiveBackWhatItRecognised) {
  const DeepBeliefNet net = random_belief_net({8, 12, 8}, 2, 20, 0.1F, 6);
  // The class is the first bit, which the fifth repeats.
  const Dataset mirrored = mirrored_rows(600, 8, 9);
  const Tensor features = all_rows(mirrored, "features");
  std::vector<Index> labels;
  for (Index i = 0; i < features.rows(); ++i) labels.push_back(features.view()(i, 0) > 0 ? 1 : 0);
  const Dataset data = make_data(all_rows(mirrored, "features"), labels, 2);
  const Table course = get<Table>(run(net, data,
                                      {{"epochs", std::int64_t{60}},
                                       {"batch", std::int64_t{20}},
                                       {"update", "{use: update.sgd, with: {rate: 0.1, momentum: 0.5}}"}}),
                                  "course");
  EXPECT_GT(value_of(course, "error", 0), 20);
  EXPECT_EQ(value_of(course, "error", 59), 0);
  EXPECT_LT(value_of(course, "loss", 59), 0.1);
  EXPECT_LT(value_of(course, "generation", 59), 0.8 * value_of(course, "generation", 0));
}

TEST(UpDown, StoppedWithinAnEpochGoesOnAsIfItHadNotBeen) {
  FakeInputs inputs;
  inputs.add("model", random_belief_net({8, 5, 4}, 3, 5, 0.3F, 5))
      .add("data", classified(130, 3))
      .add("validation", classified(50, 4));
  for (const char* rule : {"{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}", "update.adam"})
    // So many sweeps that a piece of work is one batch.
    expect_resumable("trainer.up_down",
                     {{"epochs", std::int64_t{3}},
                      {"batch", std::int64_t{32}},
                      {"steps", "2000"},
                      {"penalties", list({"penalty.l2"})},
                      {"update", rule}},
                     inputs);
}

TEST(UpDown, BitsDoNotDependOnTheNumberOfThreads) {
  const DeepBeliefNet net = random_belief_net({8, 60, 40}, 3, 70, 0.3F, 5);
  const Dataset data = classified(600, 3);
  const int before = threads();
  std::vector<SavedState> states;
  for (const int count : {1, 3}) {
    set_threads(count);
    DeepBeliefNet after = trained(net, data, {{"epochs", std::int64_t{2}}, {"batch", std::int64_t{250}}});
    states.push_back(save(after));
  }
  set_threads(before);
  EXPECT_TRUE(same_state(states[0], states[1]));
}

TEST(UpDown, MayGoOnLongerUnlessAScheduleDependsOnTheLength) {
  const char* falling = "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 1, to: 0}}}}";
  EXPECT_TRUE(registered("trainer.up_down", {})->continues());
  for (const char* rule : {"update", "recognition_update", "top_update"})
    EXPECT_FALSE(registered("trainer.up_down", {{rule, falling}})->continues()) << rule;
  EXPECT_FALSE(
      registered("trainer.up_down", {{"steps", "{use: schedule.linear, with: {from: 3, to: 10}}"}})->continues());
}

TEST(UpDown, SaysWhatDoesNotFit) {
  Network top = make_classifier(2, 3, 2, 0.1, 1);
  Specs inputs;
  inputs.set<DeepBeliefNet>("model", {{{4, 2}, {}, "features"}, top.spec()});
  const PartSpec digits{"label", 4, {}, PartSpec::Kind::category, {"a", "b", "c", "d"}};
  inputs.set<Dataset>("data", {10, {{"features", 3, {}, PartSpec::Kind::real, {}}, digits}});
  inputs.set<Dataset>("validation", {10, {{"features", 4, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("trainer.up_down",
                        {{"sampler", "sampler.mean_field"},
                         {"penalties", list({"{use: penalty.sparsity, with: {target: 0.1}}"})}},
                        inputs),
            "in.data: the data's part 'features' has 3 columns, but the machine's lowest layer has 4 units\n"
            "in.data: 'label' is 4 wide, but layer 'label' of the top has 3 units\n"
            "in.validation: the data have no part 'label' of classes\n"
            "with.sampler: sampler.mean_field does not leave the top's distribution unchanged, which this trainer "
            "needs\n"
            "with.penalties: a penalty on activities needs means of hidden units, here are samples\n");
  Specs without;
  without.set<DeepBeliefNet>("model", {{{4, 2}, {}, "features"}, make_rbm(2, 3, 0.1, 1).spec()});
  without.set<Dataset>(
      "data",
      {10, {{"features", 4, {}, PartSpec::Kind::real, {}}, {"label", 2, {}, PartSpec::Kind::category, {"a", "b"}}}});
  EXPECT_EQ(problems_of("trainer.up_down", {}, without),
            "in.model: 0 of its layers show 'label', the class; there must be one\n");
}

TEST(UpDown, RefusesValuesThatNoBinaryUnitShows) {
  Tensor grey = rows_of({0, 3}, 3);
  grey.view()(1, 2) = 16;
  EXPECT_EQ(message_of([&] {
              trained(random_belief_net(sizes, 3, 2, 1, 6), make_data(std::move(grey), {0, 1}, 3), {});
            }),
            "column 3 of the data goes from 0 to 16, but binary units show values from 0 to 1: put the data through "
            "data.scale first");
}

TEST(UpDown, NoticesThatItDiverges) {
  const std::string message = message_of([&] {
    trained(random_belief_net(sizes, 3, 2, 1, 6), labelled_rows(shown, 3, classes, 3, 1),
            {{"update", "{use: update.sgd, with: {rate: 1e9}}"}});
  });
  EXPECT_EQ(message.rfind("epoch 1, batch 1: training diverged: ", 0), 0U) << message;
}

}  // namespace
}  // namespace harmonium::testing
