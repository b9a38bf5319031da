#include <gtest/gtest.h>

#include "harmonium/file.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// Evaluators that move chains with a sampler that keeps copies of them at other temperatures.
namespace harmonium::testing {
namespace {

constexpr const char* tempering = "{use: sampler.tempering, with: {temperatures: 4, lowest: 0.2}}";

Dataset patterns_of(Index count, Index size) {
  Tensor values = Tensor::matrix(count, size);
  uniform(Stream{7}, values.view());
  for (float& value : values.values<float>()) value = value < 0.5F ? -1.0F : 1.0F;
  return make_data(std::move(values));
}

FakeInputs memory_of(const Dataset& data) {
  Network network;
  network.add(make_layer("units", "units.spin", data.spec().parts[0].width, true));
  network.layer(0).part = "features";
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  FakeInputs inputs;
  inputs.add("model", network).add("data", data);
  FakeContext context;
  Network trained = get<Network>(run_registered("trainer.hebb", {}, inputs, context), "model");
  FakeInputs with;
  with.add("model", std::move(trained)).add("data", data);
  return with;
}

TEST(Replicas, AreNeitherRecalledNorTraced) {
  const FakeInputs inputs = memory_of(patterns_of(2, 30));
  FakeContext context;
  const Settings recall = {
      {"sampler", tempering}, {"shares", list({0.0, 0.1})}, {"temperature", "0.05"}, {"sweeps", 5}};
  const Table recalled = get<Table>(run_registered("evaluator.recall", recall, inputs, context), "table");
  // So cold that tempered chains have nowhere to go in five sweeps.
  EXPECT_GE(recalled.rows[0].values[0], 90);
  const auto trace = [&](const char* sampler) {
    const Settings settings = {{"sampler", sampler}, {"chains", 6}, {"sweeps", 3}};
    return get<Table>(run_registered("evaluator.energies", settings, inputs, context), "table");
  };
  const Table tempered = trace(tempering), plain = trace("sampler.gibbs");
  ASSERT_EQ(tempered.rows.size(), 4U);
  // Both begin at the same six states.
  EXPECT_EQ(tempered.rows[0].values, plain.rows[0].values);
}

TEST(Replicas, ArePicturedOnlyAtTheModelsOwnTemperature) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(9, 4, 1, 3));
  const Settings settings = {{"sampler", tempering}, {"rows", 2}, {"columns", 3}, {"sweeps", 20}};
  FakeContext context;
  const Outputs outputs = run_registered("figure.samples", settings, inputs, context);
  EXPECT_GT(get<File>(outputs, "figure").bytes.size(), 1000);
  const std::shared_ptr<const NodeWork> node = registered("figure.samples", settings);
  const std::unique_ptr<Work> work(node->start(inputs, context));
  for (const auto& [name, tensor] : save(*work).tensors)
    if (name.find("chains") != std::string::npos) {
      EXPECT_EQ(tensor.rows(), 4 * 6) << name;
    }
}

}  // namespace
}  // namespace harmonium::testing
