// Every mistake with its exact message and place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "types.hpp"

namespace harmonium::pipeline_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string rows = "  rows: {use: reader.rows}\n";
const std::string layer = "{use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 4}}, data: rows}}";

/// The errors of a pipeline whose nodes begin with `rows`: what is added stands on line 4 and below.
std::vector<std::string> with_rows(const std::string& nodes) { return errors_of(pipeline_of(rows + nodes)); }

TEST(PipelineErrors, TopLevel) {
  EXPECT_THAT(errors_of(""), ElementsAre("p.yaml:1:1: the file is empty; 'harmonium: 1' and 'nodes' are expected"));
  EXPECT_THAT(errors_of("- a\n"),
              ElementsAre("p.yaml:1:1: a map with 'harmonium' and 'nodes' is expected, got a list"));
  EXPECT_THAT(
      errors_of("node: {}\nseed: -1\n"),
      ElementsAre("p.yaml:1:1: harmonium: 'harmonium: 1', the version of the format, is missing",
                  "p.yaml:1:1: nodes: 'nodes' is missing", "p.yaml:1:1: node: unknown key; did you mean 'nodes'?",
                  "p.yaml:2:7: seed: an integer, 0 or more, is expected, got '-1'"));
  EXPECT_THAT(errors_of("harmonium: 2\nnodes: {}\n"),
              ElementsAre("p.yaml:1:12: harmonium: version 1 of the format is expected, got '2'"));
  EXPECT_THAT(errors_of("harmonium: 1\nnodes: []\n"),
              ElementsAre("p.yaml:2:8: nodes: a map of nodes is expected, got a list"));
}

TEST(PipelineErrors, EverythingIsReportedAtOnceInTheOrderOfTheText) {
  EXPECT_THAT(errors_of(R"(harmonium: 1
nodes:
  split: {use: data.split, in: row, with: {test: 2}}
  layer1:
    use: trainer.cd
    in: {model: {use: model.rbm, with: {hidden: 0}}, data: split.trian}
    with: {stpes: 1, epochs: many}
)"),
              ElementsAre("p.yaml:3:32: nodes.split.in.data: there is no node 'row'; there are: layer1, split",
                          "p.yaml:3:50: nodes.split.with.test: less than 1 is required, got 2",
                          "p.yaml:6:49: nodes.layer1.model.with.hidden: at least 1 is required, got 0",
                          "p.yaml:6:60: nodes.layer1.in.data: 'split' (data.split) has no output 'trian'; did you mean "
                          "'train'?",
                          "p.yaml:7:12: nodes.layer1.with.stpes: unknown parameter; did you mean 'steps'?",
                          "p.yaml:7:30: nodes.layer1.with.epochs: an integer is expected, got 'many'"));
}

TEST(PipelineErrors, Types) {
  EXPECT_THAT(with_rows("  a: {use: trainer.cdd, in: rows}\n"),
              ElementsAre("p.yaml:4:12: nodes.a.use: no plugin offers 'trainer.cdd'; did you mean 'trainer.cd'?"));
  EXPECT_THAT(with_rows("  a: {use: units.bernoulli}\n"),
              ElementsAre("p.yaml:4:12: nodes.a.use: 'units.bernoulli' is a unit type, which stands where a parameter "
                          "takes one; a node is expected"));
  EXPECT_THAT(with_rows("  a: {in: rows}\n"),
              ElementsAre("p.yaml:4:6: nodes.a: 'use' (the type of a node) or 'nodes' (a group of nodes) is missing"));
  EXPECT_THAT(with_rows("  a: {use: reader.rows, wiht: {}}\n"),
              ElementsAre("p.yaml:4:25: nodes.a.wiht: unknown key; did you mean 'with'?"));
  EXPECT_THAT(with_rows("  a: 3\n"),
              ElementsAre("p.yaml:4:6: nodes.a: a map with 'use' or 'nodes' is expected, got '3'"));
  EXPECT_THAT(with_rows("  a.b: {use: reader.rows}\n"),
              ElementsAre("p.yaml:4:3: nodes.a.b: a name is made of letters, digits, '_' and '-', and begins with a "
                          "letter"));
  EXPECT_THAT(with_rows("  a: {use: reader.rows, says: Rows, as they come.}\n"),
              ElementsAre("p.yaml:4:37: nodes.a.as they come.: unknown key; within {...} a text with a comma must be "
                          "quoted"));
}

TEST(PipelineErrors, Parameters) {
  const auto with = [&](const std::string& text) {
    return with_rows("  a: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 4}}, data: rows}, with: {" +
                     text + "}}\n");
  };
  EXPECT_THAT(with("steps: 0"),
              ElementsAre("p.yaml:4:100: nodes.a.with.steps: at least 1 is required, got 0 (Gibbs sweeps)"));
  EXPECT_THAT(with("steps: 1.0"), ElementsAre("p.yaml:4:100: nodes.a.with.steps: an integer is expected, got '1.0'"));
  EXPECT_THAT(with("steps: \"3\""),
              ElementsAre("p.yaml:4:100: nodes.a.with.steps: an integer is expected, got the text '3'"));
  EXPECT_THAT(with("steps: 99999999999999999999"),
              ElementsAre("p.yaml:4:100: nodes.a.with.steps: 99999999999999999999 does not fit into 64 bits"));
  EXPECT_THAT(with("steps: [1]"), ElementsAre("p.yaml:4:100: nodes.a.with.steps: an integer is expected, got a list"));
  EXPECT_THAT(with("steps:"), ElementsAre("p.yaml:4:99: nodes.a.with.steps: an integer is expected, got nothing"));
  EXPECT_THAT(with("x: 1"),
              ElementsAre("p.yaml:4:93: nodes.a.with.x: unknown parameter; there are: steps, epochs, update"));
  EXPECT_THAT(
      with("update: schedule.step"),
      ElementsAre("p.yaml:4:101: nodes.a.with.update: 'schedule.step' is a schedule, an update rule is expected"));
  EXPECT_THAT(with("update: sgd"),
              ElementsAre("p.yaml:4:101: nodes.a.with.update: no plugin offers 'sgd'; did you mean 'update.sgd'?"));
  EXPECT_THAT(with("update: none"),
              ElementsAre("p.yaml:4:101: nodes.a.with.update: an update rule is required, got 'none'"));
  EXPECT_THAT(with("update: trainer.cd"),
              ElementsAre("p.yaml:4:101: nodes.a.with.update: 'trainer.cd' is a node, an update rule is expected"));
  EXPECT_THAT(with("update: {use: update.sgd, with: {rate: .nan}}"),
              ElementsAre("p.yaml:4:132: nodes.a.with.update.with.rate.with.value: a finite number is expected, got "
                          "'.nan'"));
  EXPECT_THAT(with("update: {use: update.sgd, with: {momentum: {use: schedule.step, with: {at: 0}}}}"),
              ElementsAre("p.yaml:4:168: nodes.a.with.update.with.momentum.with.at: at least 1 is required, got 0 "
                          "(epochs)"));
  EXPECT_THAT(with("update: {with: {}}"),
              ElementsAre("p.yaml:4:101: nodes.a.with.update: an update rule is expected, as a name or as {use: name, "
                          "with: {...}}; 'use' is missing"));
  EXPECT_THAT(with_rows("  a: {use: data.split, in: rows, with: {stratify: yes}}\n"),
              ElementsAre("p.yaml:4:51: nodes.a.with.stratify: true or false is expected, got 'yes'"));
  EXPECT_THAT(with_rows("  a: {use: data.scale, in: rows, with: {to: 1}}\n"),
              ElementsAre("p.yaml:4:45: nodes.a.with.to: a list is expected, got '1'"));
  EXPECT_THAT(with_rows("  a: {use: data.scale, in: rows, with: {to: [0, b]}}\n"),
              ElementsAre("p.yaml:4:49: nodes.a.with.to.2: a number is expected, got 'b'"));
  EXPECT_THAT(with_rows("  a: {use: data.scale, in: rows, with: 3}\n"),
              ElementsAre("p.yaml:4:40: nodes.a.with: a map of parameters is expected, got '3'"));
  EXPECT_THAT(with_rows("  a: {use: test.broken, with: {x: 1}}\n"),
              ElementsAre("p.yaml:4:32: nodes.a.with.x: unknown parameter; test.broken has none"));
  EXPECT_THAT(with_rows("  a: {use: model.rbm, in: rows}\n"),
              ElementsAre("p.yaml:4:3: nodes.a.with.hidden: must be given (A test.)"));
}

TEST(PipelineErrors, Files) {
  const std::string missing = (std::filesystem::current_path() / "no.csv").string();
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: reader.csv, with: {path: no.csv, label: lst}}\n")),
              ElementsAre("p.yaml:3:37: nodes.a.with.path: there is no file '" + missing + "'",
                          "p.yaml:3:52: nodes.a.with.label: one of none, first, last is expected, got 'lst'; did you "
                          "mean 'last'?"));
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: reader.csv}\n")),
              ElementsAre("p.yaml:3:3: nodes.a.with.path: must be given (The file.)"));
  const auto checked = pipeline::check("/no/such.yaml", {});
  EXPECT_EQ(checked.errors.at(0).text(), "/no/such.yaml: cannot be read: No such file or directory");
  EXPECT_EQ(pipeline::check("/tmp", {}).errors.at(0).text(), "/tmp: this is a folder, a pipeline file is expected");
}

TEST(PipelineErrors, Ports) {
  EXPECT_THAT(with_rows("  a: {use: trainer.cd, in: {modle: rows, data: rows}}\n"),
              ElementsAre("p.yaml:4:29: nodes.a.in.modle: trainer.cd has no such input; did you mean 'model'?"));
  EXPECT_THAT(with_rows("  a: {use: data.scale}\n"),
              ElementsAre("p.yaml:4:3: nodes.a.in.data: must be connected (data: A test.)"));
  EXPECT_THAT(with_rows("  a: {use: trainer.cd, in: {model: rows, data: rows}}\n"),
              ElementsAre("p.yaml:4:36: nodes.a.in.model: 'rows' gives 'data', this port takes 'model'"));
  EXPECT_THAT(with_rows("  m: {use: model.rbm, in: rows, with: {hidden: 2}}\n  e: {use: evaluate.error, in: {model: m, "
                        "data: rows}}\n  a: {use: trainer.cd, in: {model: e, data: rows}}\n"),
              ElementsAre("p.yaml:6:36: nodes.a.in.model: 'e' gives 'table', this port takes 'model'; 'e.best' does"));
  EXPECT_THAT(with_rows("  a: {use: data.scale, in: [rows, rows]}\n"),
              ElementsAre("p.yaml:4:28: nodes.a.in.data: port 'data' takes one output, not a list"));
  EXPECT_THAT(with_rows("  b: {use: reader.rows, each: {width: [1, 2]}}\n  a: {use: data.scale, in: b}\n"),
              ElementsAre("p.yaml:5:28: nodes.a.in.data: 'b' is a list of 2, this port takes one output"));
  EXPECT_THAT(with_rows("  a: {use: reader.rows, in: rows}\n"),
              ElementsAre("p.yaml:4:25: nodes.a.in: reader.rows has no inputs"));
  EXPECT_THAT(with_rows("  a: {use: data.scale, in: {data: }}\n"),
              ElementsAre("p.yaml:4:29: nodes.a.in.data: a reference or a node is expected, got nothing"));
  EXPECT_THAT(with_rows("  a: {use: data.scale, in: {data: {with: {}}}}\n"),
              ElementsAre("p.yaml:4:35: nodes.a.in.data: a reference, or a node {use: ...}, is expected, got a map"));
  EXPECT_THAT(with_rows("  a: {use: data.scale, in: rows.data.x}\n"),
              ElementsAre("p.yaml:4:28: nodes.a.in.data: 'rows.data' is an output and has no parts"));
}

TEST(PipelineErrors, GroupsAndChains) {
  EXPECT_THAT(with_rows("  g: {nodes: {b: {use: reader.rows}}}\n  a: {use: data.scale, in: g}\n"),
              ElementsAre("p.yaml:5:28: nodes.a.in.data: 'g' is a group without outputs; name one of its nodes: b"));
  EXPECT_THAT(with_rows("  g: {nodes: {b: {use: reader.rows}}}\n  a: {use: data.scale, in: g.c}\n"),
              ElementsAre("p.yaml:5:28: nodes.a.in.data: 'g' has no output or node 'c'; did you mean 'b'?"));
  EXPECT_THAT(with_rows("  g: {nodes: {b: {use: reader.rows}}, out: {x: c}}\n"),
              ElementsAre("p.yaml:4:48: nodes.g.out.x: there is no node 'c'; did you mean 'b'?"));
  EXPECT_THAT(with_rows("  g: {nodes: {b: {use: reader.rows}}, out: {x: g}}\n"),
              ElementsAre("p.yaml:4:48: nodes.g.out.x: the reference 'g' leads back to itself"));
  EXPECT_THAT(with_rows("  g: {nodes: {b: {use: reader.rows}}, in: rows}\n"),
              ElementsAre("p.yaml:4:39: nodes.g.in: a group has no such key"));
  EXPECT_THAT(
      with_rows("  g: {chain: {over: []}, nodes: {b: {use: reader.rows}}}\n"),
      ElementsAre("p.yaml:4:21: nodes.g.chain.over: a list of at least one item is expected, got an empty one"));
  EXPECT_THAT(with_rows("  g: {chain: {over: [1], by_place: {x: {first: 1}}}, nodes: {b: {use: reader.rows}}}\n"),
              ElementsAre("p.yaml:4:37: nodes.g.chain.by_place.x: a value for each place is expected: {only: ..., "
                          "first: ..., middle: ..., last: ...}"));
  EXPECT_THAT(with_rows("  g: {chain: {over: [1], carry: {x: b}}, nodes: {b: {use: reader.rows}}}\n"),
              ElementsAre("p.yaml:4:34: nodes.g.chain.carry.x: {from: the reference for the first copy, then: "
                          "NODE.OUTPUT of the copy before} is expected"));
  EXPECT_THAT(
      with_rows("  g: {chain: {over: [1]}, nodes: {b: {use: reader.rows}}}\n  a: {use: data.scale, in: g.2.b}\n"),
      ElementsAre("p.yaml:5:28: nodes.a.in.data: the chain 'g' has 1 copies, there is no '2'"));
}

TEST(PipelineErrors, Copies) {
  EXPECT_THAT(with_rows("  a: {use: reader.rows, each: {width: 3}}\n"),
              ElementsAre("p.yaml:4:39: nodes.a.each.width: a list of at least one value is expected, got '3'"));
  EXPECT_THAT(with_rows("  a: {use: reader.rows, each: {width: [3, 3]}}\n"),
              ElementsAre("p.yaml:4:43: nodes.a.each.width: the value 3 stands twice"));
  EXPECT_THAT(with_rows("  a: {use: reader.rows, each: {widht: [3, 4]}}\n"),
              ElementsAre("p.yaml:4:32: nodes.a.each.widht: nothing here depends on 'widht'; write $widht where it "
                          "belongs"));
  EXPECT_THAT(with_rows("  a: {use: reader.rows, replicate: 0}\n"),
              ElementsAre("p.yaml:4:36: nodes.a.replicate: a number of copies, 1 to 10000, is expected, got '0'"));
  EXPECT_THAT(with_rows("  a: {use: reader.rows, each: {width: [3, 4]}}\n  b: {use: data.scale, in: 'a[width=5]'}\n"),
              ElementsAre("p.yaml:5:28: nodes.b.in.data: there is no copy 'a[width=5]'; did you mean 'a[width=3]'?"));
}

TEST(PipelineErrors, CyclesShowTheirPath) {
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: data.scale, in: c}\n  b: {use: data.scale, in: a}\n"
                                    "  c: {use: data.scale, in: b}\n  d: {use: data.scale, in: c}\n")),
              ElementsAre("p.yaml:3:3: nodes.a: nodes feed each other in a cycle: a -> b -> c -> a"));
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: data.scale, in: a}\n")),
              ElementsAre("p.yaml:3:3: nodes.a: nodes feed each other in a cycle: a -> a"));
}

TEST(PipelineErrors, Variables) {
  EXPECT_THAT(errors_of("harmonium: 1\nparams: {epochs: 1}\nnodes:\n  a: {use: reader.rows, with: {width: $epoch}}\n"),
              ElementsAre("p.yaml:4:39: nodes.a.with: there is no parameter 'epoch'; did you mean 'epochs'?"));
  EXPECT_THAT(errors_of("harmonium: 1\nparams: {a: {b: 1}}\nnodes:\n  a: {use: reader.rows, with: {width: $a.c}}\n"),
              ElementsAre("p.yaml:4:39: nodes.a.with: 'a' is a map and has no 'c'; did you mean 'b'?"));
  EXPECT_THAT(
      errors_of("harmonium: 1\nparams: {a: 1}\nnodes:\n  a: {use: reader.rows, with: {width: $a/2}}\n"),
      ElementsAre("p.yaml:4:39: nodes.a.with: '$a/2' is more than a parameter's name; within a text write ${a}"));
  pipeline::Overrides overrides;
  overrides.parameters = {{"epoch", "3"}};
  EXPECT_THAT(errors_of("harmonium: 1\nparams: {epochs: 1}\nnodes: {}\n", overrides),
              ElementsAre("--param epoch: there is no parameter 'epoch'; did you mean 'epochs'?"));
  overrides.parameters = {{"width", "wide"}};
  EXPECT_THAT(
      errors_of("harmonium: 1\nparams: {width: 1}\nnodes: {a: {use: reader.rows, with: {width: $width}}}\n", overrides),
      ElementsAre("--param width: nodes.a.with.width: an integer is expected, got 'wide'"));
}

TEST(PipelineErrors, SetOnTheCommandLine) {
  const auto set = [](const std::string& key, const std::string& value) {
    pipeline::Overrides overrides;
    overrides.settings = {{key, value}};
    return errors_of(pipeline_of(rows + "  layer: " + layer + "\n"), overrides);
  };
  EXPECT_THAT(set("lyer.steps", "1"), ElementsAre("--set lyer.steps: there is no node 'lyer'; did you mean 'layer'?"));
  EXPECT_THAT(set("layer.stpes", "1"),
              ElementsAre("--set layer.stpes: node 'layer' has no parameter 'stpes'; did you mean 'steps'?"));
  EXPECT_THAT(set("layer", "1"), ElementsAre("--set layer: NODE.PARAMETER=VALUE is expected"));
  EXPECT_THAT(set("layer.model", "1"),
              ElementsAre("--set layer.model: 'layer.model' is a node; NODE.PARAMETER=VALUE is expected"));
  EXPECT_THAT(set("layer.steps", "0"),
              ElementsAre("--set layer.steps: nodes.layer.with.steps: at least 1 is required, got 0 (Gibbs sweeps)"));
  EXPECT_THAT(set("layer.update.rte", "1"),
              ElementsAre("--set layer.update.rte: nodes.layer.with.update.with.rte: unknown parameter; did you mean "
                          "'rate'?"));
}

TEST(PipelineErrors, SetOnAGroup) {
  pipeline::Overrides overrides;
  overrides.settings = {{"trial.width", "3"}};
  EXPECT_THAT(errors_of(pipeline_of("  trial: {each: {width: [1, 2]}, nodes: {a: {use: reader.rows, with: {width: "
                                    "$width}}}}\n"),
                        overrides),
              ElementsAre("--set trial.width: 'trial' is a group of nodes, which has no parameters; in it are: "
                          "trial[width=1].a, trial[width=2].a"));
}

TEST(PipelineErrors, Sizes) {
  EXPECT_THAT(
      with_rows("  few: {use: reader.rows, with: {width: 3}}\n"
                "  a: {use: trainer.cd, in: {model: {use: model.rbm, in: rows, with: {hidden: 4}}, data: few}}\n"
                "  b: {use: model.encode, in: {model: a, data: few}}\n"),
      ElementsAre("p.yaml:5:89: nodes.a.in.data: the model has 64 visible units, the data have 3 features"));
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: test.broken}\n")),
              ElementsAre("p.yaml:3:3: nodes.a: the header promises 10 rows, the file holds 9"));
  EXPECT_THAT(errors_of(pipeline_of("  a: {use: test.babbler}\n")),
              ElementsAre("p.yaml:3:3: nodes.a: plugin error: test.babbler describes an output 'dat' (data) that it "
                          "does not declare so"));
  register_types();
  EXPECT_EQ(pipeline::check_text(pipeline_of("  a: {use: test.broken}\n"), "p.yaml", {}).errors.at(0).status,
            Exit::bad_data);
}

TEST(PipelineErrors, Composites) {
  const auto stack = [](const std::string& layers) {
    return with_rows("  s: {use: stack.greedy, in: rows, with: {layers: " + layers + "}}\n");
  };
  EXPECT_THAT(stack("[{hiden: 3}]"),
              ElementsAre("p.yaml:4:53: nodes.s.with.layers.1.hiden: unknown key; did you mean 'hidden'?"));
  EXPECT_THAT(stack("3"), ElementsAre("p.yaml:4:51: nodes.s.with.layers: a list of maps is expected, got '3'"));
  EXPECT_THAT(
      stack("[3]"),
      ElementsAre("p.yaml:4:52: nodes.s.with.layers.1: a map with hidden, units, trainer is expected, got '3'"));
  EXPECT_THAT(stack("[{hidden: 0}]"),
              ElementsAre("p.yaml:4:61: nodes.s.layer.1.train.model.with.hidden: at least 1 is required, got 0"));
  EXPECT_THAT(stack("[{hidden: 1, trainer: {use: trainer.cd, with: {stpes: 1}}}]"),
              ElementsAre("p.yaml:4:98: nodes.s.layer.1.train.with.stpes: unknown parameter; did you mean 'steps'?"));
  EXPECT_THAT(with_rows("  s: {use: stack.greedy, in: rows}\n"),
              ElementsAre("p.yaml:4:3: nodes.s.with.layers: must be given (One entry for each layer, from the data "
                          "upwards.)"));
  EXPECT_THAT(with_rows("  s: {use: stack.greedy, with: {layers: [{hidden: 1}, {hidden: 2}]}}\n"),
              ElementsAre("p.yaml:4:3: nodes.s.in.data: must be connected (data: What the first layer sees.)"));
  EXPECT_THAT(with_rows("  s: {use: stack.greedy, in: rows, with: {layers: [{hidden: 1}], lyers: 1}}\n"),
              ElementsAre("p.yaml:4:66: nodes.s.with.lyers: unknown parameter; did you mean 'layers'?"));
  EXPECT_THAT(with_rows("  s: {use: test.faulty, in: rows}\n"),
              ElementsAre("test.faulty:6:97: nodes.s.train.with.stpes: unknown parameter; did you mean 'steps'? "
                          "(test.faulty is used by s, p.yaml:4:3)"));
  EXPECT_THAT(with_rows("  s: {use: test.optional, in: " + layer + "}\n"),
              ElementsAre("p.yaml:4:31: nodes.s.in.data: 's.data' gives 'model', this port takes 'data'"));
  EXPECT_EQ(with_rows("  s: {use: test.endless}\n").at(0).substr(0, 26), "test.endless:2:9: nodes.s.");
}

TEST(PipelineErrors, CopiesWithTheSameMistakeSayItOnce) {
  EXPECT_EQ(with_rows("  a: {use: data.scale, replicate: 9, in: rows, with: {two: 3}}\n").size(), 1u);
}

}  // namespace
}  // namespace harmonium::pipeline_test
