#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
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
  net.top.certify(Certificate::exact(3));
  SavedState saved = save(net);
  load(saved, other);
  EXPECT_TRUE(same_state(saved, save(other)));
  ASSERT_NE(other.top.certificate(), nullptr);
  EXPECT_EQ(other.top.certificate()->log_z, 3);
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

/// log of the sum over the class and the hidden layers, up to the log Z of the top RBM, by enumeration.
double log_p(const DeepBeliefNet& net, const std::vector<Index>& layers, int row) {
  const auto law = joint_law(net.top);
  double sum = 0;
  for (const States& states : all_states(layers)) {
    if (number_of(states[0]) != static_cast<std::size_t>(row)) continue;
    for (const double p : law[number_of(states.back())]) sum += p * std::exp(log_below(net.below, states));
  }
  return std::log(sum);
}

/// log Z of a top RBM, by enumeration.
double log_z(const Network& top) {
  double z = 0;
  for (const auto& features : all_states(top.layer(0)))
    for (const auto& label : all_states(top.layer(1)))
      for (const auto& hidden : all_states(top.layer(2))) z += std::exp(-naive_energy(top, {features, label, hidden}));
  return std::log(z);
}

Table asked(const std::string& question, const DeepBeliefNet& net, const std::vector<Index>& rows,
            const std::vector<Index>& others = {}, Index samples = 3000) {
  FakeInputs inputs;
  inputs.add("model", net).add("data", make_data(rows_of(rows, net.below.layer(0).size())));
  if (!others.empty()) inputs.add("other", make_data(rows_of(others, net.below.layer(0).size())));
  FakeContext context;
  return get<Table>(run_registered("ask." + question + ".belief_net", {{"samples", samples}}, inputs, context),
                    "table");
}

TEST(BeliefNetQuestions, EnergiesAndRatiosAreThoseOfASumOverAllStates) {
  const DeepBeliefNet net = random_belief_net(sizes, 3, 2, 0.8F, 9);
  const std::vector<Index> all = {0, 1, 2, 3, 4, 5, 6, 7}, turned(all.rbegin(), all.rend());
  const Table energies = asked("energy", net, all), ratios = asked("compare", net, all, turned);
  EXPECT_EQ(energies.columns, (std::vector<std::string>{"free energy", "low", "high", "effective samples"}));
  const double z = log_z(net.top);
  int within = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const double exact = -log_p(net, sizes, static_cast<int>(i)) - z,
                 ratio = log_p(net, sizes, static_cast<int>(i)) - log_p(net, sizes, static_cast<int>(7 - i));
    EXPECT_NEAR(energies.rows[i].values[0], exact, 0.2);
    EXPECT_NEAR(ratios.rows[i].values[0], ratio, 0.3);
    within += energies.rows[i].values[1] <= exact && exact <= energies.rows[i].values[2];
    within += ratios.rows[i].values[1] <= ratio && ratio <= ratios.rows[i].values[2];
    EXPECT_EQ(energies.rows[i].verdict, "converged");
    EXPECT_EQ(ratios.rows[i].verdict, "converged");
  }
  // Each of 16 lies within with probability 0.99.
  EXPECT_GE(within, 14);

  DeepBeliefNet certified = net;
  certified.top.certify(Certificate::exact(z));
  const Table known = asked("energy", certified, all);
  EXPECT_EQ(known.columns, (std::vector<std::string>{"free energy", "log p(row)", "low", "high", "effective samples"}));
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(known.rows[i].values[0], energies.rows[i].values[0]);
    EXPECT_NEAR(known.rows[i].values[1], log_p(net, sizes, static_cast<int>(i)), 0.2);
    EXPECT_DOUBLE_EQ(known.rows[i].values[2], -energies.rows[i].values[2] - z);
    EXPECT_DOUBLE_EQ(known.rows[i].values[3], -energies.rows[i].values[1] - z);
  }
  Certificate bad = Certificate::exact(z);
  bad.verdict = "not converged: 3 runs of 100 count";
  certified.top.certify(bad);
  EXPECT_EQ(asked("energy", certified, {0}).rows[0].verdict, "not converged: 3 runs of 100 count, of log Z");
}

TEST(BeliefNetQuestions, EnergiesOfTopsWithoutClassesAreRightToo) {
  DeepBeliefNet net = random_belief_net(sizes, 3, 2, 0.8F, 9);
  Network top = make_rbm(2, 4, 0.8, 3);
  top.layer(0).part = "features";
  net.top = top;
  const Table energies = asked("energy", net, {0, 5});
  for (std::size_t i = 0; i < 2; ++i) {
    double sum = 0;
    for (const States& states : all_states(sizes))
      if (number_of(states[0]) == (i == 0 ? 0U : 5U))
        for (const auto& hidden : all_states(top.layer(1)))
          sum += std::exp(
              log_below(net.below, states) -
              naive_energy(top, {{static_cast<double>(states[2][0]), static_cast<double>(states[2][1])}, hidden}));
    EXPECT_NEAR(energies.rows[i].values[0], -std::log(sum), 0.2);
  }
}

TEST(BeliefNetQuestions, EnergiesOfTooFewSamplesOrBlindRecognitionAreNotCalledConvergedFarFromWhatTheyAre) {
  // The machines of the same test of Helmholtz machines, under top RBMs.
  const std::vector<Index> layers = {5, 5, 3}, rows = {0, 5, 10, 15, 20, 31};
  int converged = 0, far = 0, both = 0;
  for (const float deviation : {0.3F, 1.0F, 2.0F, 4.0F})
    for (unsigned seed = 101; seed <= 104; ++seed) {
      const DeepBeliefNet net = random_belief_net(layers, 2, 3, deviation, seed);
      const auto law = joint_law(net.top);
      std::vector<double> sums(32, 0);
      for (const States& states : all_states(layers))
        for (const double p : law[number_of(states.back())])
          sums[number_of(states[0])] += p * std::exp(log_below(net.below, states));
      const double z = log_z(net.top);
      for (const Index samples : {2, 10, 1000}) {
        const Table energies = asked("energy", net, rows, {}, samples);
        for (std::size_t i = 0; i < rows.size(); ++i) {
          const bool called = energies.rows[i].verdict == "converged";
          const bool off =
              std::abs(energies.rows[i].values[0] + std::log(sums[static_cast<std::size_t>(rows[i])]) + z) > 0.5;
          converged += called;
          far += off;
          both += called && off;
        }
      }
    }
  // There are enough of both kinds for the verdict to tell them apart.
  EXPECT_GE(converged, 20);
  EXPECT_GE(far, 40);
  EXPECT_LE(both * 100, converged);
  std::printf("%d converged, %d far, %d both\n", converged, far, both);
}

TEST(BeliefNetQuestions, EnergiesThatAreNotFiniteAreRefused) {
  DeepBeliefNet net = random_belief_net(sizes, 3, 2, 1, 8);
  for (float& weight : net.top.link(0).weights.values<float>()) weight = 3e38F;
  EXPECT_EQ(message_of([&] {
              asked("energy", net, {0, 7});
            }),
            "the estimate of row 1 is not finite: the model's parameters are too large");
}

TEST(BeliefNetQuestions, CompletionRefusesRowsOfNoClass) {
  const DeepBeliefNet net = random_belief_net(sizes, 3, 2, 1, 8);
  const Tensor features = make_matrix({{0, 1, 0}, {0, 1, 1}});
  const auto message = [&](const Tensor& labels) {
    const DataSpec spec{2, {{"features", 3, {}, PartSpec::Kind::real, {}}, {"label", 3, {}, PartSpec::Kind::real, {}}}};
    FakeInputs inputs;
    inputs.add("model", net)
        .add("data",
             stored_rows(spec, {std::make_shared<const Tensor>(features), std::make_shared<const Tensor>(labels)}));
    FakeContext context;
    return message_of([&] { run_registered("ask.complete.belief_net", {}, inputs, context); });
  };
  constexpr float hole = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message(make_matrix({{0, 1, 0}, {1, 1, 0}})),
            "row 2 of 'label': one-of-K units need rows of which one column in 3 is 1, but columns 1 to 3 sum to 2 on "
            "average");
  EXPECT_EQ(message(make_matrix({{0, 1, 0}, {1, hole, 0}})),
            "row 2: of the columns of 'label', which are one class, some are missing; all or none may be");
}

TEST(BeliefNetQuestions, SayWhatDoesNotFit) {
  Specs specs;
  specs.set<DeepBeliefNet>("model", random_belief_net(sizes, 3, 2, 1, 8).spec());
  specs.set<Dataset>("data",
                     {2, {{"features", 4, {}, PartSpec::Kind::real, {}}, {"label", 2, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("ask.complete.belief_net", {}, specs),
            "in.data: the data's part 'features' has 4 columns, but the machine's lowest layer has 3 units\n"
            "in.data: the data's part 'label' has 2 columns, but layer 'label' of the top RBM has 3 units\n");
  DeepBeliefNet several = random_belief_net(sizes, 3, 2, 1, 8);
  several.top = make_classifier(2, 3, 4, 1, 5, "units.bernoulli", {"units.noisy_rectified"});
  several.top.layer(1).units = make_value<Units>("units.bernoulli");
  Specs unfit;
  unfit.set<DeepBeliefNet>("model", several.spec());
  unfit.set<Dataset>("data", {2, {{"features", 3, {}, PartSpec::Kind::real, {}}}});
  for (const char* question : {"ask.energy.belief_net", "ask.compare.belief_net"})
    EXPECT_EQ(
        problems_of(question, {}, unfit),
        "in.model: layer 'hidden 1' of its top RBM has units.noisy_rectified, which are approximate: they have no "
        "energy\n"
        "in.model: layer 'label' of its top RBM has units.bernoulli; one layer of units.softmax that are one class "
        "can be summed out\n");
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
