#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harmonium/errors.hpp"
#include "harmonium/snapshots.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// model.rbm, model.network with its short forms, and model.encode.
namespace harmonium::testing {
namespace {

Network untrained(const Settings& settings, const FakeInputs& inputs) {
  FakeContext context;
  return get<Network>(run_registered("model.rbm", settings, inputs, context), "model");
}

TEST(Rbm, ShowsTheDataWithBiasesThatGiveTheirMeansAndSmallRandomWeights) {
  constexpr Index rows = 50, columns = 40, hidden = 100;
  const Dataset data = mirrored_rows(rows, columns, 3);
  FakeInputs inputs;
  inputs.add("data", data);
  const Network rbm = untrained({{"hidden", hidden}, {"hidden_bias", -2.0}}, inputs);
  ASSERT_EQ(rbm.size(), 2);
  EXPECT_EQ(rbm.layer(0).size, columns);
  EXPECT_EQ(rbm.layer(0).part, "features");
  const auto seen = as_rows(data);
  for (Index j = 0; j < columns; ++j) {
    double on = 0;
    for (const auto& row : seen) on += row[static_cast<std::size_t>(j)];
    const double p = (on + 1) / (rows + 2);
    EXPECT_NEAR(rbm.layer(0).parameters.view()(0, j), std::log(p / (1 - p)), 1e-5);
  }
  for (const float bias : rbm.layer(1).parameters.values<float>()) EXPECT_EQ(bias, -2);
  double sum = 0, squares = 0;
  const Tensor& weights = rbm.link(0).weights;
  for (const float weight : weights.values<float>()) {
    sum += static_cast<double>(weight);
    squares += static_cast<double>(weight) * static_cast<double>(weight);
  }
  // Five standard errors of a mean and of a deviation.
  const auto n = static_cast<double>(weights.size());
  EXPECT_NEAR(sum / n, 0, 5 * 0.01 / std::sqrt(n));
  EXPECT_NEAR(std::sqrt(squares / n), 0.01, 5 * 0.01 / std::sqrt(2 * n));
}

TEST(Rbm, LeavesVisibleBiasesAtZeroWhereItIsAskedToOrSeesNoData) {
  FakeInputs data;
  data.add("data", mirrored_rows(20, 6, 3));
  const Network asked = untrained({{"hidden", std::int64_t{3}}, {"visible_bias", "zero"}}, data);
  const Network blind = untrained({{"hidden", std::int64_t{3}}, {"visible", std::int64_t{6}}}, {});
  for (const Network* rbm : {&asked, &blind}) {
    EXPECT_EQ(rbm->layer(0).size, 6);
    for (const float bias : rbm->layer(0).parameters.values<float>()) EXPECT_EQ(bias, 0);
  }
}

Network made(const std::string& type, const Settings& settings, const FakeInputs& inputs = {}) {
  FakeContext context;
  return get<Network>(run_registered(type, settings, inputs, context), "model");
}

Setting layer(const std::string& text) { return detail::make_value("layer", "{" + text + "}"); }
Setting join(const std::string& text) { return detail::make_value("join", "{" + text + "}"); }

std::vector<std::string> problems_of(const Settings& settings) {
  Specs out;
  registered("model.network", settings)->outputs({}, out);
  std::vector<std::string> messages;
  for (const auto& problem : out.problems()) messages.push_back(problem.where + ": " + problem.message);
  return messages;
}

TEST(Networks, AreExtendedByLayersAndConnectionsBesideWhatTheyHave) {
  load_plugins();
  FakeInputs data;
  data.add("data", mirrored_rows(30, 12, 3));
  Network rbm = untrained({{"hidden", std::int64_t{5}}}, data);
  rbm.certify(Certificate::exact(1));
  FakeInputs inputs;
  inputs.add("model", rbm);
  const Settings settings{{"layers", list({layer("name: top, size: 7, units: units.spin")})},
                          {"connections", list({join("between: [hidden, top], weights_deviation: 0.5")})}};
  const Network deep = made("model.extend", settings, inputs);
  ASSERT_EQ(deep.size(), 3);
  ASSERT_EQ(deep.links().size(), 2U);
  EXPECT_EQ(deep.certificate(), nullptr);
  const Network& before = rbm;
  const auto expect_same = [](const Tensor& one, const Tensor& other) {
    ASSERT_EQ(one.shape(), other.shape());
    EXPECT_TRUE(std::equal(one.data<float>(), one.data<float>() + one.size(), other.data<float>()));
  };
  for (Index l = 0; l < 2; ++l) expect_same(deep.layer(l).parameters, before.layer(l).parameters);
  expect_same(deep.link(0).weights, before.link(0).weights);
  EXPECT_GT(deep.root_mean_square_weight(), 0.1);
  Specs in, out;
  in.set<Network>("model", rbm.spec());
  registered("model.extend", settings)->outputs(in, out);
  ASSERT_TRUE(out.problems().empty());
  const ModelSpec &promised = out.get<Network>("model"), made_spec = deep.spec();
  EXPECT_FALSE(promised.certified);
  ASSERT_EQ(promised.layers.size(), 3U);
  ASSERT_EQ(promised.links.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(promised.links[i].weights, made_spec.links[i].weights);
    EXPECT_EQ(promised.links[i].b, made_spec.links[i].b);
  }
  Specs wrong;
  registered("model.extend", {{"connections", list({join("between: [hidden, top]")})}})->outputs(in, wrong);
  ASSERT_EQ(wrong.problems().size(), 1U);
  EXPECT_EQ(wrong.problems()[0].where, "with.connections.1");
  EXPECT_EQ(wrong.problems()[0].message, "there is no layer 'top'");
}

TEST(Networks, AreTransposedByExchangingWhatShowsAndWhatIsHidden) {
  load_plugins();
  FakeInputs data;
  data.add("data", mirrored_rows(30, 12, 3));
  const Network rbm = untrained({{"hidden", std::int64_t{5}}}, data);
  FakeInputs inputs;
  inputs.add("model", rbm);
  const Network turned = made("model.transpose", {}, inputs);
  ASSERT_EQ(turned.size(), 2);
  EXPECT_EQ(turned.visible(), rbm.hidden());
  EXPECT_EQ(turned.layer(1).part, "features");
  EXPECT_EQ(turned.layer(0).part, "");
  Specs in, out;
  in.set<Network>("model", rbm.spec());
  registered("model.transpose", {})->outputs(in, out);
  EXPECT_EQ(out.get<Network>("model").visible_units(), 5);
  EXPECT_EQ(out.get<Network>("model").hidden_units(), 12);
  // The energy is that of the same states.
  const std::vector<std::vector<double>> states{{0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 1}, {1, 0, 1, 1, 0}};
  EXPECT_EQ(naive_energy(turned, states), naive_energy(rbm, states));
  Specs hopfield, refused;
  hopfield.set<Network>("model", made("model.hopfield", {{"size", std::int64_t{4}}}).spec());
  registered("model.transpose", {})->outputs(hopfield, refused);
  EXPECT_EQ(refused.problems().size(), 1U);
}

TEST(Snapshot, IsTheModelOfThatEpochOrSaysWhichThereAre) {
  load_plugins();
  Snapshots taken;
  for (const Index epoch : {0, 1, 2}) taken.offer(epoch, make_rbm(4, 3, 1, 10 + static_cast<std::uint64_t>(epoch)), 10);
  FakeInputs inputs;
  inputs.add("snapshots", taken);
  const Network found = made("model.snapshot", {{"epoch", std::int64_t{1}}}, inputs);
  const Tensor &weights = found.link(0).weights, &expected = taken.taken[1].model.link(0).weights;
  EXPECT_TRUE(std::equal(weights.data<float>(), weights.data<float>() + weights.size(), expected.data<float>()));
  try {
    made("model.snapshot", {{"epoch", std::int64_t{5}}}, inputs);
    FAIL() << "there is no such epoch";
  } catch (const BadPipeline& refused) {
    EXPECT_STREQ(refused.what(), "there is no snapshot of epoch 5; there are those of 0, 1, 2");
  }
}

TEST(Networks, AreWhatIsDeclared) {
  load_plugins();
  FakeInputs inputs;
  inputs.add("data", mirrored_rows(30, 12, 3));
  const Network network =
      made("model.network",
           {{"layers", list({layer("name: pixels, visible: true"), layer("name: low, size: 6, bias: -1"),
                             layer("name: high, units: units.spin, shape: [2, 2]")})},
            {"connections", list({join("between: [pixels, low], weights_deviation: 0.5"),
                                  join("between: [low, high], weights_width: 0.25"), join("between: [low]")})}},
           inputs);
  ASSERT_EQ(network.size(), 3);
  EXPECT_EQ(network.layer(0).size, 12);
  EXPECT_EQ(network.layer(2).size, 4);
  EXPECT_EQ(network.layer(1).parameters.data<float>()[0], -1);
  EXPECT_NE(network.layer(0).parameters.data<float>()[0], 0);
  EXPECT_TRUE(network.joined_within(1));
  EXPECT_FALSE(network.joined_within(0));
  EXPECT_FALSE(network.hidden_independent());
  EXPECT_FALSE(network.spec().hidden_independent());
  for (const float weight : network.link(1).weights.values<float>()) EXPECT_LE(std::abs(weight), 0.25F);
  const View<const float> within = network.link(2).weights.view();
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j) EXPECT_EQ(within(i, j), i == j ? 0 : within(j, i));
  // Layers of one colour are not joined: pixels and high can move together.
  EXPECT_EQ(network.colours(), (std::vector<std::vector<Index>>{{0, 2}, {1}}));
}

TEST(Networks, SayWhichDeclarationIsWrong) {
  load_plugins();
  const auto with = [](std::vector<Setting> layers, std::vector<Setting> joins) {
    return problems_of({{"layers", Setting(std::move(layers))}, {"connections", Setting(std::move(joins))}});
  };
  const Setting v = layer("name: v, visible: true, size: 3"), h = layer("name: h, size: 2");
  EXPECT_TRUE(with({v, h}, {join("between: [v, h]")}).empty());
  EXPECT_EQ(
      with({layer("name: v, visible: true")}, {}),
      std::vector<std::string>{"with.layers.1: how many units layer 'v' has must be said where no data are connected"});
  EXPECT_EQ(with({h}, {}), std::vector<std::string>{"with.layers: a network needs at least one visible layer"});
  EXPECT_EQ(with({v, v}, {}), std::vector<std::string>{"with.layers.2: two layers are called 'v'"});
  EXPECT_EQ(with({v, h}, {join("between: [v, g]")}),
            std::vector<std::string>{"with.connections.1: there is no layer 'g'"});
  EXPECT_EQ(
      with({v, h}, {join("between: [v, h], connection: connection.lateral")}),
      std::vector<std::string>{"with.connections.1: connection.lateral joins the units of one layer; two layers are "
                               "joined by connection.dense"});
  EXPECT_EQ(with({layer("name: v, visible: true, size: 3, units: units.poisson"),
                  layer("name: h, size: 2, units: units.gaussian")},
                 {join("between: [v, h]")}),
            std::vector<std::string>{
                "with.connections.1: units.poisson in 'v' and units.gaussian in 'h' cannot be joined: for "
                "any positive weight the sum over their states has no bound; Poisson units go with "
                "bounded ones"});
}

TEST(ShortForms, DeclareTheMachinesTheyAreNamedAfter) {
  FakeInputs inputs;
  inputs.add("data", mirrored_rows(30, 8, 3));
  const Network hopfield = made("model.hopfield", {}, [] {
    FakeInputs spins;
    Tensor values = Tensor::matrix(4, 8);
    for (float& value : values.values<float>()) value = -1;
    spins.add("data", make_data(std::move(values)));
    return spins;
  }());
  EXPECT_EQ(hopfield.layers().size(), 1U);
  EXPECT_TRUE(hopfield.joined_within(0));
  const Network boltzmann = made("model.boltzmann", {{"hidden", std::int64_t{3}}}, inputs);
  EXPECT_EQ(boltzmann.links().size(), 3U);
  EXPECT_FALSE(boltzmann.hidden_independent());
  const Network half = made("model.semi-restricted", {{"hidden", std::int64_t{3}}}, inputs);
  EXPECT_TRUE(half.hidden_independent());
  EXPECT_TRUE(half.joined_within(0));
  const Network deep = made("model.dbm", {{"hidden", list({std::int64_t{5}, std::int64_t{4}})}}, inputs);
  EXPECT_EQ(deep.size(), 3);
  EXPECT_EQ(deep.links().size(), 2U);
  // Even and odd layers.
  EXPECT_EQ(deep.colours(), (std::vector<std::vector<Index>>{{0, 2}, {1}}));
}

/// E[h | v] of binary units, written out.
std::vector<double> up(const Network& rbm, const std::vector<double>& v) {
  std::vector<double> h;
  for (Index j = 0; j < rbm.layer(1).size; ++j) {
    double input = static_cast<double>(rbm.layer(1).parameters.view()(0, j));
    for (std::size_t i = 0; i < v.size(); ++i)
      input += v[i] * static_cast<double>(rbm.link(0).weights.view()(static_cast<Index>(i), j));
    h.push_back(1 / (1 + std::exp(-input)));
  }
  return h;
}

TEST(Encode, GivesTheMeansOfTheTopmostLayerAndCarriesLabelsAlong) {
  // More rows than one block.
  constexpr Index rows = 5000;
  Tensor features = Tensor::matrix(rows, 5);
  uniform(Stream{3}, features.view());
  std::vector<Index> labels;
  for (Index i = 0; i < rows; ++i) labels.push_back(i % 3);
  const Dataset data = make_data(features, labels, 3);
  const Network first = make_rbm(5, 4, 1, 1), second = make_rbm(4, 3, 1, 2);
  FakeInputs inputs;
  inputs.add("data", data).add("model", first).add("model", second);
  FakeContext context;
  const Outputs outputs = run_registered("model.encode", {}, inputs, context);
  const Dataset& code = get<Dataset>(outputs, "data");
  ASSERT_EQ(code.rows(), rows);
  EXPECT_EQ(code.classes("label"), labels);
  const Tensor all = all_rows(code, "features");
  ASSERT_EQ(all.columns(), 3);
  for (const Index i : {Index{0}, Index{1}, Index{4095}, Index{4096}, rows - 1}) {
    const Span<const float> row = features.view().row(i);
    const std::vector<double> expected = up(second, up(first, {row.begin(), row.end()}));
    for (Index j = 0; j < 3; ++j) EXPECT_NEAR(all.view()(i, j), expected[static_cast<std::size_t>(j)], 1e-6);
  }
}

TEST(Encode, OfHiddenUnitsThatAreJoinedGivesTheMeansOfAMeanField) {
  Network deep;
  deep.add(make_layer("visible", "units.bernoulli", 5, true));
  deep.add(make_layer("middle", "units.bernoulli", 4, false));
  deep.add(make_layer("top", "units.bernoulli", 3, false));
  deep.connect(make_value<Connection>("connection.dense"), 0, 1);
  deep.connect(make_value<Connection>("connection.dense"), 1, 2);
  randomise(deep, 0.5, 3);
  deep.layer(0).part = "features";
  const Tensor rows = make_matrix({{1, 0, 1, 1, 0}, {0, 0, 0, 1, 1}});
  FakeInputs inputs;
  inputs.add("data", make_data(rows)).add("model", deep);
  FakeContext context;
  const Tensor found = all_rows(get<Dataset>(run_registered("model.encode", {}, inputs, context), "data"), "features");
  ASSERT_EQ(found.columns(), 7);
  const auto at = [&](Index link, Index i, Index j) {
    return static_cast<double>(deep.link(link).weights.view()(i, j));
  };
  const auto bias = [&](Index layer, Index j) {
    return static_cast<double>(deep.layer(layer).parameters.view()(0, j));
  };
  const auto sigmoid = [](double input) { return 1 / (1 + std::exp(-input)); };
  for (Index r = 0; r < 2; ++r) {
    // Weights this small have one fixed point, whichever way it is gone to.
    std::vector<double> middle(4, 0.5), top(3, 0.5);
    for (int sweep = 0; sweep < 500; ++sweep) {
      for (Index j = 0; j < 4; ++j) {
        double input = bias(1, j);
        for (Index i = 0; i < 5; ++i) input += static_cast<double>(rows.view()(r, i)) * at(0, i, j);
        for (Index k = 0; k < 3; ++k) input += top[static_cast<std::size_t>(k)] * at(1, j, k);
        middle[static_cast<std::size_t>(j)] = sigmoid(input);
      }
      for (Index k = 0; k < 3; ++k) {
        double input = bias(2, k);
        for (Index j = 0; j < 4; ++j) input += middle[static_cast<std::size_t>(j)] * at(1, j, k);
        top[static_cast<std::size_t>(k)] = sigmoid(input);
      }
    }
    for (Index j = 0; j < 4; ++j) EXPECT_NEAR(found.view()(r, j), middle[static_cast<std::size_t>(j)], 1e-5);
    for (Index k = 0; k < 3; ++k) EXPECT_NEAR(found.view()(r, 4 + k), top[static_cast<std::size_t>(k)], 1e-5);
  }
}

TEST(Encode, OfHiddenUnitsThatAreJoinedRefusesWhatGivesNoMeansOrStandsInForThem) {
  Specs in;
  in.set<Network>("model", make_boltzmann(5, 4, 1, 1).spec());
  in.set<Dataset>("data", {10, {{"visible", 5, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(testing::problems_of("model.encode", {{"settler", "sampler.gibbs"}, {"doubled", "up"}}, in),
            "with.doubled: model 1 has hidden units that are joined to each other: no input of theirs stands in for "
            "another\n"
            "with.settler: sampler.gibbs gives no means, which features are\n");
  EXPECT_EQ(testing::problems_of("model.encode", {}, in), "");
}

TEST(Encode, SaysBeforeAnyWorkWhereAStackDoesNotFit) {
  Specs in, out;
  in.add("model", {"model", "", std::make_shared<const ModelSpec>(make_rbm(5, 4, 1, 1).spec())});
  in.add("model", {"model", "", std::make_shared<const ModelSpec>(make_rbm(3, 2, 1, 1).spec())});
  in.set<Dataset>("data", {10, {{"features", 7, {}, PartSpec::Kind::real, {}}}});
  registered("model.encode", {})->outputs(in, out);
  std::vector<std::string> messages;
  for (const auto& problem : out.problems()) messages.push_back(problem.where + ": " + problem.message);
  EXPECT_EQ(messages,
            (std::vector<std::string>{"in.model: layer 'visible' shows 5 units, but 'features' of the data is 7 wide",
                                      "in.model: model 2 shows 3 units, but the one below has 4 hidden units"}));
}

}  // namespace
}  // namespace harmonium::testing
