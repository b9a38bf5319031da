#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "belief_nets.hpp"

/// model.deep_belief and model.class_samples.
namespace harmonium::testing {
namespace {

Network rbm(Index visible, Index hidden, std::uint64_t seed) { return make_rbm(visible, hidden, 0.8, seed); }

Outputs unroll(const std::vector<Network>& stack, const Network& top) {
  FakeInputs inputs;
  for (const Network& model : stack) inputs.add("stack", model);
  inputs.add("top", top);
  FakeContext context;
  return run_registered("model.deep_belief", {}, inputs, context);
}

TEST(DeepBelief, RecognisesAtFirstAsTheStackEncodes) {
  const std::vector<Network> stack = {rbm(7, 5, 1), rbm(5, 4, 2)};
  const Outputs outputs = unroll(stack, make_classifier(4, 3, 6, 0.5, 3));
  const Dataset data = classified_rows(40, 7, 3, 4);
  FakeContext context;
  FakeInputs encode;
  encode.add("data", data).add("model", stack[0]).add("model", stack[1]);
  const Tensor expected =
      all_rows(get<Dataset>(run_registered("model.encode", {}, encode, context), "data"), "features");
  FakeInputs forward;
  forward.add("data", data).add("network", get<Feedforward>(outputs, "recognition"));
  const Tensor features =
      all_rows(get<Dataset>(run_registered("model.forward", {}, forward, context), "data"), "features");
  ASSERT_EQ(features.shape(), expected.shape());
  for (Index i = 0; i < features.size(); ++i)
    EXPECT_NEAR(features.data<float>()[i], expected.data<float>()[i], 1e-6) << i;
}

TEST(DeepBelief, GeneratesAtFirstByTheMeansOfTheVisibleUnitsOfTheStack) {
  const std::vector<Network> stack = {rbm(7, 5, 1), rbm(5, 4, 2)};
  const auto generation = get<Feedforward>(unroll(stack, make_classifier(4, 3, 6, 0.5, 3)), "generation");
  const std::vector<double> features = {1, 0, 0, 1};
  std::vector<double> above = features;
  for (std::size_t m = 2; m-- > 0;) {
    std::vector<double> below;
    for (Index i = 0; i < stack[m].layer(0).size; ++i) {
      double input = static_cast<double>(stack[m].layer(0).parameters.view()(0, i));
      for (Index j = 0; j < stack[m].layer(1).size; ++j)
        input += above[static_cast<std::size_t>(j)] * static_cast<double>(stack[m].link(0).weights.view()(i, j));
      below.push_back(1 / (1 + std::exp(-input)));
    }
    above = below;
  }
  Tensor in = Tensor::matrix(1, 4), out = Tensor::matrix(1, 7);
  for (std::size_t j = 0; j < 4; ++j) in.data<float>()[j] = static_cast<float>(features[j]);
  generation.forward(in.view(), out.view());
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(out.data<float>()[i], above[i], 1e-6) << i;
}

TEST(DeepBelief, IsSavedWhole) {
  DeepBeliefNet net = random_belief_net({5, 4, 3}, 3, 4, 0.5F, 2), other;
  SavedState saved = save(net);
  load(saved, other);
  EXPECT_TRUE(same_state(saved, save(other)));
  net.top = make_classifier(4, 3, 4, 0.5, 2);
  SavedState torn = save(net);
  EXPECT_EQ(message_of([&] { load(torn, other); }),
            "the top RBM of a deep belief network does not fit the layers below it");
}

TEST(DeepBelief, SaysWhatDoesNotFit) {
  Specs inputs;
  inputs.add("stack", {Network::port_type, "", std::make_shared<const ModelSpec>(rbm(7, 5, 1).spec())});
  inputs.add("stack", {Network::port_type, "",
                       std::make_shared<const ModelSpec>(make_rbm(6, 4, 0.1, 1, "units.gaussian").spec())});
  inputs.add("stack", {Network::port_type, "", std::make_shared<const ModelSpec>(make_boltzmann(3, 2, 0.1, 1).spec())});
  inputs.set<Network>("top", make_classifier(5, 3, 2, 0.1, 1).spec());
  EXPECT_EQ(problems_of("model.deep_belief", {}, inputs),
            "in.stack: model 2 has units.gaussian in layer 'visible'; directed layers are of units.bernoulli\n"
            "in.stack: model 2 shows 6 units, but the one below has 5 hidden units\n"
            "in.stack: model 3 is not an RBM of one visible and one hidden layer\n"
            "in.top: layer 'features' shows 5 units, but the stack has 2 features\n");
  Specs nameless;
  nameless.set<Network>("stack", rbm(7, 5, 1).spec());
  nameless.set<Network>("top", make_boltzmann(5, 2, 0.1, 1).spec());
  EXPECT_EQ(problems_of("model.deep_belief", {}, nameless),
            "in.top: none of its visible layers shows 'features', the features of the stack\n");
}

TEST(DeepBelief, OfAStackAloneHasItsLastModelAtTheTop) {
  const std::vector<Network> stack = {rbm(7, 5, 1), rbm(5, 4, 2)};
  Network top = rbm(4, 3, 3);
  top.layer(0).part = "features";
  FakeInputs alone;
  alone.add("stack", stack[0]).add("stack", stack[1]).add("stack", top);
  FakeContext context;
  const Outputs one = run_registered("model.deep_belief", {}, alone, context), two = unroll(stack, top);
  const auto& net = get<DeepBeliefNet>(one, "model");
  const auto& same = get<DeepBeliefNet>(two, "model");
  ASSERT_EQ(net.below.size(), 3);
  EXPECT_EQ(net.below.spec().sizes, same.below.spec().sizes);
  EXPECT_EQ(net.top.link(0).weights.values<float>()[5], top.link(0).weights.values<float>()[5]);
  EXPECT_EQ(net.top.layer(0).size, 4);
  Specs single;
  single.set<Network>("stack", top.spec());
  EXPECT_EQ(problems_of("model.deep_belief", {}, single),
            "in.stack: a deep belief network has an RBM at its top and at least one below, got one model\n");
  Specs unfit;
  for (const Network& model : {stack[0], rbm(6, 4, 3)}) unfit.set<Network>("stack", model.spec());
  EXPECT_EQ(problems_of("model.deep_belief", {}, unfit),
            "in.stack: the top RBM: layer 'visible' shows 6 units, but the stack has 5 features\n");
}

const std::vector<Index> sizes = {3, 3, 2};

/// The expectation of unit j of the lowest layer given what is known of it and of the class (-1: nothing).
double expected(const DeepBeliefNet& net, const std::vector<int>& known, int label, std::size_t j) {
  const auto law = joint_law(net.top);
  double sum = 0, on = 0;
  for (const States& states : all_states(sizes)) {
    bool agrees = true;
    for (std::size_t i = 0; i < known.size(); ++i) agrees = agrees && (known[i] < 0 || known[i] == states[0][i]);
    if (!agrees) continue;
    for (std::size_t c = 0; c < law[0].size(); ++c) {
      if (label >= 0 && label != static_cast<int>(c)) continue;
      const double p = law[number_of(states.back())][c] * std::exp(log_below(net.below, states));
      sum += p;
      on += p * states[0][j];
    }
  }
  return on / sum;
}

TEST(BeliefNetQuestions, CompletesWithTheExpectationGivenWhatIsKnownAndTheClass) {
  constexpr float hole = std::numeric_limits<float>::quiet_NaN();
  const DeepBeliefNet net = random_belief_net(sizes, 3, 2, 1.5F, 8);
  const std::vector<std::vector<int>> known = {{1, -1, 0}, {-1, -1, -1}, {-1, 1, -1}};
  Tensor rows = Tensor::matrix(3, 3);
  for (Index i = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j) {
      const int value = known[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
      rows.view()(i, j) = value < 0 ? hole : static_cast<float>(value);
    }
  for (const bool labelled : {false, true}) {
    const std::vector<int> labels = labelled ? std::vector<int>{2, 0, 1} : std::vector<int>{-1, -1, -1};
    constexpr std::int64_t chains = 2000;
    FakeInputs inputs;
    inputs.add("model", net);
    if (labelled)
      inputs.add("data", make_data(rows, {2, 0, 1}, 3));
    else
      inputs.add("data", make_data(rows));
    FakeContext context;
    const Outputs outputs = run_registered("ask.complete.belief_net",
                                           {{"chains", chains},
                                            {"burn_in", std::int64_t{80}},
                                            {"sweeps", std::int64_t{1}},
                                            {"proposals", std::int64_t{3}}},
                                           inputs, context);
    const auto& data = get<Dataset>(outputs, "data");
    EXPECT_EQ(data.spec().parts.size(), 1U);
    const Tensor whole = all_rows(data, "features");
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 3; ++j)
        // 4.5 standard errors of so many independent draws; what is known stays.
        EXPECT_NEAR(whole.view()(i, j),
                    expected(net, known[static_cast<std::size_t>(i)], labels[static_cast<std::size_t>(i)],
                             static_cast<std::size_t>(j)),
                    4.5 * 0.5 / std::sqrt(static_cast<double>(chains)))
            << labelled << " " << i << " " << j;
  }
}

TEST(BeliefNetQuestions, SayWhatDoesNotFit) {
  Specs specs;
  specs.set<DeepBeliefNet>("model", random_belief_net(sizes, 3, 2, 1, 8).spec());
  specs.set<Dataset>("data",
                     {2, {{"features", 4, {}, PartSpec::Kind::real, {}}, {"label", 2, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("ask.complete.belief_net", {}, specs),
            "in.data: the data's part 'features' has 4 columns, but the machine's lowest layer has 3 units\n"
            "in.data: the data's part 'label' has 2 columns, but layer 'label' of the top RBM has 3 units\n");
}

FakeInputs sampled_from(const DeepBeliefNet& net) {
  FakeInputs inputs;
  inputs.add("model", net).add("data", classified_rows(5, 3, 3, 1));
  return inputs;
}

TEST(ClassSamples, AreDrawsFromTheNetworkGivenTheirClass) {
  const DeepBeliefNet net = random_belief_net(sizes, 3, 2, 1, 5);
  constexpr Index each = 20000;
  FakeContext context;
  const Outputs outputs =
      run_registered("model.class_samples", {{"each", each}, {"sweeps", std::int64_t{40}}, {"values", "states"}},
                     sampled_from(net), context);
  const auto& data = get<Dataset>(outputs, "data");
  const Tensor rows = all_rows(data, "features");
  const std::vector<Index> labels = data.classes("label");
  ASSERT_EQ(data.rows(), 3 * each);
  const auto law = joint_law(net.top);
  for (std::size_t c = 0; c < 3; ++c) {
    double p_class = 0;
    for (const auto& row : law) p_class += row[c];
    std::vector<double> expected(8, 0), found(8, 0);
    for (const States& states : all_states(sizes))
      expected[number_of(states[0])] +=
          law[number_of(states.back())][c] / p_class * std::exp(log_below(net.below, states));
    for (Index i = 0; i < each; ++i) {
      const Index row = static_cast<Index>(c) * each + i;
      EXPECT_EQ(labels[static_cast<std::size_t>(row)], static_cast<Index>(c));
      std::size_t number = 0;
      for (Index j = 0; j < 3; ++j) number |= static_cast<std::size_t>(rows.view()(row, j)) << j;
      found[number] += 1.0 / each;
    }
    for (std::size_t number = 0; number < 8; ++number)
      EXPECT_NEAR(found[number], expected[number], 5 * std::sqrt(expected[number] * (1 - expected[number]) / each))
          << "class " << c << ", state " << number;
  }
}

TEST(ClassSamples, GoOnWithMoreSweepsAsIfTheyHadNotBeenStopped) {
  const FakeInputs inputs = sampled_from(random_belief_net(sizes, 3, 2, 1, 5));
  const auto drawn = [&](Work& work, FakeContext& context) {
    while (work.advance(inputs, context)) {
    }
    Outputs outputs;
    work.finish(inputs, outputs);
    return all_rows(get<Dataset>(outputs, "data"), "features");
  };
  FakeContext context;
  const auto few = registered("model.class_samples", {{"sweeps", std::int64_t{30}}});
  const auto many = registered("model.class_samples", {{"sweeps", std::int64_t{50}}});
  const std::unique_ptr<Work> straight(many->start(inputs, context)), first(few->start(inputs, context));
  const Tensor expected = drawn(*straight, context);
  drawn(*first, context);
  SavedState saved = save(*first);
  const std::unique_ptr<Work> second(many->blank());
  load(saved, *second);
  EXPECT_TRUE(same_bits(drawn(*second, context), expected));
}

TEST(ClassSamples, SayWhatDoesNotFit) {
  Specs inputs;
  inputs.set<DeepBeliefNet>("model", {{{4, 2}, {}, "features"}, make_classifier(2, 3, 2, 0.1, 1).spec()});
  inputs.set<Dataset>("data", {10, {{"label", 2, {}, PartSpec::Kind::category, {"a", "b"}}}});
  EXPECT_EQ(problems_of("model.class_samples", {{"sampler", "sampler.mean_field"}}, inputs),
            "in.data: 'label' has 2 classes, but the model 3\n"
            "with.sampler: sampler.mean_field does not leave the top's distribution unchanged\n");
}

}  // namespace
}  // namespace harmonium::testing
