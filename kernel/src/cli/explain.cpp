#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/pipeline_file.hpp"
#include "cli/verbs.hpp"
#include "run/run.hpp"

namespace harmonium::cli {

namespace {

using run::Origin;

/// From the node asked for down to files; what has been told above is only named.
class Tree {
 public:
  explicit Tree(const std::vector<Origin>& origins) : origins_(origins), told_(origins.size(), false) {}

  void print() { node(origins_.size() - 1, ""); }

 private:
  void node(std::size_t n, const std::string& margin) {
    const Origin& origin = origins_[n];
    const bool again = told_[n];
    told_[n] = true;
    const bool leaf = origin.inputs.empty() && origin.files.empty() && origin.parameters.empty();
    fmt::print("{}  {}{}  {}{}\n", origin.path, origin.type,
               origin.version == 1 ? "" : fmt::format(" version {}", origin.version), name_of(origin.action),
               again && !leaf ? "  (above)" : "");
    if (again) return;
    if (!origin.made.empty()) fmt::print("{}  made {} by {}; key {}\n", margin, origin.made, origin.with, origin.key);
    for (const std::string& why : origin.why) fmt::print("{}  {}: {}\n", margin, name_of(origin.action), why);
    for (const auto& [name, value] : origin.parameters) fmt::print("{}  {}: {}\n", margin, name, value);
    for (const Origin::FileRead& file : origin.files)
      fmt::print("{}  {}: {}  content {}\n", margin, file.parameter, file.path, file.hash);
    for (const Origin::Input& input : origin.inputs) {
      fmt::print("{}  {} <- ", margin, input.port);
      node(input.node, margin + "     ");
    }
  }

  const std::vector<Origin>& origins_;
  std::vector<bool> told_;
};

void print_json(const std::vector<Origin>& origins) {
  auto json = nlohmann::ordered_json::array();
  for (const Origin& origin : origins) {
    nlohmann::ordered_json one = {{"node", origin.path},
                                  {"type", origin.type},
                                  {"version", origin.version},
                                  {"key", origin.key},
                                  {"action", name_of(origin.action)},
                                  {"why", origin.why}};
    if (!origin.made.empty()) one["made"] = origin.made;
    one["with"] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : origin.parameters) one["with"][name] = nlohmann::ordered_json::parse(value);
    one["files"] = nlohmann::ordered_json::array();
    for (const Origin::FileRead& file : origin.files)
      one["files"].push_back({{"parameter", file.parameter}, {"path", file.path}, {"content", file.hash}});
    one["inputs"] = nlohmann::ordered_json::array();
    for (const Origin::Input& input : origin.inputs)
      one["inputs"].push_back({{"port", input.port}, {"from", input.from}});
    json.push_back(std::move(one));
  }
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void add_explain(CLI::App& program, Action& action) {
  struct Options {
    PipelineFile pipeline;
    std::string node, store;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("explain", "Show what a node's result comes from, back to files");
  options->pipeline.add_to(*verb);
  verb->add_option("node", options->node, "The node")->required()->type_name("NODE");
  verb->add_option("--store", options->store, "Folder where results are kept")->type_name("FOLDER");
  verb->add_flag("--json", options->json, "Print it as JSON, sources before those that use them");
  verb->footer(
      "Under each node: what a run would do with it, and why; when its result was made, and its key in the store; the\n"
      "parameters that are not their default; the files that it reads, with the hash of their content; its inputs.\n\n"
      "Example:\n"
      "  harmonium explain pipelines/digits-rbm.yaml rbm");
  verb->callback([options, &action] {
    action = [options] {
      const pipeline::Checked checked = options->pipeline.check();
      if (!checked.errors.empty()) return report_errors(checked, options->pipeline.name(), options->json);
      run::Options settings;
      settings.store = options->store;
      const std::vector<Origin> origins = run::explain(checked.graph, options->node, settings);
      options->json ? print_json(origins) : Tree(origins).print();
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
