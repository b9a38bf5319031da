#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "shell.hpp"

/// Deep Boltzmann machines as pipelines make them.
namespace harmonium::testing {
namespace {

using Json = nlohmann::json;

Json run(const Shell& shell, const std::string& arguments) {
  const Shell::Ran ran = shell("harmonium run " + arguments + " --json --out results");
  EXPECT_EQ(ran.status, 0) << ran.err;
  return ran.status == 0 ? Json::parse(ran.out) : Json();
}

double number(const Json& outcome, const std::string& table, const std::string& column) {
  const Json& at = outcome.at("tables").at(table);
  for (std::size_t c = 0; c < at.at("columns").size(); ++c)
    if (at.at("columns")[c] == column) return at.at("rows")[0].at("values")[c];
  ADD_FAILURE() << "no " << column << " in " << at.dump();
  return 0;
}

TEST(DeepBoltzmannMachine, OfDigitsDreamsOfAllOfThemAndItsBoundIsBelowTheExactLikelihood) {
  const Shell shell;
  const Json outcome = run(shell, HARMONIUM_SOURCE "/pipelines/digits-dbm.yaml");
  ASSERT_FALSE(outcome.is_null());
  EXPECT_LE(number(outcome, "error.table", "error"), 5);
  EXPECT_EQ(number(outcome, "found.table", "classes found"), 10);
  EXPECT_GE(number(outcome, "found.table", "effective number"), 9);
  for (const char* figure : {"before", "samples", "weights"})
    EXPECT_TRUE(content_of(shell.path() / "results" / (std::string(figure) + ".png")).starts_with("\x89PNG\r\n\x1a\n"))
        << figure;
  const double bound = number(outcome, "bound", "bound"), exact = number(outcome, "exact", "log-likelihood");
  EXPECT_LE(bound, exact);
  EXPECT_GT(bound, exact - 0.2);
  // Nine pixels by themselves would be at -9 log 2; all there is to know leaves 16 equal rows, two of them twice.
  EXPECT_GT(exact, -4.5);
}

/// A stack of so many layers, and the same written out: `doubled` of each layer.
void expect_doubling(const std::vector<std::string>& doubled) {
  const Shell shell;
  const std::string head = R"(harmonium: 1
seed: 1
nodes:
  data: {use: reader.bars_and_stripes, with: {side: 3}}
)";
  std::string layers, by_hand = head, below = "data", models;
  for (std::size_t i = 0; i < doubled.size(); ++i) {
    const std::string n = std::to_string(i + 1), hidden = std::to_string(6 - i);
    layers += "        - {hidden: " + hidden + ", trainer: {use: trainer.cd, with: {epochs: 2}}}\n";
    by_hand += "  train" + n + ": {use: trainer.cd, in: {model: {use: model.rbm, in: " + below +
               ", with: {hidden: " + hidden + "}}, data: " + below + "}, with: {epochs: 2, doubled: " + doubled[i] +
               "}}\n  code" + n + ": {use: model.encode, in: {model: train" + n + ", data: " + below +
               "}, with: {doubled: " + doubled[i] + "}}\n";
    below = "code" + n;
    models += (i ? ", train" : "train") + n;
  }
  by_hand += "  joined: {use: model.assemble, in: {model: [" + models + "]}}\n";
  shell.write("stack.yaml", head + "  stack:\n    use: stack.dbm\n    in: data\n    with:\n      layers:\n" + layers);
  shell.write("by_hand.yaml", by_hand);
  ASSERT_FALSE(run(shell, "stack.yaml").is_null());
  // What has the same recipe was computed before.
  const Json outcome = run(shell, "by_hand.yaml");
  ASSERT_FALSE(outcome.is_null());
  for (const Json& node : outcome.at("nodes"))
    if (node.at("node").get<std::string>().find("data") == std::string::npos) {
      EXPECT_TRUE(node.at("from_store") == true) << node.dump();
    }
}

TEST(StackDbm, DoublesByThePlaceOfALayer) {
  expect_doubling({"none"});
  expect_doubling({"up", "down"});
  expect_doubling({"up", "none", "none", "down"});
}

TEST(StackDbm, GivesTheMachineThatItsLayersMake) {
  const Shell shell;
  shell.write("stack.yaml", R"(harmonium: 1
nodes:
  data: {use: reader.bars_and_stripes, with: {side: 3}}
  stack:
    use: stack.dbm
    in: data
    with: {layers: [{hidden: 5, trainer: {use: trainer.cd, with: {epochs: 1}}}, {hidden: 4, trainer: {use: trainer.pcd, with: {epochs: 1}}}]}
  whole: {use: trainer.pcd, in: {model: stack, data: data}, with: {epochs: 1, settler: sampler.mean_field}}
)");
  ASSERT_FALSE(run(shell, "stack.yaml").is_null());
  const Shell::Ran described = shell("harmonium model stack.yaml whole");
  EXPECT_NE(described.out.find("hidden2      4"), std::string::npos) << described.out << described.err;
}

}  // namespace
}  // namespace harmonium::testing
