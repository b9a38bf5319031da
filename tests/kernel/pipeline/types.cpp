#include "types.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"
#include "harmonium/table.hpp"
#include "plugin/registry.hpp"

namespace harmonium::pipeline_test {
namespace {

struct Constant final : Course {
  double value = 1;
  double first() const override { return value; }
  Range range() const override { return {value, value}; }
  static void describe(ValueType<Constant>& type) {
    type.says("Always the same.").from_number("value");
    type.parameter("value", &Constant::value);
  }
};
struct Step final : Course {
  double from = 0.5, to = 0.9;
  int at = 5;
  double first() const override { return from; }
  Range range() const override { return {std::min(from, to), std::max(from, to)}; }
  static void describe(ValueType<Step>& type) {
    type.parameter("from", &Step::from);
    type.parameter("to", &Step::to);
    type.parameter("at", &Step::at).unit("epochs").at_least(1);
  }
};
struct Sgd final : Rule {
  Handle<Course> rate = "0.1";
  Handle<Course> momentum = "";
  static void describe(ValueType<Sgd>& type) {
    type.version(2);
    type.parameter("rate", &Sgd::rate);
    type.parameter("momentum", &Sgd::momentum).at_least(0).below(1);
  }
};
struct Bernoulli final : Kind {
  static void describe(ValueType<Bernoulli>&) {}
};
struct Gaussian final : Kind {
  double deviation = 1;
  static void describe(ValueType<Gaussian>& type) { type.parameter("deviation", &Gaussian::deviation).above(0); }
};

DataSpec features(Index width) {
  DataSpec spec;
  spec.parts.push_back({"features", width, {}, PartSpec::Kind::real, {}});
  return spec;
}

template <class T>
struct Nothing {
  struct State {
    void visit(Visitor&) {}
  };
  State start(const Inputs&, Context&) const { return {}; }
  void finish(State&, const Inputs&, Outputs&) const {}
};

struct Csv : Nothing<Csv> {
  FilePath path;
  std::string label = "none";
  std::vector<int> shape;
  static void describe(NodeType<Csv>& type) {
    type.says("Reads a table.").output<Dataset>("data", "The rows.");
    type.parameter("path", &Csv::path).required().says("The file.");
    type.parameter("label", &Csv::label).one_of({"none", "first", "last"});
    type.parameter("shape", &Csv::shape).at_least(1);
  }
  void outputs(const Specs&, Specs& out) const { out.set<Dataset>("data", features(shape.empty() ? 64 : shape[0])); }
};
/// Rows without a file.
struct Rows : Nothing<Rows> {
  int width = 64;
  static void describe(NodeType<Rows>& type) {
    type.output<Dataset>("data", "The rows.").random();
    type.parameter("width", &Rows::width);
  }
  void outputs(const Specs&, Specs& out) const { out.set<Dataset>("data", features(width)); }
};
struct Split : Nothing<Split> {
  double test = 0.2;
  bool stratify = false;
  static void describe(NodeType<Split>& type) {
    type.input<Dataset>("data", "What is split.").output<Dataset>("train", "").output<Dataset>("test", "").random();
    type.parameter("test", &Split::test).above(0).below(1);
    type.parameter("stratify", &Split::stratify);
  }
  void outputs(const Specs& in, Specs& out) const {
    out.set<Dataset>("train", in.get<Dataset>("data"));
    out.set<Dataset>("test", in.get<Dataset>("data"));
  }
};
struct Scale : Nothing<Scale> {
  std::vector<double> to = {0, 1};
  static void describe(NodeType<Scale>& type) {
    type.input<Dataset>("data", "").optional_input<Dataset>("like", "").output<Dataset>("data", "");
    type.parameter("to", &Scale::to);
  }
  void outputs(const Specs& in, Specs& out) const { out.set<Dataset>("data", in.get<Dataset>("data")); }
};
struct Rbm : Nothing<Rbm> {
  int hidden = 16;
  Handle<Kind> hidden_units = "units.bernoulli";
  static void describe(NodeType<Rbm>& type) {
    type.input<Dataset>("data", "What the visible units show.").output<Network>("model", "");
    type.parameter("hidden", &Rbm::hidden).at_least(1).required();
    type.parameter("hidden_units", &Rbm::hidden_units);
  }
  void outputs(const Specs& in, Specs& out) const {
    const Index width = in.get<Dataset>("data").part("features").width;
    out.set<Network>(
        "model",
        {{{"visible", width, {}, "units.bernoulli", true}, {"hidden", hidden, {}, "units.bernoulli", false}}, {}});
  }
};
struct Cd : Nothing<Cd> {
  int steps = 1;
  int epochs = 10;
  Handle<Rule> update = "update.sgd";
  static void describe(NodeType<Cd>& type) {
    type.says("Contrastive divergence.").input<Network>("model", "What is trained.").input<Dataset>("data", "");
    type.optional_input<Dataset>("validation", "").output<Network>("model", "").random();
    type.parameter("steps", &Cd::steps).unit("Gibbs sweeps").at_least(1);
    type.parameter("epochs", &Cd::epochs).extends();
    type.parameter("update", &Cd::update);
  }
  void outputs(const Specs& in, Specs& out) const {
    const Index shown = in.get<Dataset>("data").part("features").width;
    const Index visible = in.get<Network>("model").visible_units();
    if (shown != visible)
      out.problem("in.data", "the model has " + std::to_string(visible) + " visible units, the data have " +
                                 std::to_string(shown) + " features");
    out.set<Network>("model", in.get<Network>("model"));
  }
};
struct Encode : Nothing<Encode> {
  static void describe(NodeType<Encode>& type) {
    type.input<Network>("model", "").input<Dataset>("data", "").output<Dataset>("data", "");
  }
  void outputs(const Specs& in, Specs& out) const {
    out.set<Dataset>("data", features(in.get<Network>("model").hidden_units()));
  }
};
struct Error : Nothing<Error> {
  static void describe(NodeType<Error>& type) {
    type.input<Network>("model", "").input<Dataset>("data", "").output<Table>("error", "").output<Network>("best", "");
  }
};
struct Plot : Nothing<Plot> {
  static void describe(NodeType<Plot>& type) { type.list_input<Table>("tables", "").output<Table>("figure", ""); }
};
struct Stack : Nothing<Stack> {
  static void describe(NodeType<Stack>& type) { type.list_input<Network>("models", "").output<Network>("model", ""); }
};
/// A node that throws when asked for its outputs.
struct Broken : Nothing<Broken> {
  static void describe(NodeType<Broken>& type) { type.output<Dataset>("data", ""); }
  void outputs(const Specs&, Specs&) const { throw BadData("the header promises 10 rows, the file holds 9"); }
};
struct Babbler : Nothing<Babbler> {
  static void describe(NodeType<Babbler>& type) { type.output<Dataset>("data", ""); }
  void outputs(const Specs&, Specs& out) const { out.set<Dataset>("dat", {}); }
};

}  // namespace

const char* const greedy = R"(composite: stack.greedy
says: Trains a stack of RBMs layer by layer, each on the features of the one below.
cites: Hinton, Osindero, Teh 2006
parameters:
  layers:
    says: One entry for each layer, from the data upwards.
    required: true
    items:
      hidden: {says: Hidden units., required: true}
      units: {says: Their type., default: units.bernoulli}
      trainer: {says: How it is trained., default: trainer.cd}
in: {data: {type: data, says: What the first layer sees.}}
out:
  model: {from: layer.train.model, says: "The models, from the data upwards."}
  data: {from: layer.last.encode.data, says: The features of the topmost layer.}
nodes:
  layer:
    chain: {over: $layers, as: layer, carry: {below: {from: data, then: encode.data}}}
    nodes:
      train: {use: $layer.trainer, in: {model: {use: model.rbm, with: {hidden: $layer.hidden, hidden_units: $layer.units}}, data: below}}
      encode: {use: model.encode, in: {model: train.model, data: below}}
)";

void register_types() {
  static const bool once = [] {
    Registry& registry = Registry::instance();
    // The registry demands a sentence of everything; here they would only be in the way.
    const auto said = [](auto& all) {
      for (auto& each : all)
        if (each.says.empty()) each.says = "A test.";
    };
    const auto add = [&](TypeInfo type) {
      if (type.says.empty()) type.says = "A test.";
      said(type.parameters);
      said(type.inputs);
      said(type.outputs);
      registry.add(std::move(type), "test");
    };
    const auto composite = [&](const char* name, const char* text) {
      TypeInfo type;
      type.kind = TypeInfo::Kind::composite;
      type.name = name;
      type.text = text;
      add(std::move(type));
    };
    add(describe_value<Constant>("schedule.constant"));
    add(describe_value<Step>("schedule.step"));
    add(describe_value<Sgd>("update.sgd"));
    add(describe_value<Bernoulli>("units.bernoulli"));
    add(describe_value<Gaussian>("units.gaussian"));
    add(describe_node<Csv>("reader.csv"));
    add(describe_node<Rows>("reader.rows"));
    add(describe_node<Split>("data.split"));
    add(describe_node<Scale>("data.scale"));
    add(describe_node<Rbm>("model.rbm"));
    add(describe_node<Cd>("trainer.cd"));
    add(describe_node<Cd>("trainer.pcd"));
    add(describe_node<Encode>("model.encode"));
    add(describe_node<Error>("evaluate.error"));
    add(describe_node<Plot>("figure.plot"));
    add(describe_node<Stack>("model.stack"));
    add(describe_node<Broken>("test.broken"));
    add(describe_node<Babbler>("test.babbler"));
    composite("stack.greedy", greedy);
    composite("test.faulty", R"(composite: test.faulty
parameters: {steps: {default: 1}}
in: {data: {type: data}}
out: {model: {from: train.model}}
nodes:
  train: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 4}}, data: data}, with: {stpes: $steps}}
)");
    composite("test.endless", "composite: test.endless\nnodes: {again: {use: test.endless}}\n");
    composite("test.optional", R"(composite: test.optional
parameters: {epochs: {says: Left to the trainer where not given.}}
in: {data: {type: data}, validation: {type: data, optional: true}}
out: {model: {from: train.model, type: model}}
nodes:
  train:
    use: trainer.cd
    in: {model: {use: model.rbm, with: {hidden: 4}}, data: data, validation: validation}
    with: {epochs: $epochs}
)");
    return true;
  }();
  (void)once;
}

pipeline::Graph graph_of(const std::string& text, const pipeline::Overrides& overrides) {
  register_types();
  pipeline::Checked checked = pipeline::check_text(text, "p.yaml", overrides);
  for (const auto& error : checked.errors) ADD_FAILURE() << error.text();
  return std::move(checked.graph);
}

std::vector<std::string> errors_of(const std::string& text, const pipeline::Overrides& overrides) {
  register_types();
  std::vector<std::string> errors;
  const pipeline::Checked checked = pipeline::check_text(text, "p.yaml", overrides);
  for (const auto& error : checked.errors) errors.push_back(error.text());
  EXPECT_TRUE(errors.empty() || checked.graph.nodes.empty());
  return errors;
}

const pipeline::GraphNode& node_of(const pipeline::Graph& graph, const std::string& path) {
  static const pipeline::GraphNode none;
  const auto place = graph.find(path);
  if (place) return graph.nodes[*place];
  std::string all;
  for (const std::string& each : paths_of(graph)) all += " " + each;
  ADD_FAILURE() << "no node " << path << " among" << all;
  return none;
}

std::vector<std::string> sources_of(const pipeline::Graph& graph, const std::string& path, const std::string& port) {
  std::vector<std::string> all;
  const auto& inputs = node_of(graph, path).inputs;
  if (const auto found = inputs.find(port); found != inputs.end())
    for (const pipeline::Source& source : found->second)
      all.push_back(graph.nodes[source.node].path + "." + source.port + " (" + source.label + ")");
  return all;
}

std::vector<std::string> paths_of(const pipeline::Graph& graph) {
  std::vector<std::string> paths;
  for (const auto& node : graph.nodes) paths.push_back(node.path);
  return paths;
}

}  // namespace harmonium::pipeline_test
