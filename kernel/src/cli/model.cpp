#include "report/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/pipeline_file.hpp"
#include "cli/verbs.hpp"
#include "harmonium/network.hpp"
#include "pipeline/suggest.hpp"

namespace harmonium::cli {

namespace {

bool gives_model(const pipeline::GraphNode& node) {
  return std::any_of(node.type->outputs.begin(), node.type->outputs.end(),
                     [](const PortInfo& port) { return port.type == Network::port_type; });
}

/// The spec of the model that a node makes. Throws Error (usage) where there is no such node or it makes none.
const ModelSpec& model_of(const pipeline::Graph& graph, const std::string& name) {
  std::vector<std::string> known;
  for (const pipeline::GraphNode& node : graph.nodes) {
    if (gives_model(node)) known.push_back(node.path);
    if (node.path != name) continue;
    for (const PortInfo& port : node.type->outputs)
      if (port.type == Network::port_type) return node.outputs.get<Network>(port.name);
    throw Error(Exit::usage, fmt::format("node '{}' makes no model", name));
  }
  throw Error(Exit::usage, fmt::format("no node '{}' makes a model{}", name, pipeline::suggestion(name, known)));
}

}  // namespace

void add_model(CLI::App& program, Action& action) {
  struct Options {
    PipelineFile pipeline;
    std::string node;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("model", "Show a model of a pipeline: layers, connections, what is exact");
  options->pipeline.add_to(*verb);
  verb->add_option("node", options->node, "The node that makes it")->type_name("NODE")->required();
  verb->add_flag("--json", options->json, "Print it as JSON");
  verb->footer(
      "Layers of one turn are sampled at once, since they are not joined to each other. Nothing is run.\n\n"
      "Example:\n"
      "  harmonium model pipelines/boltzmann-parity.yaml 'machine[hidden=4].trained'");
  verb->callback([options, &action] {
    action = [options] {
      const pipeline::Checked checked = options->pipeline.check();
      if (!checked.errors.empty()) return report_errors(checked, options->pipeline.name(), options->json);
      const ModelSpec& model = model_of(checked.graph, options->node);
      if (options->json)
        fmt::print("{}\n", report::describe_model_as_json(model).dump(2));
      else
        fmt::print("{}", report::describe_model(model));
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
