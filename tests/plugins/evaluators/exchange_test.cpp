#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "exchange/npz.hpp"
#include "harmonium/belief_net.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/helmholtz.hpp"
#include "loaded.hpp"

namespace harmonium::testing {
namespace {

/// Runs a Python program with NumPy; false where there is none. A program that fails is a failure of the test.
class Python {
 public:
  static bool has(const std::string& module) {
    return std::system(("/usr/bin/python3 -c 'import " + module + "' >/dev/null 2>&1").c_str()) == 0;
  }
  static void run(const TemporaryFolder& folder, const std::string& program) {
    std::ofstream(folder / "program.py") << "import numpy as np\n" << program;
    const std::string command = "cd '" + folder / "" + "' && /usr/bin/python3 program.py > out.txt 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream said(folder / "out.txt");
    EXPECT_EQ(status, 0) << std::string(std::istreambuf_iterator<char>(said), {});
  }
};

#define NEEDS_PYTHON(module) \
  if (!Python::has(module)) GTEST_SKIP() << "python3 has no " module

File exported(const Network& model) {
  FakeInputs inputs;
  inputs.add("model", model);
  return get<File>(run_loaded("export.npz", {}, inputs), "file");
}

Network imported(const std::string& path, Settings settings = {}) {
  settings.emplace_back("path", path);
  return get<Network>(run_loaded("model.npz", settings, FakeInputs()), "model");
}

std::string refusal(const std::string& path, Settings settings = {}) {
  settings.emplace_back("path", path);
  return message_of([&] { problems_of("model.npz", settings, {}); });
}

void expect_same(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.shape(), b.shape());
  for (Index i = 0; i < a.size(); ++i) EXPECT_EQ(a.data<float>()[i], b.data<float>()[i]);
}

TEST(Exchange, AMachineComesBackAsItWasExported) {
  const TemporaryFolder folder;
  const Network model = make_rbm(6, 4, 1);
  const Network back =
      imported(folder.put("rbm.npz", exported(model)), {{"shape", list({std::int64_t{2}, std::int64_t{3}})}});
  expect_same(back.link(0).weights, model.link(0).weights);
  for (Index l = 0; l < 2; ++l) expect_same(back.layer(l).parameters, model.layer(l).parameters);
  EXPECT_EQ(back.layer(0).name, "visible");
  EXPECT_TRUE(back.layer(0).visible);
  EXPECT_EQ(back.layer(0).part, "features");
  EXPECT_EQ(back.layer(0).shape, (Tensor::Shape{2, 3}));
  EXPECT_EQ(back.layer(1).name, "hidden");
}

TEST(Exchange, TheSameModelGivesTheSameBytes) {
  const File one = exported(make_rbm(6, 4, 1)), other = exported(make_rbm(6, 4, 1));
  ASSERT_EQ(one.bytes.size(), other.bytes.size());
  EXPECT_EQ(std::memcmp(one.bytes.raw(), other.bytes.raw(), static_cast<std::size_t>(one.bytes.bytes())), 0);
  EXPECT_EQ(one.extension, "npz");
}

TEST(Exchange, AStackAndItsReadOutLieInOneFile) {
  const TemporaryFolder folder;
  Feedforward readout;
  Feedforward::Stage stage;
  stage.units = make_rbm(1, 1, 1).layer(0).units;
  stage.weights = make_matrix({{1, 2, 3}, {4, 5, 6}});
  stage.parameters = make_matrix({{7, 8, 9}});
  readout.stages.push_back(std::move(stage));
  FakeInputs inputs;
  inputs.add("model", make_rbm(4, 3, 1, 1)).add("model", make_rbm(3, 2, 1, 2)).add("readout", readout);
  const std::string path = folder.put("all.npz", get<File>(run_loaded("export.npz", {}, inputs), "file"));
  const Network second = imported(path, {{"weights", std::string("2.visible-hidden.weights")},
                                         {"visible_bias", std::string("2.visible.bias")},
                                         {"hidden_bias", std::string("2.hidden.bias")}});
  expect_same(second.link(0).weights, make_rbm(3, 2, 1, 2).link(0).weights);
  NEEDS_PYTHON("numpy");
  Python::run(
      folder,
      "f = np.load('all.npz')\n"
      "assert sorted(f.files) == ['1.hidden.bias', '1.model', '1.visible-hidden.weights', '1.visible.bias',\n"
      "  '2.hidden.bias', '2.model', '2.visible-hidden.weights', '2.visible.bias', 'layer1.bias', 'layer1.weights',\n"
      "  'readout']\n"
      "import json\n"
      "assert [l['size'] for l in json.loads(f['2.model'].tobytes())['layers']] == [3, 2]\n"
      "assert f['1.visible-hidden.weights'].shape == (4, 3) and f['1.visible.bias'].shape == (4,)\n"
      "assert (f['layer1.weights'] == [[1, 2, 3], [4, 5, 6]]).all() and f['layer1.bias'].dtype == np.float32\n");
}

TEST(Exchange, OneArrayIsAnNpyFile) {
  const TemporaryFolder folder;
  FakeInputs inputs;
  inputs.add("model", make_rbm(4, 3, 1));
  const File file =
      get<File>(run_loaded("export.npy", {{"array", std::string("visible-hidden.weights")}}, inputs), "file");
  EXPECT_EQ(file.extension, "npy");
  EXPECT_EQ(message_of([&] {
              run_loaded("export.npy", {{"array", std::string("weights")}}, inputs);
            }),
            "there is no array 'weights' to export; there are 'visible.bias', 'hidden.bias', 'visible-hidden.weights'");
  NEEDS_PYTHON("numpy");
  folder.put("w.npy", file);
  folder.put("m.npz", exported(make_rbm(4, 3, 1)));
  Python::run(folder, "assert (np.load('w.npy') == np.load('m.npz')['visible-hidden.weights']).all()\n");
}

/// Several kinds of units, connections between and within layers, shared weights, shapes and parts.
Network make_mixed() {
  Network network;
  const auto layer = [&](const char* name, const char* units, Index size, bool visible) {
    Layer made;
    made.name = name;
    made.units = make_value<Units>(units);
    made.size = size;
    made.visible = visible;
    made.part = visible ? name : "";
    return network.add(std::move(made));
  };
  loaded("units.bernoulli");
  const Index real = layer("features", "{use: units.gaussian, with: {learn_precision: true}}", 4, true);
  const Index label = layer("label", "units.softmax", 3, true);
  const Index hidden = layer("hidden", "units.bernoulli", 5, false), top = layer("top", "units.spin", 2, false);
  network.layer(real).shape = {2, 2};
  network.connect(make_value<Connection>("connection.dense"), real, hidden);
  network.connect(make_value<Connection>("connection.dense"), label, hidden);
  network.connect(make_value<Connection>("connection.dense"), hidden, top);
  network.connect(make_value<Connection>("connection.lateral"), top, top);
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 1);
  for (Index l = 0; l < network.size(); ++l)
    for (float& value : network.layer(l).parameters.values<float>()) value = normal(random);
  for (Index i = 0; i < 4; ++i) {
    for (float& weight : network.link(i).weights.values<float>()) weight = normal(random);
    network.link(i).connection->constrain(network.ends(i), network.link(i).weights.view());
  }
  const Index twin = layer("twin", "units.softmax", 3, true);
  network.tie(1, "classes");
  network.tie(network.connect(make_value<Connection>("connection.dense"), twin, hidden), "classes");
  return network;
}

Network read_back(const std::string& path, Index number = 1) {
  return get<Network>(run_loaded("model.read", {{"path", path}, {"number", number}}, FakeInputs()), "model");
}

void expect_same(const Network& a, const Network& b) {
  ASSERT_EQ(a.size(), b.size());
  ASSERT_EQ(a.links().size(), b.links().size());
  for (Index l = 0; l < a.size(); ++l) {
    EXPECT_EQ(a.layer(l).name, b.layer(l).name);
    EXPECT_EQ(a.layer(l).units.recipe(), b.layer(l).units.recipe());
    EXPECT_EQ(a.layer(l).shape, b.layer(l).shape);
    EXPECT_EQ(a.layer(l).visible, b.layer(l).visible);
    EXPECT_EQ(a.layer(l).part, b.layer(l).part);
    expect_same(a.layer(l).parameters, b.layer(l).parameters);
  }
  for (Index i = 0; i < static_cast<Index>(a.links().size()); ++i) {
    EXPECT_EQ(a.link(i).connection.recipe(), b.link(i).connection.recipe());
    EXPECT_EQ(std::pair(a.link(i).a, a.link(i).b), std::pair(b.link(i).a, b.link(i).b));
    expect_same(a.link(i).weights, b.link(i).weights);
    EXPECT_EQ(a.link(i).tied, b.link(i).tied);
  }
}

TEST(Exchange, AnyModelIsReadBackAsItWasExported) {
  const TemporaryFolder folder;
  const Network model = make_mixed();
  expect_same(read_back(folder.put("one.npz", exported(model))), model);
  FakeInputs inputs;
  inputs.add("model", make_rbm(4, 3, 1)).add("model", model);
  const std::string both = folder.put("both.npz", get<File>(run_loaded("export.npz", {}, inputs), "file"));
  expect_same(read_back(both, 1), make_rbm(4, 3, 1));
  expect_same(read_back(both, 2), model);
  EXPECT_EQ(message_of([&] { read_back(both, 3); }), "the file has not so many models");
  EXPECT_EQ(message_of([&] { read_back(both, 0); }),
            "the file has several models: which of them, by its number from 1?");
}

TEST(Exchange, WhatIsKnownOfLogZGoesWithTheModel) {
  const TemporaryFolder folder;
  Network model = make_rbm(4, 3, 1);
  Certificate known;
  known.log_z = 3.5;
  known.error = 0.01;
  known.low = 3.25;
  known.high = 3.75;
  known.runs = 100;
  known.effective = 87.5;
  known.temperatures = 1000;
  known.burn_in = 500;
  known.gap = -0.125;
  known.data = "drawn";
  known.verdict = "converged";
  model.certify(known);
  const Network back = read_back(folder.put("m.npz", exported(model)));
  ASSERT_NE(back.certificate(), nullptr);
  EXPECT_EQ(back.certificate()->text(), known.text());
  EXPECT_EQ(back.certificate()->details(),
            "100 runs of 1000 temperatures there and back, from chains of 500 sweeps, rates of drawn rows");
  Certificate::for_each_number(*back.certificate(), [&, at = 0](const char*, double number) mutable {
    const double expected[] = {3.5, 0.01, 3.25, 3.75, 100, 87.5, 1000, 500, -0.125};
    EXPECT_EQ(number, expected[at++]);
  });
  EXPECT_TRUE(back.spec().certified);
  EXPECT_EQ(read_back(folder.put("m.npz", exported(make_rbm(4, 3, 1)))).certificate(), nullptr);
  // Runs that all failed have no interval, which JSON has no number for.
  known.high = std::numeric_limits<double>::infinity();
  known.verdict = "not converged: 1 run of 100 counts";
  model.certify(known);
  EXPECT_EQ(read_back(folder.put("m.npz", exported(model))).certificate()->verdict, known.verdict);
  known.verdict = "converged";
  model.certify(known);
  const std::string path = folder.put("m.npz", exported(model));
  EXPECT_EQ(message_of([&] { read_back(path); }),
            "'" + path + "', array 'model': the certificate has no verdict that fits its numbers");
}

TEST(Exchange, AShapeThatIsNotOneOfTheUnitsIsRefused) {
  const TemporaryFolder folder;
  for (const std::vector<Index>& shape : std::vector<std::vector<Index>>{
           {1000, 1000}, {3, 2}, {0, 4}, {-2, -2}, {4}, {2, 2, 1, 1}, {Index{1} << 62, 4}}) {
    Network model = make_rbm(4, 3, 1);
    model.layer(0).shape = shape;
    const std::string path = folder.put("m.npz", exported(model));
    EXPECT_EQ(message_of([&] { read_back(path); }),
              fmt::format("'{}', array 'model': [{}] is not the shape of 4 units", path, fmt::join(shape, ", ")));
  }
}

/// A network of two layers, of which the second classifies.
Feedforward make_classifier() {
  loaded("units.softmax");
  Feedforward network;
  const auto stage = [](const char* units, Tensor weights, Tensor parameters) {
    return Feedforward::Stage{make_value<Units>(units), std::move(weights), std::move(parameters)};
  };
  network.stages.push_back(
      stage("units.bernoulli", make_matrix({{1, -2}, {3, 4}, {5, 0.5F}, {7, 8}}), make_matrix({{-1, 2}})));
  network.stages.push_back(stage("units.softmax", make_matrix({{1, 2, 3}, {4, 5, 6}}), make_matrix({{7, 8, 9}})));
  network.classes = {"ant", "bee", "cat"};
  network.part = "picture";
  network.input_shape = {2, 2};
  return network;
}

HelmholtzMachine make_helmholtz() {
  HelmholtzMachine machine({{4, 3, 2}, {2, 2}, "picture"});
  std::mt19937 random(5);
  std::normal_distribution<float> normal(0, 1);
  const auto fill = [&](Tensor& tensor) {
    for (float& value : tensor.values<float>()) value = normal(random);
  };
  for (Index l = 0; l < machine.size(); ++l) {
    fill(machine.layer(l).bias);
    if (l == 0) continue;
    fill(machine.layer(l).recognition_bias);
    fill(machine.link(l - 1).generation);
    fill(machine.link(l - 1).recognition);
  }
  return machine;
}

/// Exports `value` by that port and gives what the node type reads.
template <class T>
T there_and_back(const TemporaryFolder& folder, const T& value, const char* port, const char* reader,
                 const char* output) {
  FakeInputs inputs;
  inputs.add(port, value);
  const std::string path = folder.put("m.npz", get<File>(run_loaded("export.npz", {}, inputs), "file"));
  return get<T>(run_loaded(reader, {{"path", path}}, FakeInputs()), output);
}

void expect_same(const HelmholtzMachine& a, const HelmholtzMachine& b) {
  ASSERT_EQ(a.spec().sizes, b.spec().sizes);
  EXPECT_EQ(a.shape, b.shape);
  EXPECT_EQ(a.part, b.part);
  for (Index l = 0; l < a.size(); ++l) {
    expect_same(a.layer(l).bias, b.layer(l).bias);
    if (l == 0) continue;
    expect_same(a.layer(l).recognition_bias, b.layer(l).recognition_bias);
    expect_same(a.link(l - 1).generation, b.link(l - 1).generation);
    expect_same(a.link(l - 1).recognition, b.link(l - 1).recognition);
  }
}

TEST(Exchange, AFeedForwardNetworkIsReadBackAsItWasExported) {
  const TemporaryFolder folder;
  const Feedforward network = make_classifier();
  const Feedforward back = there_and_back(folder, network, "readout", "model.read.feedforward", "readout");
  ASSERT_EQ(back.stages.size(), 2U);
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_EQ(back.stages[s].units.recipe(), network.stages[s].units.recipe());
    expect_same(back.stages[s].weights, network.stages[s].weights);
    expect_same(back.stages[s].parameters, network.stages[s].parameters);
  }
  EXPECT_EQ(back.classes, network.classes);
  EXPECT_EQ(back.part, "picture");
  EXPECT_EQ(back.spec().input_shape, (Tensor::Shape{2, 2}));
  EXPECT_EQ(back.spec().output_shape, Tensor::Shape());
}

TEST(Exchange, ADirectedMachineIsReadBackAsItWasExported) {
  const TemporaryFolder folder;
  const HelmholtzMachine machine = make_helmholtz();
  expect_same(there_and_back(folder, machine, "helmholtz", "model.read.helmholtz", "model"), machine);
  DeepBeliefNet net;
  net.below = machine;
  net.top = make_rbm(2, 3, 1);
  net.top.certify(Certificate::exact(3));
  const DeepBeliefNet back = there_and_back(folder, net, "belief_net", "model.read.belief_net", "model");
  ASSERT_NE(back.top.certificate(), nullptr);
  EXPECT_EQ(back.top.certificate()->log_z, 3);
  expect_same(back.below, net.below);
  expect_same(back.top, net.top);
  NEEDS_PYTHON("numpy");
  Python::run(folder,
              "f = np.load('m.npz')\n"
              "assert f['belief_net.layer0-layer1.weights'].shape == (4, 3)\n"
              "assert f['belief_net.layer1-layer0.weights'].shape == (3, 4)\n"
              "assert f['belief_net.layer2.recognition_bias'].shape == f['belief_net.top.visible.bias'].shape == (2,)\n"
              "assert 'belief_net.layer0.recognition_bias' not in f.files\n");
}

TEST(Exchange, AFileOfAnotherKindSaysWhatItHolds) {
  const TemporaryFolder folder;
  FakeInputs inputs;
  inputs.add("helmholtz", make_helmholtz()).add("readout", make_classifier());
  const std::string path = folder.put("m.npz", get<File>(run_loaded("export.npz", {}, inputs), "file"));
  EXPECT_EQ(problems_of("model.read.helmholtz", {{"path", path}}, {}), "");
  EXPECT_EQ(message_of([&] { read_back(path, 0); }),
            "the file holds a feed-forward network, which model.read.feedforward reads, and a Helmholtz machine, which "
            "model.read.helmholtz reads, but not a network");
  const std::string network = folder.put("n.npz", exported(make_rbm(4, 3, 1)));
  EXPECT_EQ(message_of([&] {
              problems_of("model.read.belief_net", {{"path", network}}, {});
            }),
            "the file holds a network, which model.read reads, but not a deep belief network");
}

TEST(Exchange, ADirectedModelThatDoesNotFitIsRefused) {
  const TemporaryFolder folder;
  const auto list = [](Index size) { return Tensor::of<float>({size}); };
  const auto text = [](std::string_view json) {
    Tensor bytes = Tensor::of<std::uint8_t>({static_cast<Index>(json.size())});
    std::memcpy(bytes.raw(), json.data(), json.size());
    return bytes;
  };
  const auto refused = [&](const char* reader, const std::vector<NamedArray>& arrays) {
    const std::string path = folder.put("m.npz", File{"npz", write_npz(arrays)});
    std::string said;
    try {
      problems_of(reader, {{"path", path}}, {});
    } catch (const Error& error) {
      said = error.what();
    }
    if (const std::size_t at = said.find(path); at != std::string::npos) said.replace(at, path.size(), "FILE");
    return said;
  };
  const auto machine = [&](const char* json) {
    return refused("model.read.helmholtz", {{"helmholtz", text(json)},
                                            {"helmholtz.layer0.bias", list(4)},
                                            {"helmholtz.layer1.bias", list(3)},
                                            {"helmholtz.layer1.recognition_bias", list(3)},
                                            {"helmholtz.layer1-layer0.weights", Tensor::matrix(3, 4)},
                                            {"helmholtz.layer0-layer1.weights", Tensor::matrix(3, 4)}});
  };
  EXPECT_EQ(machine(R"({"format": 1, "sizes": [4], "shape": [], "part": "features"})"), "");
  EXPECT_EQ(machine(R"({"format": 1, "sizes": [4, 3], "shape": [], "part": "features"})"),
            "array 'helmholtz.layer0-layer1.weights' has the shape (3, 4), but (4, 3) fits its layers");
  EXPECT_EQ(machine(R"({"format": 1, "sizes": [4, 0], "shape": [], "part": "features"})"),
            "'FILE', array 'helmholtz': the machine has no layers, or one without units");
  EXPECT_EQ(machine(R"({"format": 1, "sizes": [4], "shape": [3, 2], "part": "features"})"),
            "'FILE', array 'helmholtz': [3, 2] is not the shape of 4 units");
  const auto network = [&](const char* json) {
    return refused("model.read.feedforward", {{"readout", text(json)},
                                              {"layer1.weights", Tensor::matrix(4, 3)},
                                              {"layer1.bias", list(3)},
                                              {"layer2.weights", Tensor::matrix(2, 5)},
                                              {"layer2.bias", list(5)}});
  };
  EXPECT_EQ(
      network(
          R"({"format": 1, "layers": [{"units": "units.spin"}], "classes": [], "part": "features", "input_shape": [2, 2],
                        "output_shape": []})"),
      "");
  EXPECT_EQ(
      network(
          R"({"format": 1, "layers": [{"units": "units.spin"}, {"units": "units.spin"}], "classes": [], "part": "features",
                        "input_shape": [], "output_shape": []})"),
      "array 'layer2.weights' has the shape (2, 5), but (3, 5) fits its layers");
  EXPECT_EQ(
      network(
          R"({"format": 1, "layers": [{"units": "units.spin"}], "classes": ["one"], "part": "features", "input_shape": [],
                        "output_shape": []})"),
      "'FILE', array 'readout': there are 1 classes, but 3 outputs");
  EXPECT_EQ(
      network(
          R"({"format": 1, "layers": [], "classes": [], "part": "features", "input_shape": [], "output_shape": []})"),
      "'FILE', array 'readout': the network has no layers");
  EXPECT_EQ(
      network(R"({"format": 1, "layers": [{"units": {"use": "units.softmax", "with": {"classes": 300}}}], "classes": [],
                        "part": "features", "input_shape": [], "output_shape": []})"),
      "'FILE', array 'readout': 3 units of layer 1 cannot be cut into blocks of 300, as units.softmax needs");
  EXPECT_EQ(network(R"({"format": 1, "layers": [{"units": "units.spin"}], "classes": [], "part": "", "input_shape": [],
                        "output_shape": []})"),
            "'FILE', array 'readout': 'part' is empty");
  EXPECT_EQ(refused("model.read.feedforward", {{"readout", Tensor::of<float>({3})}}),
            "'FILE', array 'readout': bytes of text are expected, got values of type '<f4'");
  EXPECT_EQ(
      refused("model.read.feedforward", {{"readout", text(R"({"format": 1, "layers": [{"units": "units.spin"}]})")}}),
      "'FILE', array 'layer1.weights': the file has no such array");
  // The top of a belief network shows as many units as the layers below it end in.
  DeepBeliefNet net;
  net.below = make_helmholtz();
  net.top = make_rbm(3, 2, 1);
  FakeInputs inputs;
  inputs.add("belief_net", net);
  const std::string path = folder.put("b.npz", get<File>(run_loaded("export.npz", {}, inputs), "file"));
  EXPECT_EQ(message_of([&] {
              problems_of("model.read.belief_net", {{"path", path}}, {});
            }),
            "'" + path +
                "', array 'belief_net': the top RBM has 3 of units.bernoulli over directed layers of 2 binary units");
}

TEST(Exchange, ABeliefNetworkHasAnRbmAtItsTop) {
  const TemporaryFolder folder;
  DeepBeliefNet net;
  net.below = make_helmholtz();
  Layer alone = make_rbm(2, 3, 1).layer(0);
  net.top.add(std::move(alone));
  FakeInputs inputs;
  inputs.add("belief_net", net);
  const std::string path = folder.put("b.npz", get<File>(run_loaded("export.npz", {}, inputs), "file"));
  EXPECT_EQ(message_of([&] {
              problems_of("model.read.belief_net", {{"path", path}}, {});
            }),
            "'" + path + "', array 'belief_net': its top is no RBM that shows 'features'");
}

TEST(Exchange, NamesThatAreNoUtf8DoNotKeepAModelFromBeingExported) {
  const TemporaryFolder folder;
  Feedforward network = make_classifier();
  network.classes[1] = "caf\xe9";
  const Feedforward back = there_and_back(folder, network, "readout", "model.read.feedforward", "readout");
  EXPECT_EQ(back.classes, (std::vector<std::string>{"ant", "caf\xef\xbf\xbd", "cat"}));
}

TEST(Exchange, ArraysOfOneNameAreRefused) {
  Network network = make_rbm(4, 3, 1);
  Layer layer = network.layer(1);
  layer.name = "layer1";
  network.add(std::move(layer));
  EXPECT_EQ(message_of([&] {
              run_loaded("export.npz", {}, FakeInputs().add("model", network).add("readout", make_classifier()));
            }),
            "two arrays would be called 'layer1.bias': export the models to a file each");
}

TEST(Pictures, AreReadAsTheyWereWritten) {
  const TemporaryFolder folder;
  Tensor values = Tensor::matrix(6, 6);
  for (Index i = 0; i < 36; ++i) values.data<float>()[i] = static_cast<float>(i * 7) / 255;
  const auto images = [](Tensor rows, const Tensor::Shape& shape) {
    const Dataset made = make_data(std::move(rows));
    DataSpec spec = made.spec();
    spec.parts[0].shape = shape;
    return Dataset(spec, made.source());
  };
  const Dataset data = images(std::move(values), {2, 3});
  const std::string path =
      folder.put("rows.png", get<File>(run_loaded("export.png", {}, FakeInputs().add("data", data)), "file"));
  FakeContext context;
  const Settings cut = {{"paths", list({path})}, {"size", list({std::int64_t{2}, std::int64_t{3}})}, {"whole", true}};
  const std::unique_ptr<Work> work(loaded_node("reader.patches", cut)->start(FakeInputs(), context));
  Outputs read;
  work->finish(FakeInputs(), read);
  expect_same(all_rows(get<Dataset>(read, "data"), "features"), all_rows(data, "features"));
  const auto refusal_of = [&](const Settings& settings, Tensor rows) {
    return message_of([&] {
      run_loaded("export.png", settings, FakeInputs().add("data", images(std::move(rows), {1, 2})));
    });
  };
  EXPECT_EQ(refusal_of({}, make_matrix({{0, 1}, {0, 1.5F}})), "row 2, column 2 is 1.5, which does not lie in [0, 1]");
  run_loaded("export.png", {{"range", list({-1.0, 2.0})}},
             FakeInputs().add("data", images(make_matrix({{0, 1}, {0, 1.5F}}), {1, 2})));
  Specs flat;
  flat.set<Dataset>("data", {4, {{"features", 4, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("export.png", {}, flat),
            "in.data: the data have no part that is an image of rows and columns\n");
}

TEST(Exchange, AModelThatIsNotDescribedOrDamagedIsRefused) {
  const TemporaryFolder folder;
  NEEDS_PYTHON("numpy");
  folder.put("m.npz", exported(make_rbm(4, 3, 1)));
  Python::run(folder,
              "f = dict(np.load('m.npz'))\n"
              "text = f.pop('model').tobytes()\n"
              "np.savez('bare.npz', **f)\n"
              "def save(name, text): np.savez(name, model=np.frombuffer(text, np.uint8), **f)\n"
              "save('text.npz', b'no json')\n"
              "save('key.npz', text.replace(b'\"part\"', b'\"p\"'))\n"
              "save('size.npz', text.replace(b'\"size\":4', b'\"size\":9000000'))\n"
              "save('link.npz', text.replace(b'\"b\":1', b'\"b\":7'))\n");
  const auto refused = [&](const std::string& name) { return message_of([&] { read_back(folder / name); }); };
  EXPECT_EQ(refused("bare.npz"),
            "the file does not say what model it holds, as those of export.npz do; model.npz reads machines of other "
            "programs");
  EXPECT_EQ(refused("text.npz"), "'" + folder / "text.npz" + "', array 'model': the text is no JSON map");
  EXPECT_EQ(refused("key.npz"),
            "'" + folder / "key.npz" + "', array 'model': 'part' is missing, or of another kind than is written");
  EXPECT_EQ(refused("size.npz"), "array 'visible.bias' has the shape (4), but (9000000) fits its layers");
  EXPECT_EQ(refused("link.npz"),
            "'" + folder / "link.npz" + "', array 'model': a connection joins layers that the model does not have");
}

TEST(Exchange, ADescriptionWithNumbersThatAreNotWholeIsRefused) {
  // Converted, such a number could become any.
  const std::string_view text =
      R"({"format": 1, "layers": [{"name": "visible", "units": "units.bernoulli", "size": 4, "shape": [2, 2e81], "visible": true,
                      "part": "features", "by_channel": false}], "links": []})";
  Tensor description = Tensor::of<std::uint8_t>({static_cast<Index>(text.size())});
  std::memcpy(description.raw(), text.data(), text.size());
  const TemporaryFolder folder;
  const std::string path = folder.put(
      "m.npz", File{"npz", write_npz({{"model", std::move(description)}, {"visible.bias", Tensor::of<float>({4})}})});
  EXPECT_EQ(message_of([&] { read_back(path); }),
            "'" + path + "', array 'model': 'shape' is missing, or of another kind than is written");
}

TEST(Exchange, ExportAsksForSomethingToExport) {
  EXPECT_EQ(problems_of("export.npz", {}, {}),
            "in.model: nothing to export: connect 'model', 'readout', 'helmholtz' or 'belief_net'\n");
}

TEST(Import, AMachineOfScikitLearnGivesTheSameFeatures) {
  NEEDS_PYTHON("sklearn.neural_network");
  const TemporaryFolder folder;
  Python::run(
      folder,
      "from sklearn.neural_network import BernoulliRBM\n"
      "x = (np.random.RandomState(0).rand(200, 12) > 0.6).astype(np.float64)\n"
      "rbm = BernoulliRBM(n_components=5, n_iter=3, random_state=0).fit(x)\n"
      "np.savez('sk.npz', components_=rbm.components_, intercept_visible_=rbm.intercept_visible_,\n"
      "         intercept_hidden_=rbm.intercept_hidden_)\n"
      "np.savez_compressed('packed.npz', components_=rbm.components_, x=1,\n"
      "         intercept_visible_=rbm.intercept_visible_, intercept_hidden_=rbm.intercept_hidden_)\n"
      "np.savez('features.npz', components_=rbm.transform(x[:20]).astype(np.float32),\n"
      "         intercept_visible_=np.zeros(5), intercept_hidden_=np.zeros(20))\n"
      "np.savez('rows.npz', components_=x[:20], intercept_visible_=np.zeros(12), intercept_hidden_=np.zeros(20))\n");
  for (const char* name : {"sk.npz", "packed.npz"}) {
    const Network model = imported(folder / name);
    ASSERT_EQ(model.layer(0).size, 12);
    ASSERT_EQ(model.layer(1).size, 5);
    // The importer carries plain matrices too: weights of 20 hidden units are 20 rows.
    const auto matrix = [&](const char* file) {
      const Network carrier = imported(folder / file);
      const View<const float> columns = carrier.link(0).weights.view();
      Tensor rows = Tensor::matrix(columns.columns, columns.rows);
      for (Index i = 0; i < rows.rows(); ++i)
        for (Index j = 0; j < rows.columns(); ++j) rows.view()(i, j) = columns(j, i);
      return rows;
    };
    const Tensor rows = matrix("rows.npz"), expected = matrix("features.npz");
    Tensor features = Tensor::matrix(20, 5);
    hidden_mean(model, 1, {rows.view()}, features.view());
    for (Index i = 0; i < features.size(); ++i) EXPECT_NEAR(features.data<float>()[i], expected.data<float>()[i], 1e-5);
  }
}

TEST(Import, ReadsArraysInTheOrderOfColumnsAndEitherOrientation) {
  NEEDS_PYTHON("numpy");
  const TemporaryFolder folder;
  Python::run(folder,
              "w = np.arange(6, dtype=np.float32).reshape(2, 3)\n"
              "v, h = np.array([1., 2., 3.]), np.array([[4.], [5.]])\n"
              "np.savez('fortran.npz', W=np.asfortranarray(w), v=v, h=h)\n"
              "np.savez('turned.npz', W=w.T, v=v, h=h)\n"
              "np.savez('square.npz', W=w[:, :2], v=v[:2], h=h)\n");
  const Settings names{
      {"weights", std::string("W")}, {"visible_bias", std::string("v")}, {"hidden_bias", std::string("h")}};
  for (const char* name : {"fortran.npz", "turned.npz"}) {
    const Network model = imported(folder / name, names);
    expect_same(model.link(0).weights, make_matrix({{0, 3}, {1, 4}, {2, 5}}));
    expect_same(model.layer(1).parameters, make_matrix({{4, 5}}));
  }
  EXPECT_EQ(refusal(folder / "square.npz", names), "array 'W' is square, so its orientation must be given");
  Settings turned = names, straight = names;
  turned.emplace_back("orientation", std::string("hidden x visible"));
  straight.emplace_back("orientation", std::string("visible x hidden"));
  expect_same(imported(folder / "square.npz", turned).link(0).weights, make_matrix({{0, 3}, {1, 4}}));
  expect_same(imported(folder / "square.npz", straight).link(0).weights, make_matrix({{0, 1}, {3, 4}}));
  EXPECT_EQ(refusal(folder / "fortran.npz", straight), "array 'W' has the shape (2, 3), which is not visible x hidden");
}

TEST(Import, KnowsTheSizesBeforeAnyWork) {
  const TemporaryFolder folder;
  Specs outputs;
  loaded_node("model.npz", {{"path", folder.put("rbm.npz", exported(make_rbm(6, 4, 1)))}})->outputs({}, outputs);
  const ModelSpec& spec = outputs.get<Network>("model");
  EXPECT_EQ(spec.visible_units(), 6);
  EXPECT_EQ(spec.hidden_units(), 4);
}

TEST(Import, NamesTheArraysThatThereAre) {
  const TemporaryFolder folder;
  const std::string path = folder.put("rbm.npz", exported(make_rbm(6, 4, 1)));
  EXPECT_EQ(refusal(path, {{"weights", std::string("W")}}),
            "the file has no array 'W'; it has 'visible.bias', 'hidden.bias', 'visible-hidden.weights', 'model'");
  EXPECT_EQ(refusal(path, {{"visible_bias", std::string("hidden.bias")}}),
            "array 'visible-hidden.weights' has the shape (6, 4), but 4 visible and 4 hidden biases need (4, 4) or its "
            "transpose");
  EXPECT_EQ(refusal(path, {{"hidden_bias", std::string("visible-hidden.weights")}}),
            "array 'visible-hidden.weights' should hold one value a unit, but its shape is (6, 4)");
  EXPECT_EQ(refusal(path, {{"shape", list({std::int64_t{2}, std::int64_t{2}})}}),
            "[2, 2] is not an image shape of 6 visible units");
}

TEST(Import, RefusesFilesThatAreNotWhatTheyClaimToBe) {
  const TemporaryFolder folder;
  File file = exported(make_rbm(60, 40, 1));
  const auto cut = [&](Index bytes) {
    File part{"npz", Tensor::of<std::uint8_t>({bytes})};
    std::copy_n(file.bytes.data<std::uint8_t>(), bytes, part.bytes.data<std::uint8_t>());
    return part;
  };
  EXPECT_NE(refusal(folder.put("cut.npz", cut(file.bytes.size() - 30))).find("cannot be read as an .npz file"),
            std::string::npos);
  EXPECT_NE(refusal(folder.put("empty.npz", cut(0))).find("cannot be read as an .npz file"), std::string::npos);
  EXPECT_NE(refusal(folder / "missing.npz").find("missing.npz"), std::string::npos);
  // Sizes in the archive's directory, of an array that is stored as it is: 3.75 GiB in some kilobytes.
  File lying = exported(make_rbm(60, 40, 1));
  const std::string_view bytes(static_cast<const char*>(lying.bytes.raw()),
                               static_cast<std::size_t>(lying.bytes.size()));
  const std::size_t record = bytes.rfind("visible-hidden.weights.npy") - 46;
  for (const std::size_t size_at : {record + 20, record + 24})
    std::memcpy(static_cast<char*>(lying.bytes.raw()) + size_at, "\x80\0\0\xf0", 4);
  EXPECT_EQ(refusal(folder.put("sizes.npz", lying)),
            fmt::format("'{}', array 'visible-hidden.weights': 4026531968 compressed bytes are claimed, but the whole "
                        "file has {}",
                        folder / "sizes.npz", lying.bytes.size()));
  // A bit flipped in the weights, which lie last before the archive's directory.
  file.bytes.data<std::uint8_t>()[file.bytes.size() - 2000] ^= 1;
  const std::string damaged = folder.put("damaged.npz", file);
  EXPECT_NE(message_of([&] { imported(damaged); }).find("array 'visible-hidden.weights': damaged (CRC error)"),
            std::string::npos);
}

TEST(Import, RefusesValuesThatAreNoFiniteNumbers) {
  NEEDS_PYTHON("numpy");
  const TemporaryFolder folder;
  Python::run(folder,
              "w = np.ones((2, 3)); v = np.zeros(3); h = np.zeros(2)\n"
              "np.savez('ints.npz', components_=w.astype(int), intercept_visible_=v, intercept_hidden_=h)\n"
              "w[1, 0] = np.nan\n"
              "np.savez('nan.npz', components_=w, intercept_visible_=v, intercept_hidden_=h)\n"
              "import zipfile\n"
              "z = zipfile.ZipFile('lying.npz', 'w')\n"
              "for name, a in (('components_', w), ('intercept_visible_', v), ('intercept_hidden_', h)):\n"
              "  import io; b = io.BytesIO(); np.save(b, a)\n"
              "  data = b.getvalue()\n"
              "  z.writestr(name + '.npy', data[:-8] if name == 'intercept_visible_' else data)\n"
              "z.close()\n");
  const auto message = [&](const char* name) { return message_of([&] { imported(folder / name); }); };
  EXPECT_NE(message("nan.npz").find("array 'components_': value 4 of 6 is not finite"), std::string::npos)
      << message("nan.npz");
  EXPECT_NE(message("ints.npz").find("expected float32 or float64, got values of type '<i8'"), std::string::npos);
  EXPECT_NE(message("lying.npz").find("the header promises 3 values of 8 bytes, but there are 16 bytes after it"),
            std::string::npos)
      << message("lying.npz");
}

}  // namespace
}  // namespace harmonium::testing
