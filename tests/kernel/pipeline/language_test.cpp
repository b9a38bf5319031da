// What a correct pipeline file means.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "harmonium/dataset.hpp"
#include "types.hpp"

namespace harmonium::pipeline_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

const std::string data = "  train: {use: reader.rows}\n";

TEST(PipelineLanguage, TheExampleOfTheDesignWorksLiterally) {
  register_types();
  const auto folder = std::filesystem::temp_directory_path() / "harmonium-pipeline-design";
  std::filesystem::create_directories(folder / "pipelines");
  std::filesystem::create_directories(folder / "share/data");
  std::ofstream(folder / "share/data/digits.csv.gz") << "1";
  const auto checked = pipeline::check_text(R"(# yaml-language-server: $schema=../share/schema/pipeline.json
harmonium: 1
seed: 42
params: {epochs: 60}
nodes:
  digits: {use: reader.csv, with: {path: ../share/data/digits.csv.gz, label: last, shape: [8, 8]}}
  split:  {use: data.split, in: digits, with: {test: 0.2, stratify: true}}
  train:  {use: data.scale, in: split.train, with: {to: [0, 1]}}       # what is fitted, is fitted on train
  layer1:
    use: trainer.cd
    in:   {model: {use: model.rbm, with: {hidden: 256}}, data: train}  # a node may be written inline
    with: {steps: 1, epochs: $epochs, update: {use: update.sgd, with: {rate: 0.1, momentum: {use: schedule.step, with: {from: 0.5, to: 0.9, at: 5}}}}}
  stack:                                   # a composite: expands to plain nodes stack.1.*, stack.2.*, each stored alone
    use: stack.greedy
    in: train
    with: {layers: [{hidden: 256}, {hidden: 128, trainer: {use: trainer.pcd}}]}
  curve:                                   # a map: one node per value, stored one by one; consumers get the list with labels
    use: trainer.cd
    each: {steps: [1, 3, 10], replicate: 5}
    in:   {model: {use: model.rbm, with: {hidden: 16}}, data: train}
)",
                                            folder / "pipelines/design.yaml", {});
  for (const auto& error : checked.errors) ADD_FAILURE() << error.text();
  const auto& graph = checked.graph;
  EXPECT_EQ(graph.name, "design");
  EXPECT_EQ(graph.nodes.size(), 3u + 2 + 6 + 30);
  EXPECT_EQ(node_of(graph, "digits").seed, 42u);
  EXPECT_EQ(node_of(graph, "digits").given.at("path"),
            fmt::format("\"{}\"", (folder / "share/data/digits.csv.gz").string()));
  EXPECT_THAT(sources_of(graph, "layer1.model", "data"), ElementsAre("train.data (train)"));
  const auto& given = node_of(graph, "layer1").given;
  EXPECT_EQ(given.at("epochs"), "60");
  EXPECT_FALSE(given.contains("steps")) << "1 is the default";
  EXPECT_EQ(given.at("update"),
            R"({"use":"update.sgd","version":2,"with":{"momentum":{"use":"schedule.step","version":1}}})");
  EXPECT_EQ(node_of(graph, "stack.layer.2.train").type->name, "trainer.pcd");
  EXPECT_EQ(node_of(graph, "curve[steps=3,replicate=2]").given.at("steps"), "3");
  EXPECT_EQ(node_of(graph, "curve[steps=3,replicate=2]").replicate, 2u);
  EXPECT_THAT(sources_of(graph, "curve[steps=3,replicate=2]", "model"),
              ElementsAre("curve[steps=3,replicate=2].model.model (curve[steps=3,replicate=2].model)"));
  std::filesystem::remove_all(folder);
}

TEST(PipelineLanguage, SourcesComeBeforeThoseThatUseThemWhereverTheyStand) {
  const auto graph = graph_of(pipeline_of("  b: {use: data.scale, in: a}\n  a: {use: reader.rows}\n"));
  EXPECT_THAT(paths_of(graph), ElementsAre("a", "b"));
  EXPECT_THAT(sources_of(graph, "b", "data"), ElementsAre("a.data (a)"));
}

TEST(PipelineLanguage, ParametersReplaceScalarsAndPartsOfTexts) {
  const auto text = R"(harmonium: 1
params: {width: 8, test: {share: 0.5}, name: la, also: $width}
nodes:
  rows: {use: reader.rows, with: {width: $also}}
  split: {use: data.split, in: rows, with: {test: $test.share}}
  file: {use: reader.csv, with: {path: /dev/../etc, label: "${name}st"}}
)";
  EXPECT_THAT(errors_of(text),
              ElementsAre("p.yaml:6:40: nodes.file.with.path: '/etc' is a folder, a file is expected"));
  const auto part = std::string(text).substr(0, std::string(text).find("  file:"));
  EXPECT_EQ(node_of(graph_of(part), "rows").given.at("width"), "8");
  EXPECT_EQ(node_of(graph_of(part), "split").given.at("test"), "0.5");
  pipeline::Overrides overrides;
  overrides.parameters = {{"width", "32"}, {"test", "{share: 0.25}"}};
  const auto graph = graph_of(part, overrides);
  EXPECT_EQ(node_of(graph, "rows").given.at("width"), "32");
  EXPECT_EQ(node_of(graph, "split").given.at("test"), "0.25");
}

TEST(PipelineLanguage, SeedComesFromTheCommandLineUnlessANodeHasItsOwn) {
  const auto text = "harmonium: 1\nseed: 7\nnodes:\n  a: {use: reader.rows}\n  b: {use: reader.rows, seed: 3}\n";
  pipeline::Overrides overrides;
  EXPECT_EQ(node_of(graph_of(text), "a").seed, 7u);
  overrides.seed = 9;
  EXPECT_EQ(node_of(graph_of(text, overrides), "a").seed, 9u);
  EXPECT_EQ(node_of(graph_of(text, overrides), "b").seed, 3u);
}

TEST(PipelineLanguage, InlineNodesTakeTheInputsOfTheNodeAroundThem) {
  const auto graph = graph_of(pipeline_of(data + R"(
  layer:
    use: trainer.cd
    in: {model: {use: model.rbm, with: {hidden: 4}}, data: {use: data.scale, in: train}}
)"));
  EXPECT_THAT(sources_of(graph, "layer.model", "data"), ElementsAre("layer.data.data (layer.data)"));
  EXPECT_THAT(sources_of(graph, "layer", "data"), ElementsAre("layer.data.data (layer.data)"));
  EXPECT_THAT(sources_of(graph, "layer.data", "data"), ElementsAre("train.data (train)"));
}

TEST(PipelineLanguage, EachGivesTheProductInOrderAndBindsItsVariables) {
  const auto graph = graph_of(pipeline_of(data + R"(
  layer:
    use: trainer.cd
    each: {steps: [1, 3], rate: [0.1, 0.01]}
    in: {model: {use: model.rbm, with: {hidden: 4}}, data: train}
    with: {update: {use: update.sgd, with: {rate: $rate}}}
  all: {use: model.stack, in: layer}
)"));
  EXPECT_THAT(sources_of(graph, "all", "models"), ElementsAre("layer[steps=1,rate=0.1].model (steps=1, rate=0.1)",
                                                              "layer[steps=1,rate=0.01].model (steps=1, rate=0.01)",
                                                              "layer[steps=3,rate=0.1].model (steps=3, rate=0.1)",
                                                              "layer[steps=3,rate=0.01].model (steps=3, rate=0.01)"));
  EXPECT_EQ(node_of(graph, "layer[steps=3,rate=0.01]").given.at("steps"), "3");
  EXPECT_EQ(
      node_of(graph, "layer[steps=3,rate=0.01]").given.at("update"),
      R"({"use":"update.sgd","version":2,"with":{"rate":{"use":"schedule.constant","version":1,"with":{"value":0.01}}}})");
  EXPECT_FALSE(node_of(graph, "layer[steps=3,rate=0.1]").given.contains("update")) << "0.1 is the default";
}

TEST(PipelineLanguage, MapsAndLongValuesAreLabelledByTheirPlace) {
  const auto graph =
      graph_of(pipeline_of("  a: {use: data.scale, each: {to: [[0, 1], [0, 2]]}, in: {use: reader.rows}}\n"));
  EXPECT_THAT(paths_of(graph), ElementsAre("a[to=#1].data", "a[to=#1]", "a[to=#2].data", "a[to=#2]"));
}

TEST(PipelineLanguage, ReplicateCountsForRandomTypesOnly) {
  const auto graph = graph_of(pipeline_of(R"(
  trial:
    replicate: 3
    out: {data: scaled}
    nodes:
      rows: {use: reader.rows}
      scaled: {use: data.scale, in: rows}
)"));
  EXPECT_EQ(node_of(graph, "trial[replicate=3].rows").replicate, 3u);
  EXPECT_EQ(node_of(graph, "trial[replicate=3].scaled").replicate, 1u);
}

TEST(PipelineLanguage, AVariableCalledSeedIsTheSeed) {
  const auto graph = graph_of(pipeline_of("  a: {use: reader.rows, each: {seed: [5, 6]}}\n"));
  EXPECT_EQ(node_of(graph, "a[seed=6]").seed, 6u);
}

TEST(PipelineLanguage, ACopiedGroupGivesAListWithLabels) {
  const auto graph = graph_of(pipeline_of(R"(
  digits: {use: reader.rows, seed: 1}
  trial:
    each: {seed: [1, 2]}
    seed: $seed
    out: {error: test, model: layer.model}
    nodes:
      split: {use: data.split, in: digits}
      layer: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 4}}, data: split.train}}
      test: {use: evaluate.error, in: {model: layer, data: split.test}}
  errors: {use: figure.plot, in: trial.error}
  same: {use: figure.plot, in: trial}
  both: {use: figure.plot, in: ["trial[seed=2].error", trial.test]}
  inner: {use: model.stack, in: trial.layer}
)"));
  const Strings both{"trial[seed=1].test.error (seed=1)", "trial[seed=2].test.error (seed=2)"};
  EXPECT_EQ(sources_of(graph, "errors", "tables"), both);
  EXPECT_EQ(sources_of(graph, "same", "tables"), both);
  EXPECT_THAT(sources_of(graph, "both", "tables"), ElementsAre("trial[seed=2].test.error (trial[seed=2].error)",
                                                               "trial[seed=1].test.error (trial.test, seed=1)",
                                                               "trial[seed=2].test.error (trial.test, seed=2)"));
  EXPECT_THAT(sources_of(graph, "inner", "models"),
              ElementsAre("trial[seed=1].layer.model (seed=1)", "trial[seed=2].layer.model (seed=2)"));
  EXPECT_THAT(sources_of(graph, "trial[seed=2].split", "data"), ElementsAre("digits.data (digits)"));
  EXPECT_EQ(node_of(graph, "trial[seed=2].layer.model").seed, 2u);
  EXPECT_EQ(node_of(graph, "digits").seed, 1u);
}

TEST(PipelineLanguage, AChainPassesOnFromCopyToCopy) {
  const auto graph = graph_of(pipeline_of(data + R"(
  layer:
    chain: {over: [8, 4, 2], as: size, carry: {below: {from: train, then: code}}}
    out: {model: fit.model}
    nodes:
      fit: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: $size}}, data: below}, with: {steps: $index}}
      code: {use: model.encode, in: {model: fit, data: below}}
  all: {use: model.stack, in: layer}
  top: {use: model.stack, in: layer.last.fit}
  second: {use: data.scale, in: layer.2.code}
)"));
  EXPECT_THAT(sources_of(graph, "layer.1.fit", "data"), ElementsAre("train.data (train)"));
  EXPECT_THAT(sources_of(graph, "layer.3.fit", "data"), ElementsAre("layer.2.code.data (code)"));
  EXPECT_EQ(node_of(graph, "layer.3.fit").given.at("steps"), "3");
  EXPECT_THAT(sources_of(graph, "all", "models"),
              ElementsAre("layer.1.fit.model (layer.1)", "layer.2.fit.model (layer.2)", "layer.3.fit.model (layer.3)"));
  EXPECT_THAT(sources_of(graph, "top", "models"), ElementsAre("layer.3.fit.model (layer.last.fit)"));
  EXPECT_THAT(sources_of(graph, "second", "data"), ElementsAre("layer.2.code.data (layer.2.code)"));
}

TEST(PipelineLanguage, ACopyOfAChainKnowsItsPlace) {
  const auto steps = [](const std::vector<std::string>& sizes) {
    std::string list;
    for (const std::string& size : sizes) list += (list.empty() ? "" : ", ") + size;
    const auto graph = graph_of(pipeline_of(data + R"(
  layer:
    chain:
      over: [)" + list + R"(]
      as: size
      carry: {below: {from: train, then: code}}
      by_place: {count: {only: 10, first: 11, middle: 12, last: 13}}
    nodes:
      fit: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: $size}}, data: below}, with: {steps: $count}}
      code: {use: model.encode, in: {model: fit, data: below}}
)"));
    std::vector<std::string> all;
    for (std::size_t i = 1; i <= sizes.size(); ++i)
      all.push_back(node_of(graph, "layer." + std::to_string(i) + ".fit").given.at("steps"));
    return all;
  };
  EXPECT_THAT(steps({"8"}), ElementsAre("10"));
  EXPECT_THAT(steps({"8", "4"}), ElementsAre("11", "13"));
  EXPECT_THAT(steps({"8", "4", "2", "1"}), ElementsAre("11", "12", "12", "13"));
}

TEST(PipelineLanguage, ACompositeExpandsToPlainNodes) {
  const auto graph = graph_of(pipeline_of(data + R"(
  stack:
    use: stack.greedy
    in: train
    with:
      layers:
        - {hidden: 256, units: {use: units.gaussian, with: {deviation: 2}}}
        - {hidden: 128, trainer: {use: trainer.pcd, with: {steps: 5}}}
  models: {use: model.stack, in: stack}
  again: {use: model.stack, in: [stack.model, stack.layer.2.train]}
  features: {use: data.scale, in: stack.data}
)"));
  EXPECT_THAT(sources_of(graph, "stack.layer.1.train", "data"), ElementsAre("train.data (train)"));
  EXPECT_THAT(sources_of(graph, "stack.layer.2.train.model", "data"),
              ElementsAre("stack.layer.1.encode.data (encode.data)"));
  EXPECT_EQ(node_of(graph, "stack.layer.1.train.model").given.at("hidden_units"),
            R"({"use":"units.gaussian","version":1,"with":{"deviation":2.0}})");
  EXPECT_EQ(node_of(graph, "stack.layer.2.train").type->name, "trainer.pcd");
  EXPECT_EQ(node_of(graph, "stack.layer.2.train").given.at("steps"), "5");
  EXPECT_THAT(sources_of(graph, "models", "models"),
              ElementsAre("stack.layer.1.train.model (layer.1)", "stack.layer.2.train.model (layer.2)"));
  EXPECT_THAT(sources_of(graph, "again", "models"), ElementsAre("stack.layer.1.train.model (stack.model, layer.1)",
                                                                "stack.layer.2.train.model (stack.model, layer.2)",
                                                                "stack.layer.2.train.model (stack.layer.2.train)"));
  EXPECT_THAT(sources_of(graph, "features", "data"), ElementsAre("stack.layer.2.encode.data (stack.data)"));
  const auto& spec = node_of(graph, "features").outputs.get<Dataset>("data");
  EXPECT_EQ(spec.part("features").width, 128);
}

TEST(PipelineLanguage, WhatACompositeIsNotGivenItLeavesToItsNodes) {
  const auto text = [](const std::string& more) {
    return pipeline_of(fmt::format("{}  fit: {{use: test.optional, in: {{data: train{}}}}}\n", data, more));
  };
  const auto graph = graph_of(text(""));
  EXPECT_THAT(sources_of(graph, "fit.train", "validation"), IsEmpty());
  EXPECT_FALSE(node_of(graph, "fit.train").given.contains("epochs"));
  EXPECT_THAT(sources_of(graph_of(text(", validation: train")), "fit.train", "validation"),
              ElementsAre("train.data (train)"));
}

TEST(PipelineLanguage, CommandLineReachesEveryKindOfNode) {
  const auto text = pipeline_of(data + R"(
  layer: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 4}}, data: train}}
  curve: {use: trainer.cd, each: {steps: [1, 3]}, in: {model: {use: model.rbm, with: {hidden: 4}}, data: train}}
  stack: {use: stack.greedy, in: train, with: {layers: [{hidden: 8}, {hidden: 4}]}}
)");
  pipeline::Overrides overrides;
  overrides.settings = {{"layer.steps", "2"},
                        {"layer.update.rate", "0.05"},
                        {"layer.update.momentum.to", "0.8"},
                        {"layer.model.hidden", "5"},
                        {"curve.epochs", "3"},
                        {"curve[steps=3].steps", "4"},
                        {"stack.layers.2.hidden", "6"},
                        {"stack.layer.1.train.epochs", "9"}};
  overrides.settings[2] = {"layer.update.momentum", "{use: schedule.step, with: {to: 0.8}}"};
  const auto graph = graph_of(text, overrides);
  EXPECT_EQ(node_of(graph, "layer").given.at("steps"), "2");
  EXPECT_EQ(
      node_of(graph, "layer").given.at("update"),
      R"({"use":"update.sgd","version":2,"with":{"momentum":{"use":"schedule.step","version":1,"with":{"to":0.8}},)"
      R"("rate":{"use":"schedule.constant","version":1,"with":{"value":0.05}}}})");
  EXPECT_EQ(node_of(graph, "layer.model").given.at("hidden"), "5");
  EXPECT_EQ(node_of(graph, "curve[steps=1]").given.at("epochs"), "3");
  EXPECT_EQ(node_of(graph, "curve[steps=3]").given.at("epochs"), "3");
  EXPECT_EQ(node_of(graph, "curve[steps=3]").given.at("steps"), "4");
  EXPECT_EQ(node_of(graph, "stack.layer.2.train.model").given.at("hidden"), "6");
  EXPECT_EQ(node_of(graph, "stack.layer.1.train").given.at("epochs"), "9");
}

TEST(PipelineLanguage, AliasesAreWrittenOut) {
  const auto graph = graph_of(pipeline_of(R"(
  a: {use: data.scale, in: {use: reader.rows}, with: &same {to: [0, 2]}}
  b: {use: data.scale, in: a, with: *same}
)"));
  EXPECT_EQ(node_of(graph, "b").given.at("to"), "[0.0,2.0]");
}

TEST(PipelineLanguage, TwoHundredNodesAreCheckedInMilliseconds) {
  std::string text =
      "harmonium: 1\nnodes:\n  rows: {use: reader.rows}\n  trial:\n    each: {seed: [1, 2, 3, 4, 5, 6, "
      "7, 8, 9, 10]}\n    seed: $seed\n    nodes:\n      l0: {use: data.split, in: rows}\n";
  for (int i = 1; i < 10; ++i)
    text += fmt::format(
        "      l{0}: {{use: trainer.cd, in: {{model: {{use: model.rbm, with: {{hidden: 4}}}}, data: l0.train}}, "
        "with: {{steps: {0}, update: {{use: update.sgd, with: {{rate: 0.2}}}}}}}}\n",
        i);
  graph_of(text);
  const auto start = std::chrono::steady_clock::now();
  const auto graph = graph_of(text);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(graph.nodes.size(), 1u + 10 * 19);
  RecordProperty("milliseconds", std::to_string(took.count()));
  // The target is 20 ms; what is more allows for sanitizers and a busy machine.
  EXPECT_LT(took.count(), 200);
}

}  // namespace
}  // namespace harmonium::pipeline_test
