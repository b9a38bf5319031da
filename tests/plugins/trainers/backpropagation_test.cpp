#include <gtest/gtest.h>

#include "harmonium/feedforward.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

constexpr Index rows = 12, width = 5, classes = 3;

Dataset labelled_rows() {
  Tensor features = Tensor::matrix(rows, width);
  uniform(Stream{77}, features.view());
  std::vector<Index> labels;
  for (Index i = 0; i < rows; ++i) labels.push_back(i % classes);
  return make_data(std::move(features), labels, classes);
}

/// One layer after the other in double: sigmoid or identity below, and -log p of the softmax or Gaussian on top.
double naive_loss(const Feedforward& network, const Tensor& in, const Tensor& wanted, bool gaussian_hidden) {
  double total = 0;
  for (Index i = 0; i < in.rows(); ++i) {
    std::vector<double> x(in.view().row(i).begin(), in.view().row(i).end());
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
      const Feedforward::Stage& at = network.stages[s];
      std::vector<double> y;
      for (Index j = 0; j < at.outputs(); ++j) {
        double field = static_cast<double>(at.parameters.view()(0, j));
        for (std::size_t k = 0; k < x.size(); ++k)
          field += x[k] * static_cast<double>(at.weights.view()(static_cast<Index>(k), j));
        y.push_back(field);
      }
      if (s + 1 < network.stages.size() && !gaussian_hidden)
        for (double& value : y) value = 1 / (1 + std::exp(-value));
      x = y;
    }
    double sum = 0;
    for (const double value : x) sum += std::exp(value);
    total += std::log(sum);
    for (std::size_t j = 0; j < x.size(); ++j)
      total -= x[j] * static_cast<double>(wanted.view()(i, static_cast<Index>(j)));
  }
  return total / static_cast<double>(in.rows());
}

TEST(Backpropagation, StepsAgainstTheGradientOfTheLoss) {
  const Dataset data = labelled_rows();
  const Tensor in = all_rows(data, "features"), wanted = all_rows(data, "label");
  for (const bool gaussian : {false, true}) {
    const char* units = gaussian ? "units.gaussian" : "units.bernoulli";
    Feedforward network;
    FakeInputs inputs;
    inputs.add("data", data);
    std::vector<Network> stack = {make_rbm(width, 4, 0.6, 3, "units.bernoulli", units),
                                  make_rbm(4, 3, 0.6, 9, "units.bernoulli", units)};
    Feedforward top;
    top.stages.push_back({make_value<Units>("units.softmax"), Tensor::matrix(3, classes), Tensor::matrix(1, classes)});
    fill_normal(top.stages[0].weights, 0.6, 51);
    for (const Network& model : stack) {
      inputs.add("stack", model);
      network.stages.push_back({model.layer(1).units, model.link(0).weights, model.layer(1).parameters});
    }
    network.stages.push_back(top.stages[0]);
    inputs.add("readout", top);
    FakeContext context;
    const Outputs outputs = run_registered(
        "trainer.backprop",
        {{"epochs", 1}, {"batch", std::int64_t{rows}}, {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}},
        inputs, context);
    const Feedforward& moved = get<Feedforward>(outputs, "readout");
    ASSERT_EQ(moved.stages.size(), 3U);
    for (std::size_t s = 0; s < 3; ++s)
      for (const bool bias : {false, true}) {
        Tensor& parameter = bias ? network.stages[s].parameters : network.stages[s].weights;
        const Tensor& after = bias ? moved.stages[s].parameters : moved.stages[s].weights;
        for (Index k = 0; k < parameter.size(); ++k) {
          float& value = parameter.data<float>()[k];
          const float before = value;
          value = before + 1.0F / 512;
          const double up = naive_loss(network, in, wanted, gaussian), high = static_cast<double>(value);
          value = before - 1.0F / 512;
          const double down = naive_loss(network, in, wanted, gaussian), low = static_cast<double>(value);
          value = before;
          EXPECT_NEAR(after.data<float>()[k] - before, -(up - down) / (high - low), 1e-5)
              << s << " " << bias << " " << k;
        }
      }
  }
}

/// The same row over and over: features and, as another part, a real target.
Dataset one_row(Index count, const std::vector<float>& shown, float target) {
  const auto wide = static_cast<Index>(shown.size());
  auto features = std::make_shared<Tensor>(Tensor::matrix(count, wide));
  auto targets = std::make_shared<Tensor>(Tensor::matrix(count, 1));
  for (Index i = 0; i < count; ++i) {
    std::copy(shown.begin(), shown.end(), features->view().row(i).data);
    targets->view()(i, 0) = target;
  }
  DataSpec spec;
  spec.rows = count;
  spec.parts = {{"features", wide, {}, PartSpec::Kind::real, {}}, {"target", 1, {}, PartSpec::Kind::real, {}}};
  return stored_rows(std::move(spec), {features, targets});
}

TEST(Backpropagation, ThroughDropoutFollowsTheGradientOfTheExpectedLoss) {
  // Linear hidden units h = W x + b under a linear output y = sum_j m_j h_j w_j, m_j being 0 or 1 / (1 - p). Over the
  // masks the expected squared error is that without dropout plus p / (1 - p) sum_j (h_j w_j)^2 (Srivastava et al.
  // 2014, section 9.1), so
  //   -dL/dw_j  = (t - y) h_j - q h_j^2 w_j,   -dL/dW_ij = x_i ((t - y) w_j - q h_j w_j^2),   q = p / (1 - p).
  constexpr Index count = 40000, inputs_wide = 2, hidden = 3;
  constexpr double p = 0.3, q = p / (1 - p), target = 0.7;
  const std::vector<float> x = {0.5F, -1.0F};
  const Network model = make_rbm(inputs_wide, hidden, 0.6, 3, "units.gaussian", "units.gaussian");
  Feedforward top;
  top.stages.push_back({make_value<Units>("units.gaussian"), Tensor::matrix(hidden, 1), Tensor::matrix(1, 1)});
  fill_normal(top.stages[0].weights, 0.6, 51);
  FakeInputs inputs;
  inputs.add("data", one_row(count, x, static_cast<float>(target))).add("stack", model).add("readout", top);
  FakeContext context;
  const Outputs outputs = run_registered("trainer.backprop",
                                         {{"epochs", 1},
                                          {"batch", static_cast<std::int64_t>(count)},
                                          {"target", "target"},
                                          {"dropout", p},
                                          {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}},
                                         inputs, context);
  const Feedforward& moved = get<Feedforward>(outputs, "readout");
  std::vector<double> h, w;
  double y = 0, largest_term = 0;
  for (Index j = 0; j < hidden; ++j) {
    double sum = static_cast<double>(model.layer(1).parameters.view()(0, j));
    for (Index i = 0; i < inputs_wide; ++i)
      sum +=
          static_cast<double>(x[static_cast<std::size_t>(i)]) * static_cast<double>(model.link(0).weights.view()(i, j));
    h.push_back(sum);
    w.push_back(static_cast<double>(top.stages[0].weights.view()(j, 0)));
    y += sum * w.back();
  }
  // What a row adds is a product of two mask values of at most 1 / (1 - p) with terms of this size.
  for (std::size_t j = 0; j < h.size(); ++j)
    largest_term = std::max({largest_term, std::abs(h[j]), std::abs(w[j]), std::abs(target)});
  const double spread = 4 * largest_term * largest_term * largest_term / ((1 - p) * (1 - p));
  const double tolerance = 5 * spread / std::sqrt(static_cast<double>(count));
  for (Index j = 0; j < hidden; ++j) {
    const auto k = static_cast<std::size_t>(j);
    const double top_step = static_cast<double>(moved.stages[1].weights.view()(j, 0)) - w[k];
    EXPECT_NEAR(top_step, (target - y) * h[k] - q * h[k] * h[k] * w[k], tolerance);
    for (Index i = 0; i < inputs_wide; ++i) {
      const double step =
          static_cast<double>(moved.stages[0].weights.view()(i, j) - model.link(0).weights.view()(i, j));
      EXPECT_NEAR(step,
                  static_cast<double>(x[static_cast<std::size_t>(i)]) * ((target - y) * w[k] - q * h[k] * w[k] * w[k]),
                  tolerance);
    }
  }
  // Only the loss is told of real targets: they have no classes to be wrong about.
  EXPECT_EQ(get<Table>(outputs, "course").columns, std::vector<std::string>{"loss"});
}

TEST(Backpropagation, WeighsAShortLastBatchByItsSize) {
  const auto moved = [](Index count) {
    FakeInputs inputs;
    inputs.add("data", one_row(count, {0.5F, -1.0F}, 0.7F)).add("stack", make_rbm(2, 3, 0.6, 3));
    FakeContext context;
    const Outputs outputs = run_registered("trainer.backprop",
                                           {{"epochs", 1},
                                            {"batch", 8},
                                            {"target", "target"},
                                            {"units", "units.gaussian"},
                                            {"update", "{use: update.sgd, with: {rate: 1e-3, momentum: 0}}"}},
                                           inputs, context);
    // The read-out's bias, which begins at zero.
    return static_cast<double>(get<Feedforward>(outputs, "readout").stages[1].parameters.data<float>()[0]);
  };
  EXPECT_GT(std::abs(moved(8)), 1e-5);
  // Twelve rows are a batch of eight and one of four; a step changes the gradient by a thousandth of itself or so.
  EXPECT_NEAR(moved(12) / moved(8), 1.5, 0.01);
}

TEST(Backpropagation, KeepsIncomingWeightsWithinTheirBound) {
  const Dataset data = labelled_rows();
  FakeInputs inputs;
  inputs.add("data", data).add("stack", make_rbm(width, 30, 2, 3));
  FakeContext context;
  const Outputs outputs = run_registered(
      "trainer.backprop",
      {{"epochs", 20}, {"batch", 4}, {"penalties", list({"{use: penalty.max_norm, with: {most: 1.5}}"})}}, inputs,
      context);
  for (const Feedforward::Stage& stage : get<Feedforward>(outputs, "readout").stages)
    for (Index j = 0; j < stage.outputs(); ++j) {
      double square = 0;
      for (Index i = 0; i < stage.inputs(); ++i) square += std::pow(static_cast<double>(stage.weights.view()(i, j)), 2);
      EXPECT_LE(std::sqrt(square), 1.5 + 1e-5);
    }
}

TEST(Backpropagation, FitsRowsThatCanBeFitted) {
  const Dataset data = labelled_rows();
  FakeInputs inputs;
  inputs.add("data", data).add("stack", make_rbm(width, 30, 0.3, 3));
  FakeContext context;
  const Outputs outputs = run_registered("trainer.backprop", {{"epochs", 600}, {"batch", 4}}, inputs, context);
  EXPECT_EQ(get<Table>(outputs, "course").rows.back().values[1], 0);
  EXPECT_LT(get<Table>(outputs, "course").rows.back().values[0], 0.1);
}

TEST(Backpropagation, GoesOnFromASavedStateWithTheSameBitsOnAnyNumberOfThreads) {
  const Dataset data = labelled_rows();
  FakeInputs inputs;
  inputs.add("data", data).add("validation", data).add("stack", make_rbm(width, 40, 0.3, 3));
  const auto node = registered(
      "trainer.backprop", {{"epochs", 8}, {"batch", 5}, {"dropout", 0.5}, {"input_dropout", 0.2}, {"patience", 20}});
  FakeContext context;
  set_threads(1);
  const std::unique_ptr<Work> straight(node->start(inputs, context));
  while (straight->advance(inputs, context)) {
  }
  set_threads(2);
  const std::unique_ptr<Work> first(node->start(inputs, context));
  for (int i = 0; i < 3; ++i) first->advance(inputs, context);
  SavedState saved = save(*first);
  const std::unique_ptr<Work> second(node->blank());
  load(saved, *second);
  while (second->advance(inputs, context)) {
  }
  Outputs a, b;
  straight->finish(inputs, a);
  second->finish(inputs, b);
  EXPECT_TRUE(
      same_bits(get<Feedforward>(a, "readout").stages[0].weights, get<Feedforward>(b, "readout").stages[0].weights));
  EXPECT_TRUE(
      same_bits(get<Feedforward>(a, "readout").stages[1].weights, get<Feedforward>(b, "readout").stages[1].weights));
}

TEST(Backpropagation, StopsEarlyAndKeepsTheNetworkThatDidBestOnHeldOutRows) {
  const Dataset data = labelled_rows();
  // Held-out rows with wrong labels: whatever is learned makes their loss rise.
  Tensor features = all_rows(data, "features");
  std::vector<Index> wrong;
  for (Index i = 0; i < rows; ++i) wrong.push_back((i + 1) % classes);
  FakeInputs inputs;
  inputs.add("data", data)
      .add("validation", make_data(std::move(features), wrong, classes))
      .add("stack", make_rbm(width, 30, 0.3, 3));
  FakeContext context;
  const Outputs outputs =
      run_registered("trainer.backprop", {{"epochs", 500}, {"batch", 4}, {"patience", 5}}, inputs, context);
  const Table& course = get<Table>(outputs, "course");
  ASSERT_LT(course.rows.size(), 100U);
  std::size_t best = 0;
  for (std::size_t i = 0; i < course.rows.size(); ++i)
    if (course.rows[i].values[2] < course.rows[best].values[2]) best = i;
  EXPECT_EQ(course.rows.size(), best + 1 + 5);
}

TEST(Backpropagation, FromRandomWeightsHasTheSizeOfTheStackAndNothingElseOfIt) {
  FakeInputs inputs;
  inputs.add("data", labelled_rows()).add("stack", make_rbm(width, 30, 100, 3));
  FakeContext context;
  const Outputs outputs = run_registered("trainer.backprop", {{"epochs", 0}, {"initial", "random"}}, inputs, context);
  const Feedforward& network = get<Feedforward>(outputs, "readout");
  // The slope of a binary unit at zero is 1/4.
  const float bound = 4 * std::sqrt(6.0F / (width + 30));
  for (const float weight : network.stages[0].weights.values<float>()) EXPECT_LE(std::abs(weight), bound);
  for (const float bias : network.stages[0].parameters.values<float>()) EXPECT_EQ(bias, 0);
}

TEST(Backpropagation, OverFrozenLayersIsASoftmaxReadOutOfTheirFeatures) {
  const Dataset data = labelled_rows();
  const Network below = make_rbm(width, 4, 0.6, 3), above = make_rbm(4, 3, 0.6, 9);
  Feedforward features;
  for (const Network* model : {&below, &above})
    features.stages.push_back({model->layer(1).units, model->link(0).weights, model->layer(1).parameters});
  Tensor encoded = Tensor::matrix(rows, 3);
  features.forward(all_rows(data, "features").view(), encoded.view());
  std::vector<Index> labels;
  for (Index i = 0; i < rows; ++i) labels.push_back(i % classes);
  const Settings how = {{"epochs", 5}, {"batch", 4}};
  Settings frozen = how;
  frozen.emplace_back("frozen", list({std::string("layer2"), std::string("layer1")}));
  FakeContext context, other;
  const Outputs whole = run_registered("trainer.backprop", frozen,
                                       FakeInputs().add("data", data).add("stack", below).add("stack", above), context);
  const Outputs readout = run_registered(
      "trainer.softmax", how, FakeInputs().add("data", make_data(std::move(encoded), labels, classes)), other);
  const Feedforward& network = get<Feedforward>(whole, "readout");
  const Feedforward::Stage& top = get<Feedforward>(readout, "readout").stages[0];
  for (std::size_t s = 0; s < 2; ++s)
    for (Index k = 0; k < features.stages[s].weights.size(); ++k)
      EXPECT_EQ(network.stages[s].weights.data<float>()[k], features.stages[s].weights.data<float>()[k]);
  ASSERT_EQ(network.stages.size(), 3U);
  for (Index k = 0; k < top.weights.size(); ++k)
    EXPECT_NEAR(network.stages[2].weights.data<float>()[k], top.weights.data<float>()[k], 1e-6);
  EXPECT_GT(std::abs(top.weights.data<float>()[0]), 1e-3);
}

TEST(Backpropagation, ThroughAFrozenLayerReachesTheOneBelow) {
  // One step with the middle layer frozen moves the others as a step without it.
  const Dataset data = labelled_rows();
  const auto step = [&](Settings settings) {
    settings.emplace_back("epochs", 1);
    settings.emplace_back("batch", std::int64_t{rows});
    settings.emplace_back("initial", "random");
    FakeContext context;
    return get<Feedforward>(
        run_registered(
            "trainer.backprop", settings,
            FakeInputs().add("data", data).add("stack", make_rbm(width, 4, 1, 3)).add("stack", make_rbm(4, 3, 1, 9)),
            context),
        "readout");
  };
  const Feedforward all = step({}), kept = step({{"frozen", list({std::string("layer2")})}});
  const auto same = [&](std::size_t s) {
    const Tensor &a = all.stages[s].weights, &b = kept.stages[s].weights;
    return std::equal(a.data<float>(), a.data<float>() + a.size(), b.data<float>());
  };
  EXPECT_TRUE(same(0));
  EXPECT_FALSE(same(1));
  EXPECT_TRUE(same(2));
}

TEST(Backpropagation, SaysWhichLayersThereAreToFreeze) {
  const auto said = [](std::vector<std::string> names, bool readout) {
    Specs in;
    in.add("stack", {"model", "", std::make_shared<const ModelSpec>(make_rbm(width, 4, 1, 1).spec())});
    in.set<Dataset>("data", labelled_rows().spec());
    if (readout) in.set<Feedforward>("readout", {4, classes, {}, "features"});
    std::vector<Setting> list;
    for (std::string& name : names) list.push_back(std::move(name));
    return problems_of("trainer.backprop", {{"frozen", list}}, in);
  };
  EXPECT_EQ(said({"layer1"}, false), "");
  EXPECT_EQ(said({"layer3", "layer", "layer1x", "layer0"}, false),
            "with.frozen.1: 'layer3' is no layer of the network; they are layer1 to layer2\n"
            "with.frozen.2: 'layer' is no layer of the network; they are layer1 to layer2\n"
            "with.frozen.3: 'layer1x' is no layer of the network; they are layer1 to layer2\n"
            "with.frozen.4: 'layer0' is no layer of the network; they are layer1 to layer2\n");
  EXPECT_EQ(said({"layer2", "layer1"}, false), "with.frozen: nothing is left to learn\n");
  EXPECT_EQ(
      said({"one"}, true),
      "with.frozen.1: 'one' is no layer of the network; they are layer1 to layer2 and those of the read-out above\n");
}

TEST(Backpropagation, RefusesWhatDoesNotFitBeforeAnyWork) {
  Specs in, out;
  in.add("stack", {"model", "", std::make_shared<const ModelSpec>(make_rbm(5, 4, 1, 1).spec())});
  in.add("stack", {"model", "", std::make_shared<const ModelSpec>(make_rbm(6, 4, 1, 1).spec())});
  in.set<Dataset>("data", {10, {{"features", 7, {}, PartSpec::Kind::real, {}}}});
  registered("trainer.backprop", {{"patience", 3}})->outputs(in, out);
  std::vector<std::string> messages;
  for (const auto& problem : out.problems()) messages.push_back(problem.where + ": " + problem.message);
  EXPECT_EQ(messages,
            (std::vector<std::string>{"in.stack: model 2 shows 6 units, but the one below has 4 hidden units",
                                      "in.data: the data have no 'label' to learn",
                                      "with.patience: early stopping needs a validation set: connect 'validation'"}));
}

TEST(SoftmaxReadout, RefusesUnitsWhoseBlocksDoNotFitTheTarget) {
  Specs in, out;
  in.set<Dataset>("data", labelled_rows().spec());
  registered("trainer.softmax", {{"units", "{use: units.softmax, with: {classes: 2}}"}})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].where + ": " + out.problems()[0].message,
            "with.units: 'label' is 3 wide, which cannot be cut into blocks of 2, as units.softmax needs");
}

TEST(SoftmaxReadout, ReachesTheOptimumOfItsConvexLoss) {
  const Dataset data = labelled_rows();
  FakeInputs inputs;
  inputs.add("data", data);
  FakeContext context;
  const Outputs outputs = run_registered("trainer.softmax",
                                         {{"epochs", 3000},
                                          {"batch", std::int64_t{rows}},
                                          {"penalties", list({"{use: penalty.l2, with: {cost: 0.1}}"})},
                                          {"update", "{use: update.sgd, with: {rate: 0.5, momentum: 0.9}}"}},
                                         inputs, context);
  Feedforward network = get<Feedforward>(outputs, "readout");
  const Tensor in = all_rows(data, "features"), wanted = all_rows(data, "label");
  // At the optimum the derivative of the loss is minus that of the penalty.
  for (Index k = 0; k < network.stages[0].weights.size(); ++k) {
    float& value = network.stages[0].weights.data<float>()[k];
    const float at = value;
    value = at + 1.0F / 512;
    const double up = naive_loss(network, in, wanted, true);
    value = at - 1.0F / 512;
    const double down = naive_loss(network, in, wanted, true);
    value = at;
    EXPECT_NEAR((up - down) * 256, -0.1 * static_cast<double>(at), 1e-4);
  }
}

}  // namespace
}  // namespace harmonium::testing
