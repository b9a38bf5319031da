#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "class_machines.hpp"
#include "kernel/network/stationary.hpp"

/// Connections that share one matrix of weights, and parameters that are frozen.
namespace harmonium::testing {
namespace {

const char* const plain = "{use: update.sgd, with: {rate: 1, momentum: 0}}";

struct Joined {
  Index a, b;
  const char* tied;
};

Network joined(const std::vector<Layer>& layers, const std::vector<Joined>& links, double deviation = 0.6) {
  Network network;
  for (const Layer& layer : layers) network.add(layer);
  for (const Joined& link : links)
    network.connect(make_value<Connection>(link.a == link.b ? "connection.lateral" : "connection.dense"), link.a,
                    link.b);
  randomise(network, deviation, 5);
  for (std::size_t i = 0; i < links.size(); ++i) network.tie(static_cast<Index>(i), links[i].tied);
  return network;
}

Layer shown(const std::string& name, Index size, const std::string& units = "units.bernoulli") {
  return make_layer(name, units, size, true);
}
Layer hidden(const std::string& name, Index size, const std::string& units = "units.bernoulli") {
  return make_layer(name, units, size, false);
}

/// Two views that share their filters.
Network two_views(const char* tied = "filters") {
  return joined({shown("left", 3), shown("right", 3), hidden("hidden", 2)}, {{0, 2, tied}, {1, 2, tied}});
}
/// A layer above that is joined to the one below it by the transpose of what joins that to the data.
Network mirror(const char* tied = "filters") {
  return joined({shown("left", 3), hidden("low", 2), hidden("high", 3)}, {{0, 1, tied}, {2, 1, tied}});
}
/// Two layers with the same couplings among their units.
Network couplings(const char* tied = "couplings") {
  return joined({shown("left", 3, "units.spin"), shown("right", 3, "units.spin")},
                {{0, 0, tied}, {1, 1, tied}, {0, 1, ""}});
}

/// A data set with the parts "left" and "right".
Dataset pairs(bool spins = false) {
  const std::vector<std::vector<float>> seen = {
      {1, 1, 0, 0, 1, 1}, {1, 0, 0, 1, 0, 0}, {0, 1, 1, 1, 1, 1}, {0, 0, 0, 1, 1, 0}, {1, 1, 0, 0, 1, 0}};
  DataSpec spec;
  spec.rows = static_cast<Index>(seen.size());
  std::vector<std::shared_ptr<const Tensor>> parts;
  for (const auto& [name, first] : {std::pair{"left", 0}, std::pair{"right", 3}}) {
    spec.parts.push_back({name, 3, {}, PartSpec::Kind::real, {}});
    Tensor values = Tensor::matrix(spec.rows, 3);
    for (Index i = 0; i < spec.rows; ++i)
      for (Index j = 0; j < 3; ++j) {
        const float value = seen[static_cast<std::size_t>(i)][static_cast<std::size_t>(first + j)];
        values.view()(i, j) = spins ? 2 * value - 1 : value;
      }
    parts.push_back(std::make_shared<const Tensor>(std::move(values)));
  }
  return stored_rows(spec, std::move(parts));
}

Network trained(const std::string& type, const Network& model, const Dataset& data, const Settings& settings) {
  FakeInputs inputs;
  inputs.add("model", model).add("data", data);
  FakeContext context;
  return get<Network>(run_registered(type, settings, inputs, context), "model");
}

Network step(const Network& model, const Dataset& data, Settings settings = {}) {
  settings.insert(settings.end(), {{"epochs", std::int64_t{1}}, {"update", plain}});
  return trained("trainer.maximum_likelihood", model, data, settings);
}

double moved(const Network& before, const Network& after, Index link, Index row, Index column) {
  return static_cast<double>(after.link(link).weights.view()(row, column)) -
         static_cast<double>(before.link(link).weights.view()(row, column));
}

/// The mean log-likelihood of what visible layers show, by loops over all states.
double log_likelihood(const Network& network, const Dataset& data) {
  std::vector<Tensor> parts;
  for (const Index l : network.visible()) parts.push_back(all_rows(data, network.layer(l).part));
  std::vector<double> shares(static_cast<std::size_t>(data.rows()), 0.0);
  double z = 0;
  for (const auto& state : all_joint_states(network)) {
    const double weight = std::exp(-naive_energy(network, state));
    z += weight;
    for (Index i = 0; i < data.rows(); ++i) {
      bool same = true;
      std::size_t part = 0;
      for (const Index l : network.visible()) {
        const Span<const float> row = std::as_const(parts[part++]).view().row(i);
        for (Index j = 0; j < row.size; ++j)
          same = same && static_cast<double>(row[j]) == state[static_cast<std::size_t>(l)][static_cast<std::size_t>(j)];
      }
      if (same) shares[static_cast<std::size_t>(i)] += weight;
    }
  }
  double sum = 0;
  for (const double share : shares) sum += std::log(share / z);
  return sum / static_cast<double>(data.rows());
}

TEST(TiedWeights, StepAlongTheGradientOfTheExactLikelihoodInWhatTheyShare) {
  for (const Network& network : {two_views(), mirror(), couplings()}) {
    const bool within = network.link(0).a == network.link(0).b;
    const Dataset data = pairs(within);
    const Network after = step(network, data);
    EXPECT_TRUE(same_bits(after.link(0).weights, after.link(1).weights));
    for (Index r = 0; r < network.link(0).weights.rows(); ++r)
      for (Index c = within ? r + 1 : 0; c < network.link(0).weights.columns(); ++c) {
        const auto at = [&](float by) {
          Network shifted = network;
          for (const Index link : {Index{0}, Index{1}}) {
            shifted.link(link).weights.view()(r, c) += by;
            if (within) shifted.link(link).weights.view()(c, r) += by;
          }
          return log_likelihood(shifted, data);
        };
        EXPECT_NEAR(moved(network, after, 0, r, c), (at(1.0F / 128) - at(-1.0F / 128)) * 64, 2e-4) << r << " " << c;
      }
  }
}

TEST(TiedWeights, LearnAsThoseOfTheUntiedMachineThatAreHeldTogetherByHand) {
  for (const auto& make : {two_views, mirror}) {
    const Dataset data = pairs();
    Network by_hand = make("");
    Network tied = make("filters");
    by_hand.link(0).weights = by_hand.link(1).weights = tied.link(0).weights;
    const Tensor first = tied.link(0).weights;
    for (int epoch = 0; epoch < 20; ++epoch) {
      const Network next = step(by_hand, data);
      for (Index k = 0; k < first.size(); ++k) {
        float sum = by_hand.link(0).weights.data<float>()[k];
        for (const Index link : {Index{0}, Index{1}})
          sum += next.link(link).weights.data<float>()[k] - by_hand.link(link).weights.data<float>()[k];
        for (const Index link : {Index{0}, Index{1}}) by_hand.link(link).weights.data<float>()[k] = sum;
      }
      for (Index l = 0; l < next.size(); ++l) by_hand.layer(l).parameters = next.layer(l).parameters;
    }
    const Network together =
        trained("trainer.maximum_likelihood", tied, data, {{"epochs", std::int64_t{20}}, {"update", plain}});
    // Rounding of 20 steps of float, which learning may enlarge.
    for (Index k = 0; k < first.size(); ++k)
      EXPECT_NEAR(together.link(0).weights.data<float>()[k], by_hand.link(0).weights.data<float>()[k], 1e-4);
    for (Index l = 0; l < tied.size(); ++l)
      for (Index j = 0; j < tied.layer(l).size; ++j)
        EXPECT_NEAR(together.layer(l).parameters.data<float>()[j], by_hand.layer(l).parameters.data<float>()[j], 1e-4);
    EXPECT_GT(log_likelihood(together, data), log_likelihood(tied, data) + 0.1);
  }
}

TEST(TiedWeights, CentredTakeFromBiasesWhatTheirSumAdds) {
  // In the middle offsets are 1/2: db_a = g_a - sum over b of dW_ab / 2, dW_ab being what the weights share.
  const Dataset data = pairs();
  const Network tied = two_views();
  Network apart = two_views("");
  apart.link(1).weights = apart.link(0).weights = tied.link(0).weights;
  const Settings centred{{"centring", "middle"}};
  const Network together = step(tied, data, centred), alone = step(apart, data, centred);
  for (Index r = 0; r < 3; ++r)
    for (Index c = 0; c < 2; ++c)
      EXPECT_NEAR(moved(tied, together, 0, r, c), moved(apart, alone, 0, r, c) + moved(apart, alone, 1, r, c), 1e-6);
  for (Index r = 0; r < 3; ++r) {
    // Of a unit on the left: the weights on the right move it too.
    double added = 0;
    for (Index c = 0; c < 2; ++c) added += moved(apart, alone, 1, r, c) / 2;
    EXPECT_NEAR(together.layer(0).parameters.data<float>()[r], alone.layer(0).parameters.data<float>()[r] - added,
                1e-6);
    EXPECT_GT(std::abs(added), 1e-4);
  }
}

TEST(TiedWeights, ArePenalisedOnce) {
  // Rate 1 and a penalty of 0.1 w: a tenth of each weight less, were they tied or not.
  const Dataset data = pairs();
  const Network tied = two_views();
  const Network with = step(tied, data, {{"penalties", list({"{use: penalty.l2, with: {cost: 0.1}}"})}});
  const Network without = step(tied, data);
  for (Index k = 0; k < tied.link(0).weights.size(); ++k)
    EXPECT_NEAR(with.link(0).weights.data<float>()[k],
                without.link(0).weights.data<float>()[k] - 0.1F * tied.link(0).weights.data<float>()[k], 1e-6);
}

Settings several(const std::string& type) {
  Settings settings{{"epochs", std::int64_t{4}}, {"batch", std::int64_t{2}}};
  if (type == "trainer.pcd") settings.insert(settings.end(), {{"chains", std::int64_t{10}}, {"fast_rate", "0.1"}});
  return settings;
}

TEST(TiedWeights, AndFrozenOnesAreKeptByEveryTrainer) {
  for (const char* type : {"trainer.cd", "trainer.pcd", "trainer.boltzmann"}) {
    const Network before = two_views();
    const Network all = trained(type, before, pairs(), several(type));
    EXPECT_TRUE(same_bits(all.link(0).weights, all.link(1).weights)) << type;
    EXPECT_FALSE(same_bits(all.link(0).weights, before.link(0).weights)) << type;

    // Weights that are shared are frozen by the name of any connection, from either end.
    Settings frozen = several(type);
    frozen.emplace_back("frozen", list({"hidden-right", "left"}));
    const Network some = trained(type, before, pairs(), frozen);
    for (const Index link : {Index{0}, Index{1}})
      EXPECT_TRUE(same_bits(some.link(link).weights, before.link(link).weights)) << type;
    EXPECT_TRUE(same_bits(some.layer(0).parameters, before.layer(0).parameters)) << type;
    for (const Index l : {Index{1}, Index{2}})
      EXPECT_FALSE(same_bits(some.layer(l).parameters, before.layer(l).parameters)) << type;
  }
}

TEST(FrozenParameters, LeaveTheStepOfTheOthersAsItIs) {
  const Dataset data = pairs();
  for (const Network& network : {two_views(""), mirror("")}) {
    const Network whole = step(network, data);
    const std::string second = network.layer(network.link(1).a).name + "-" + network.layer(network.link(1).b).name;
    const Network some = step(network, data, {{"frozen", list({second, "left"})}});
    EXPECT_TRUE(same_bits(some.link(0).weights, whole.link(0).weights));
    EXPECT_TRUE(same_bits(some.link(1).weights, network.link(1).weights));
    EXPECT_FALSE(same_bits(some.link(1).weights, whole.link(1).weights));
    for (Index l = 0; l < network.size(); ++l)
      EXPECT_TRUE(same_bits(some.layer(l).parameters, (l == 0 ? network : whole).layer(l).parameters));
  }
}

TEST(FrozenParameters, OfConnectionsWithinALayerAndUnderCentringStay) {
  const Network network = couplings("");
  const Network after = step(network, pairs(true), {{"frozen", list({"left-left"})}, {"centring", "data"}});
  EXPECT_TRUE(same_bits(after.link(0).weights, network.link(0).weights));
  EXPECT_FALSE(same_bits(after.link(1).weights, network.link(1).weights));
  EXPECT_FALSE(same_bits(after.layer(0).parameters, network.layer(0).parameters));
}

/// Features and a class of as many units that share their weights to the hidden ones.
Network tied_classifier() {
  Network model = make_classifier(3, 3, 4, 0.5, 5);
  for (const Index link : {Index{0}, Index{1}}) model.tie(link, "filters");
  return model;
}

TEST(TiedWeights, FollowFiniteDifferencesOfTheConditionalLikelihoodOfClasses) {
  const Dataset data = classified_rows(11, 3, 3, 7);
  const Network model = tied_classifier();
  const Network after =
      trained("trainer.classification", model, data,
              {{"generative", 0.0}, {"epochs", std::int64_t{1}}, {"batch", data.rows()}, {"update", plain}});
  EXPECT_TRUE(same_bits(after.link(0).weights, after.link(1).weights));
  for (Index r = 0; r < 3; ++r)
    for (Index c = 0; c < 4; ++c) {
      const auto at = [&](float by) {
        Network shifted = model;
        for (const Index link : {Index{0}, Index{1}}) shifted.link(link).weights.view()(r, c) += by;
        return naive_class_likelihood(shifted, data);
      };
      EXPECT_NEAR(moved(model, after, 0, r, c), (at(1.0F / 128) - at(-1.0F / 128)) * 64, 2e-4);
    }
}

TEST(FrozenParameters, AreKeptByTheTrainerOfClasses) {
  const Dataset data = classified_rows(40, 3, 3, 7);
  for (const double generative : {0.0, 0.5}) {
    const Network model = make_classifier(3, 3, 4, 0.5, 5);
    const Network after = trained("trainer.classification", model, data,
                                  {{"generative", generative},
                                   {"epochs", std::int64_t{3}},
                                   {"batch", std::int64_t{10}},
                                   {"frozen", list({"features-hidden 1", "label"})}});
    EXPECT_TRUE(same_bits(after.link(0).weights, model.link(0).weights));
    EXPECT_FALSE(same_bits(after.link(1).weights, model.link(1).weights));
    EXPECT_TRUE(same_bits(after.layer(1).parameters, model.layer(1).parameters));
    EXPECT_FALSE(same_bits(after.layer(2).parameters, model.layer(2).parameters));
  }
}

TEST(TiedWeights, AndFrozenOnesGoOnWhereTheyWereStopped) {
  FakeInputs inputs;
  inputs.add("model", two_views()).add("data", pairs());
  for (const char* type : {"trainer.cd", "trainer.pcd"}) {
    Settings settings{{"epochs", std::int64_t{5}},
                      {"batch", std::int64_t{1}},
                      {"steps", std::int64_t{10000}},
                      {"update", "update.adam"},
                      {"frozen", list({"left"})}};
    if (std::string(type) == "trainer.pcd")
      settings.insert(settings.end(), {{"chains", std::int64_t{1}}, {"fast_rate", "0.1"}});
    expect_resumable(type, settings, inputs);
  }
}

TEST(TiedWeights, AreTiedStillWhenTheyComeFromTheStore) {
  Network network = two_views(), again;
  SavedState saved = save(network);
  load(saved, again);
  EXPECT_EQ(again.leader(1), 0);
  EXPECT_EQ(again.link(1).tied, "filters");
  EXPECT_TRUE(same_bits(again.link(1).weights, network.link(0).weights));
  Network apart = two_views("");
  saved = save(apart);
  load(saved, again);
  EXPECT_EQ(again.leader(1), 1);
}

TEST(TiedWeights, CountOnceAmongWhatIsLearned) {
  EXPECT_EQ(two_views().spec().learned(), 3 + 3 + 2 + 6);
  EXPECT_EQ(two_views("").spec().learned(), 3 + 3 + 2 + 12);
  // Every pair of units once.
  EXPECT_EQ(couplings().spec().learned(), 6 + 3 + 9);
  EXPECT_EQ(joined({shown("left", 3, "{use: units.gaussian, with: {learn_precision: true}}")}, {}).spec().learned(), 6);
}

std::string refusal(const std::function<void()>& body) { return message_of(body); }

TEST(TiedWeights, AreRefusedWhereTheyDoNotFit) {
  load_plugins();
  EXPECT_EQ(refusal([] {
              joined({shown("left", 3), shown("right", 4), hidden("hidden", 2)}, {{0, 2, "w"}, {1, 2, "w"}});
            }),
            "'left-hidden' and 'right-hidden' cannot share their weights 'w': their weights are 3 x 2 and 4 x 2");
  EXPECT_EQ(refusal([] {
              joined({shown("left", 3), hidden("low", 2), hidden("high", 3)}, {{0, 1, "w"}, {1, 2, "w"}});
            }),
            "'left-low' and 'low-high' cannot share their weights 'w': their weights are 3 x 2 and 2 x 3; name the "
            "layers of one of them in the other order");
  EXPECT_NE(refusal([] {
              joined({shown("left", 3), shown("right", 3)}, {{0, 1, "w"}, {1, 1, "w"}});
            }).find("they are of the types"),
            std::string::npos);
  // In a pipeline the connection is named.
  const auto value = [](const char* kind, const char* text) { return detail::make_value(kind, text); };
  Specs out;
  registered(
      "model.network",
      {{"layers", list({value("layer", "{name: a, visible: true, size: 3}"),
                        value("layer", "{name: b, visible: true, size: 4}"), value("layer", "{name: c, size: 2}")})},
       {"connections",
        list({value("join", "{between: [a, c], tied: w}"), value("join", "{between: [b, c], tied: w}")})}})
      ->outputs({}, out);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].where, "with.connections.2");
}

std::vector<std::string> problems(const std::string& type, const Network& model, const Settings& settings) {
  Specs in, out;
  in.set<Network>("model", model.spec());
  in.set<Dataset>("data", pairs().spec());
  registered(type, settings)->outputs(in, out);
  std::vector<std::string> all;
  for (const auto& problem : out.problems()) all.push_back(problem.where + ": " + problem.message);
  return all;
}

TEST(FrozenParameters, AreFoundBeforeAnyWorkOrRefused) {
  using Messages = std::vector<std::string>;
  for (const char* type : {"trainer.cd", "trainer.pcd", "trainer.boltzmann", "trainer.maximum_likelihood"}) {
    const Network model = two_views("");
    EXPECT_EQ(problems(type, model, {{"frozen", list({"left-hidden", "right"})}}), Messages()) << type;
    EXPECT_EQ(
        problems(type, model, {{"frozen", list({"left", "left-hiden"})}}),
        Messages({"with.frozen.2: the model has no layer or connection 'left-hiden'; did you mean 'left-hidden'?"}));
    EXPECT_EQ(problems(type, model, {{"frozen", list({"left", "right", "hidden", "left-hidden", "hidden-right"})}}),
              Messages({"with.frozen: everything that the model could learn is frozen"}));
    EXPECT_EQ(
        problems(type, model, {{"frozen", list({"left-hidden", "hidden"})}, {"centring", "data"}}),
        Messages({"with.frozen.2: centring makes the biases of 'hidden' take up what weights do, so they cannot be "
                  "frozen: centring: none"}));
  }
}

}  // namespace
}  // namespace harmonium::testing
