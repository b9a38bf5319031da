#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/eigen.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// trainer.autoencoder, with data.pca beside it and model.forward and evaluator.reconstruction on both.
namespace harmonium::testing {
namespace {

constexpr Index rows = 12, width = 5;

Dataset grey_rows(Index count = rows) {
  Tensor features = Tensor::matrix(count, width);
  uniform(Stream{77}, features.view());
  return make_data(std::move(features));
}

/// 5-4-2 with a linear code.
FakeInputs stacked(const Dataset& data) {
  FakeInputs inputs;
  inputs.add("data", data)
      .add("stack", make_rbm(width, 4, 0.6, 3))
      .add("stack", make_rbm(4, 2, 0.6, 9, "units.bernoulli", "units.gaussian"));
  return inputs;
}

Outputs run_registered(const std::string& type, const Settings& settings, const Inputs& inputs) {
  FakeContext context;
  return run_registered(type, settings, inputs, context);
}

double squared_error(const Feedforward& network, const Dataset& data) {
  FakeInputs inputs;
  inputs.add("autoencoder", network).add("data", data);
  return get<Table>(run_registered("evaluator.reconstruction", {}, inputs), "table").rows[0].values[0];
}

/// One layer after the other in double: all but the stage number `linear` are sigmoids.
double naive_loss(const Feedforward& network, const Tensor& in, std::size_t linear, bool squared) {
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
        y.push_back(s == linear ? field : 1 / (1 + std::exp(-field)));
      }
      x = y;
    }
    for (std::size_t j = 0; j < x.size(); ++j) {
      const double t = in.view()(i, static_cast<Index>(j));
      total += squared ? (t - x[j]) * (t - x[j]) / 2 : -t * std::log(x[j]) - (1 - t) * std::log(1 - x[j]);
    }
  }
  return total / static_cast<double>(in.rows());
}

TEST(Autoencoder, StepsAgainstTheGradientOfEitherLoss) {
  const Dataset data = grey_rows();
  const Tensor in = all_rows(data, "features");
  const FakeInputs inputs = stacked(data);
  Feedforward network = get<Feedforward>(run_registered("trainer.autoencoder", {{"epochs", 0}}, inputs), "autoencoder");
  ASSERT_EQ(network.stages.size(), 4U);
  for (const bool squared : {false, true}) {
    const Outputs outputs = run_registered("trainer.autoencoder",
                                           {{"epochs", 1},
                                            {"batch", std::int64_t{rows}},
                                            {"loss", squared ? "squared_error" : "likelihood"},
                                            {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}},
                                           inputs);
    EXPECT_NEAR(get<Table>(outputs, "course").rows[0].values[0], naive_loss(network, in, 1, squared), 1e-5);
    const Feedforward& moved = get<Feedforward>(outputs, "autoencoder");
    for (std::size_t s = 0; s < 4; ++s)
      for (const bool bias : {false, true}) {
        Tensor& parameter = bias ? network.stages[s].parameters : network.stages[s].weights;
        const Tensor& after = bias ? moved.stages[s].parameters : moved.stages[s].weights;
        for (Index k = 0; k < parameter.size(); ++k) {
          float& value = parameter.data<float>()[k];
          const float before = value;
          value = before + 1.0F / 512;
          const double up = naive_loss(network, in, 1, squared), high = static_cast<double>(value);
          value = before - 1.0F / 512;
          const double down = naive_loss(network, in, 1, squared), low = static_cast<double>(value);
          value = before;
          EXPECT_NEAR(after.data<float>()[k] - before, -(up - down) / (high - low), 1e-5)
              << squared << " " << s << " " << bias << " " << k;
        }
      }
  }
}

TEST(Autoencoder, BeginsAsThePassUpAndDownTheStack) {
  const Dataset data = grey_rows(700);
  const FakeInputs inputs = stacked(data);
  const Outputs made = run_registered("trainer.autoencoder", {{"epochs", 0}}, inputs);
  FakeInputs of_stack, of_network;
  for (const Index m : {0, 1}) of_stack.add("model", inputs.get<Network>("stack", m));
  of_stack.add("data", data);
  of_network.add("autoencoder", get<Feedforward>(made, "autoencoder")).add("data", data);
  const Table one = get<Table>(run_registered("evaluator.reconstruction", {}, of_stack), "table");
  const Table other = get<Table>(run_registered("evaluator.reconstruction", {}, of_network), "table");
  EXPECT_EQ(one.columns, other.columns);
  for (std::size_t c = 0; c < one.columns.size(); ++c)
    EXPECT_NEAR(one.rows[0].values[c], other.rows[0].values[c], 1e-4 * std::abs(one.rows[0].values[c]));
}

TEST(Autoencoder, IsItsEncoderAndThenItsDecoder) {
  const Dataset data = grey_rows();
  const Outputs made = run_registered("trainer.autoencoder", {{"epochs", 3}, {"batch", 4}}, stacked(data));
  const auto through = [](const Dataset& from, const Feedforward& network) {
    FakeInputs inputs;
    inputs.add("data", from).add("network", network);
    return get<Dataset>(run_registered("model.forward", {}, inputs), "data");
  };
  const Dataset codes = through(data, get<Feedforward>(made, "encoder"));
  EXPECT_EQ(codes.spec().part("features").width, 2);
  EXPECT_TRUE(same_bits(all_rows(through(codes, get<Feedforward>(made, "decoder")), "features"),
                        all_rows(through(data, get<Feedforward>(made, "autoencoder")), "features")));
}

/// Normal rows whose columns are correlated, near mean 0 and deviation 1.
Dataset correlated_rows(Index count) {
  Tensor draws = Tensor::matrix(count, width), mixed = Tensor::matrix(count, width);
  normal(Stream{5}, draws.view());
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < width; ++j) {
      mixed.view()(i, j) = 0.3F + 0.5F * draws.view()(i, j);
      for (Index k = 0; k < width; ++k)
        mixed.view()(i, j) +=
            draws.view()(i, k) * std::cos(static_cast<float>(3 * j + k * k)) / static_cast<float>(1 + k);
    }
  return make_data(std::move(mixed));
}

/// The sum of all but the `kept` largest eigenvalues of the covariance, of which no linear code can do better
/// (Baldi, Hornik 1989).
double least_error(const Dataset& data, std::size_t kept) {
  const Tensor all = all_rows(data, "features");
  const auto n = static_cast<double>(all.rows());
  std::vector<double> mean(width);
  for (Index i = 0; i < all.rows(); ++i)
    for (Index j = 0; j < width; ++j) mean[static_cast<std::size_t>(j)] += static_cast<double>(all.view()(i, j)) / n;
  Tensor covariance = Tensor::of<double>({width, width});
  for (Index i = 0; i < all.rows(); ++i)
    for (Index a = 0; a < width; ++a)
      for (Index b = 0; b < width; ++b)
        covariance.view<double>()(a, b) += (static_cast<double>(all.view()(i, a)) - mean[static_cast<std::size_t>(a)]) *
                                           (static_cast<double>(all.view()(i, b)) - mean[static_cast<std::size_t>(b)]) /
                                           n;
  const SymmetricEigen eigen = eigen_of_symmetric(covariance.view<double>());
  double sum = 0;
  for (std::size_t k = kept; k < eigen.values.size(); ++k) sum += eigen.values[k];
  return sum;
}

TEST(Autoencoder, ThatIsLinearReachesTheErrorOfPrincipalComponents) {
  const Dataset data = correlated_rows(200);
  FakeInputs inputs;
  inputs.add("data", data).add("stack", make_rbm(width, 2, 0.3, 3, "units.gaussian", "units.gaussian"));
  const Outputs made = run_registered("trainer.autoencoder",
                                      {{"epochs", 1000},
                                       {"batch", 200},
                                       {"loss", "squared_error"},
                                       {"update", "{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}"}},
                                      inputs);
  const double least = least_error(data, 2);
  ASSERT_GT(least, 0.05);
  EXPECT_NEAR(squared_error(get<Feedforward>(made, "autoencoder"), data), least, 1e-3 * least);
  FakeInputs alone;
  alone.add("data", data);
  const Outputs components = run_registered("data.pca", {{"components", 2}}, alone);
  EXPECT_NEAR(squared_error(get<Feedforward>(components, "autoencoder"), data), least, 1e-5);
  // All components give everything back.
  const Outputs all = run_registered("data.pca", {}, alone);
  EXPECT_NEAR(squared_error(get<Feedforward>(all, "autoencoder"), data), 0, 1e-9);
}

TEST(Autoencoder, ThatDenoisesGivesBackWhatWasCleanFromWhatIsNot) {
  // Linear and of one row x: y = V'(W'(m x) + b) + c, every m_i being 0 with probability p, else 1. The mean step of
  // the bias c is x - V'(W'(1 - p) x + b) - c; were targets corrupted too it would begin with (1 - p) x.
  constexpr Index count = 40000;
  constexpr double p = 0.3;
  const std::vector<float> x = {0.5F, -1.0F, 0.8F};
  Tensor repeated = Tensor::matrix(count, 3);
  for (Index i = 0; i < count; ++i) std::copy(x.begin(), x.end(), repeated.view().row(i).data);
  const Network model = make_rbm(3, 2, 0.6, 3, "units.gaussian", "units.gaussian");
  FakeInputs inputs;
  inputs.add("data", make_data(std::move(repeated))).add("stack", model);
  const Outputs outputs = run_registered("trainer.autoencoder",
                                         {{"epochs", 1},
                                          {"batch", std::int64_t{count}},
                                          {"corruption", p},
                                          {"update", "{use: update.sgd, with: {rate: 1, momentum: 0}}"}},
                                         inputs);
  const View<const float> weights = model.link(0).weights.view();
  for (Index i = 0; i < 3; ++i) {
    const double c = model.layer(0).parameters.view()(0, i);
    double expected = static_cast<double>(x[static_cast<std::size_t>(i)]) - c, variance = 0;
    std::vector<double> through(3);
    for (Index j = 0; j < 2; ++j) {
      expected -= static_cast<double>(weights(i, j)) * static_cast<double>(model.layer(1).parameters.view()(0, j));
      for (Index k = 0; k < 3; ++k)
        through[static_cast<std::size_t>(k)] += static_cast<double>(weights(i, j)) * static_cast<double>(weights(k, j));
    }
    for (std::size_t k = 0; k < 3; ++k) {
      const double full = through[k] * static_cast<double>(x[k]);
      expected -= (1 - p) * full;
      variance += p * (1 - p) * full * full;
    }
    const double step = static_cast<double>(get<Feedforward>(outputs, "autoencoder").stages[1].parameters.view()(0, i) -
                                            static_cast<float>(c));
    EXPECT_NEAR(step, expected, 5 * std::sqrt(variance / static_cast<double>(count)) + 1e-5);
    EXPECT_GT(p * std::abs(static_cast<double>(x[static_cast<std::size_t>(i)])),
              10 * std::sqrt(variance / static_cast<double>(count)))
        << "the test could not tell";
  }
}

TEST(Autoencoder, GoesOnFromASavedState) {
  const Dataset data = mirrored_rows(30000, width + 1, 3);
  FakeInputs inputs;
  inputs.add("data", data).add("validation", data).add("stack", make_rbm(width + 1, 4, 0.6, 3));
  expect_resumable("trainer.autoencoder", {{"epochs", 3}, {"batch", 100}, {"corruption", 0.2}, {"patience", 10}},
                   inputs);
}

TEST(Autoencoder, HasTheSameBitsOnAnyNumberOfThreads) {
  const Dataset data = mirrored_rows(300, 40, 3);
  FakeInputs inputs;
  inputs.add("data", data).add("stack", make_rbm(40, 60, 0.3, 3)).add("stack", make_rbm(60, 7, 0.3, 4));
  std::vector<Feedforward> made;
  for (const int threads : {1, 2}) {
    set_threads(threads);
    const Outputs outputs = run_registered("trainer.autoencoder", {{"epochs", 4}, {"corruption", 0.2}}, inputs);
    made.push_back(get<Feedforward>(outputs, "autoencoder"));
  }
  for (std::size_t s = 0; s < 4; ++s) {
    EXPECT_TRUE(same_bits(made[0].stages[s].weights, made[1].stages[s].weights));
    EXPECT_TRUE(same_bits(made[0].stages[s].parameters, made[1].stages[s].parameters));
  }
}

TEST(Autoencoder, FromRandomWeightsHasTheSizeOfTheStackAndNothingElseOfIt) {
  FakeInputs inputs;
  inputs.add("data", grey_rows()).add("stack", make_rbm(width, 30, 100, 3));
  const Outputs outputs = run_registered("trainer.autoencoder", {{"epochs", 0}, {"initial", "random"}}, inputs);
  const Feedforward& network = get<Feedforward>(outputs, "autoencoder");
  ASSERT_EQ(network.stages.size(), 2U);
  const float bound = std::sqrt(6.0F / (width + 30));
  // Below the last stage the bound is divided by the slope of a binary unit at zero, 1/4.
  for (const float weight : network.stages[0].weights.values<float>()) EXPECT_LE(std::abs(weight), 4 * bound);
  for (const float weight : network.stages[1].weights.values<float>()) EXPECT_LE(std::abs(weight), bound);
  for (const Feedforward::Stage& stage : network.stages)
    for (const float bias : stage.parameters.values<float>()) EXPECT_EQ(bias, 0);
}

TEST(Autoencoder, RefusesWhatDoesNotFitBeforeAnyWork) {
  Specs in;
  in.add("stack", {"model", "", std::make_shared<const ModelSpec>(make_rbm(5, 4, 1, 1).spec())});
  in.add("stack", {"model", "", std::make_shared<const ModelSpec>(make_rbm(6, 4, 1, 1).spec())});
  in.set<Dataset>("data", {10, {{"visible", 7, {}, PartSpec::Kind::real, {}}}});
  EXPECT_EQ(problems_of("trainer.autoencoder", {{"patience", 3}}, in),
            "in.stack: model 2 shows 6 units, but the one below has 4 hidden units\n"
            "in.data: the data have no 'features'\n"
            "with.patience: early stopping needs a validation set: connect 'validation'\n");
}

TEST(Autoencoder, IsJudgedOnlyWhereItGivesBackWhatItReads) {
  Specs in;
  in.set<Dataset>("data", grey_rows().spec());
  EXPECT_EQ(problems_of("evaluator.reconstruction", {}, in), "in.model: connect either models or an autoencoder\n");
  in.set<Feedforward>("autoencoder", {6, 2, {}, "features"});
  const std::string width_differs = "in.data: the data's part 'features' has 5 columns, but the network reads 6\n";
  EXPECT_EQ(problems_of("evaluator.reconstruction", {}, in),
            "in.autoencoder: it reads 6 values and gives 2: no reconstruction\n" + width_differs);
  EXPECT_EQ(problems_of("figure.reconstructions", {}, in),
            "in.autoencoder: network 1 reads 6 values and gives 2: no reconstruction\n" + width_differs);
  in.set<Feedforward>("network", {6, 2, {}, "features"});
  EXPECT_EQ(problems_of("model.forward", {}, in), width_differs);
  EXPECT_EQ(problems_of("data.pca", {{"components", 6}}, in),
            "with.components: 'features' has 5 columns and no more components, but 6 are to be kept\n");
}

}  // namespace
}  // namespace harmonium::testing
