#include <fmt/format.h>
#include <gtest/gtest.h>

#include "harmonium/table.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

namespace harmonium::testing {
namespace {

Outputs thermodynamics(const Network& model, std::vector<double> temperatures) {
  std::vector<Setting> list_of;
  for (const double temperature : temperatures) list_of.emplace_back(temperature);
  FakeInputs inputs;
  inputs.add("model", model);
  FakeContext context;
  return run_registered("evaluator.thermodynamics", {{"temperatures", Setting(list_of)}}, inputs, context);
}

TEST(Thermodynamics, AgreesWithSumsOverAllStatesAtEveryTemperature) {
  for (const Network& model :
       {make_boltzmann(4, 3, 0.8, 5), make_boltzmann(4, 3, 0.5, 9, "units.spin"), make_rbm(5, 4, 1, 7)}) {
    const std::vector<double> temperatures = {0.3, 1, 2.5};
    const Outputs outputs = thermodynamics(model, temperatures);
    const auto& rows = get<Table>(outputs, "table").rows;
    const auto& means = get<Table>(outputs, "means").rows;
    const auto states = all_joint_states(model);
    ASSERT_EQ(rows.size(), 3U);
    for (std::size_t t = 0; t < 3; ++t) {
      const double beta = 1 / temperatures[t];
      double z = 0;
      for (const auto& state : states) z += std::exp(-beta * naive_energy(model, state));
      double u = 0, square = 0, entropy = 0;
      std::vector<double> mean;
      for (const auto& state : states) {
        const double e = naive_energy(model, state), p = std::exp(-beta * e) / z;
        u += p * e;
        square += p * e * e;
        entropy -= p * std::log(p);
        std::size_t unit = 0;
        for (const auto& layer : state)
          for (const double value : layer) {
            if (mean.size() <= unit) mean.push_back(0);
            mean[unit++] += p * value;
          }
      }
      EXPECT_NEAR(rows[t].values[0], std::log(z), 1e-9);
      EXPECT_NEAR(rows[t].values[1], u, 1e-9);
      EXPECT_NEAR(rows[t].values[2], entropy, 1e-8);
      // F = U - T H.
      EXPECT_NEAR(rows[t].values[3], u - temperatures[t] * entropy, 1e-8);
      EXPECT_NEAR(rows[t].values[4], (square - u * u) * beta * beta, 1e-7);
      ASSERT_EQ(means[t].values.size(), mean.size());
      for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(means[t].values[i], mean[i], 1e-9);
    }
  }
}

TEST(Likelihood, AgreesWithSumsOverAllStatesWhateverIsJoined) {
  Network half = make_rbm(5, 3, 0.8, 5), wide = make_rbm(3, 6, 0.8, 7);
  half.connect(make_value<Connection>("connection.lateral"), 0, 0);
  randomise(half, 0.7, 21);
  Network spins = make_boltzmann(4, 3, 0.5, 9, "units.spin");
  for (Network model : {make_rbm(6, 3, 1, 7), wide, half, make_boltzmann(4, 3, 0.8, 5), spins,
                        make_rbm(3, 4, 0.8, 3, "units.softmax", "units.bernoulli")}) {
    model.layer(0).part = "features";
    const auto states = all_states(model.layer(0));
    Tensor rows = Tensor::matrix(static_cast<Index>(states.size()), model.layer(0).size);
    std::vector<double> log_p;
    double z = 0, mean = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
      double sum = 0;
      for (const auto& h : all_states(model.layer(1))) sum += std::exp(-naive_energy(model, {states[i], h}));
      log_p.push_back(std::log(sum));
      z += sum;
      std::copy(states[i].begin(), states[i].end(), rows.view().row(static_cast<Index>(i)).data);
    }
    for (const double value : log_p) mean += (value - std::log(z)) / static_cast<double>(log_p.size());
    FakeInputs inputs;
    inputs.add("model", model).add("data", make_data(rows));
    FakeContext context;
    const Outputs outputs = run_registered("evaluator.likelihood", {}, inputs, context);
    const auto& row = get<Table>(outputs, "table").rows[0].values;
    EXPECT_NEAR(row[0], mean, 1e-9);
    EXPECT_NEAR(row[2], std::log(z), 1e-9);
    EXPECT_EQ(get<Table>(outputs, "table").rows[0].verdict, "exact");
    const auto& certified = get<Network>(outputs, "model");
    ASSERT_NE(certified.certificate(), nullptr);
    EXPECT_NEAR(certified.certificate()->log_z, std::log(z), 1e-9);
  }
}

TEST(Likelihood, UsesTheCertificateThatAModelHasAndSaysHowFarItGoes) {
  Network model = make_rbm(4, 3, 1, 7);
  model.layer(0).part = "features";
  const Dataset data = make_data(Tensor::matrix(2, 4));
  const auto likelihood = [&](const Network& of) {
    FakeInputs inputs;
    inputs.add("model", of).add("data", data);
    FakeContext context;
    const Outputs outputs = run_registered("evaluator.likelihood", {}, inputs, context);
    return get<Table>(outputs, "table").rows[0];
  };
  const Table::Row exact = likelihood(model);
  Certificate doubtful = Certificate::exact(exact.values[2] + 1);
  doubtful.error = 0.5;
  doubtful.verdict = "not converged: 2 runs of 100 count";
  model.certify(doubtful);
  const Table::Row by_certificate = likelihood(model);
  EXPECT_NEAR(by_certificate.values[0], exact.values[0] - 1, 1e-12);
  EXPECT_EQ(by_certificate.values[3], 0.5);
  EXPECT_EQ(by_certificate.verdict, doubtful.verdict);
  // What may change a parameter voids it.
  model.link(0).weights.view()(0, 0) += 1;
  EXPECT_EQ(model.certificate(), nullptr);
  EXPECT_EQ(likelihood(model).verdict, "exact");
}

TEST(Likelihood, OfAMachineThatNeverGotTheCertificatePromisedSaysWhatToDo) {
  Network model = make_rbm(30, 23, 0.1, 1);
  model.layer(0).part = "features";
  ModelSpec promised = model.spec();
  promised.certified = true;
  Specs in, out;
  in.set<Network>("model", promised);
  in.set<Dataset>("data", {10, {{"features", 30, {}, PartSpec::Kind::real, {}}}});
  registered("evaluator.likelihood", {})->outputs(in, out);
  EXPECT_TRUE(out.problems().empty());
  FakeInputs inputs;
  inputs.add("model", model).add("data", make_data(Tensor::matrix(2, 30)));
  FakeContext context;
  EXPECT_NE(
      message_of([&] { run_registered("evaluator.likelihood", {}, inputs, context); }).find("put evaluator.ais before"),
      std::string::npos);
}

TEST(Likelihood, SaysBeforeAnyWorkWhatIsTooManyOrDoesNotFit) {
  const auto problems = [](const Network& model, Index width) {
    Specs in, out;
    in.set<Network>("model", model.spec());
    in.set<Dataset>("data", {10, {{"features", width, {}, PartSpec::Kind::real, {}}}});
    registered("evaluator.likelihood", {})->outputs(in, out);
    std::vector<std::string> all;
    for (const auto& problem : out.problems()) all.push_back(problem.where + ": " + problem.message);
    return all;
  };
  EXPECT_TRUE(problems(make_rbm(784, 16, 1, 1), 784).empty());
  EXPECT_EQ(
      problems(make_rbm(30, 23, 1, 1), 30),
      std::vector<std::string>{"in.model: 30 visible and 23 hidden units cannot be added up: some layers must have at "
                               "most 22 binary units or spins together and leave others that are not joined to each "
                               "other, or all together at most 25; evaluator.ais estimates log Z of larger ones"});
  Network wide = make_rbm(30, 10, 1, 1);
  wide.connect(make_value<Connection>("connection.lateral"), 0, 0);
  EXPECT_EQ(problems(wide, 30).size(), 1U) << "visible units that are joined cannot be summed out";
  EXPECT_EQ(problems(make_rbm(10, 30, 1, 1, "units.gaussian"), 10).size(), 1U);
  EXPECT_EQ(problems(make_rbm(4, 3, 1, 1), 5),
            std::vector<std::string>{
                "in.data: the data's part 'features' has 5 columns, but the model's layer 'visible' has 4 units"});
}

TEST(Likelihood, IsFiniteForRowsThatAreHardlyPossibleAndRefusesWhatIsNoState) {
  Network model = make_boltzmann(3, 2, 0, 1, "units.spin");
  model.layer(0).part = "features";
  for (float& bias : model.layer(0).parameters.values<float>()) bias = 500;
  const auto likelihood = [&](float value) {
    Tensor row = Tensor::matrix(1, 3);
    for (float& unit : row.values<float>()) unit = value;
    FakeInputs inputs;
    inputs.add("model", model).add("data", make_data(std::move(row)));
    FakeContext context;
    const Outputs outputs = run_registered("evaluator.likelihood", {}, inputs, context);
    return get<Table>(outputs, "table").rows[0].values[0];
  };
  // Every visible spin against its bias: 1000 each.
  EXPECT_NEAR(likelihood(-1), -3000, 1e-6);
  EXPECT_NE(
      message_of([&] {
        likelihood(0);
      }).find("row 1 shows in layer 'visible' what is no state of units.spin: unit 1 would be one of -1, 1, got 0"),
      std::string::npos);
}

TEST(Likelihood, RefusesRowsThatAreNoStatesOfOneOfManyUnitsOrThatCannotBe) {
  const auto likelihood = [](const char* units, const std::vector<float>& row) {
    const Network model = make_rbm(3, 2, 0.1, 1, units);
    Tensor values = Tensor::matrix(1, 3);
    std::copy(row.begin(), row.end(), values.data<float>());
    FakeInputs inputs;
    inputs.add("model", model).add("data", make_data(std::move(values)));
    FakeContext context;
    return get<Table>(run_registered("evaluator.likelihood", {}, inputs, context), "table").rows[0].values[0];
  };
  const auto problem = [&](const char* units, const std::vector<float>& row) {
    return message_of([&] { likelihood(units, row); });
  };
  EXPECT_LT(likelihood("units.softmax", {0, 1, 0}), 0);
  EXPECT_EQ(problem("units.softmax", {0.5, 0.5, 0}),
            "row 1 shows in layer 'visible' what is no state of units.softmax: unit 1 would be 0 or 1, got 0.5");
  for (const float same : {0.0F, 1.0F})
    EXPECT_NE(problem("units.softmax", {same, same, same}).find("units.softmax: one-of-K units need"),
              std::string::npos);
  EXPECT_LT(likelihood("units.poisson", {0, 7, 2}), 0);
  for (const float none : {-1.0F, 1.5F, INFINITY})
    EXPECT_EQ(problem("units.poisson", {7, none, 2}),
              fmt::format("row 1 shows in layer 'visible' what is no state of units.poisson: unit 2 would be a whole "
                          "number from 0 on, got {}",
                          none));
}

TEST(Likelihood, SaysBeforeAnyWorkThatUnitsAreApproximate) {
  Specs in;
  in.set<Network>("model", make_rbm(4, 30, 0.1, 1, "units.bernoulli", "units.noisy_rectified").spec());
  in.set<Dataset>("data", {10, {{"features", 4, {}, PartSpec::Kind::real, {}}}});
  for (const char* node : {"evaluator.likelihood", "evaluator.variational_bound"}) {
    Specs found;
    registered(node, {})->outputs(in, found);
    ASSERT_EQ(found.problems().size(), 1U) << node;
    EXPECT_EQ(found.problems()[0].message,
              "layer 'hidden' has units.noisy_rectified, which are approximate: there is no likelihood");
  }
}

TEST(Thermodynamics, OfMoreUnitsThanBlocksAndOfExtremeEnergiesIsFinite) {
  Network free = make_boltzmann(10, 4, 0, 1);
  const Outputs of_free = thermodynamics(free, {1});
  const auto& row = get<Table>(of_free, "table").rows[0].values;
  EXPECT_NEAR(row[0], 14 * std::log(2.0), 1e-10);
  EXPECT_NEAR(row[2], 14 * std::log(2.0), 1e-10);
  Network frozen = make_boltzmann(10, 4, 100, 1);
  const Outputs outputs = thermodynamics(frozen, {0.01});
  for (const double value : get<Table>(outputs, "table").rows[0].values) EXPECT_TRUE(std::isfinite(value));
}

TEST(Thermodynamics, SaysWhatItCannotEnumerate) {
  Specs in, out;
  in.set<Network>("model", make_rbm(20, 6, 1, 1).spec());
  registered("evaluator.thermodynamics", {})->outputs(in, out);
  ASSERT_EQ(out.problems().size(), 1U);
  EXPECT_EQ(out.problems()[0].message, "the model has 26 units; up to 25 are enumerated");
  EXPECT_NE(message_of([] {
              thermodynamics(make_rbm(3, 2, 1, 1, "units.bernoulli", "units.softmax"), {1});
            }).find("layer 'hidden': only machines of units with two states are enumerated, not units.softmax"),
            std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
