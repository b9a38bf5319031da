#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/pipeline_file.hpp"
#include "cli/verbs.hpp"

namespace harmonium::cli {

void add_validate(CLI::App& program, Action& action) {
  struct Options {
    PipelineFile pipeline;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb =
      program.add_subcommand("validate", "Check a pipeline file: everything that is wrong, with its place");
  options->pipeline.add_to(*verb);
  verb->add_flag("--json", options->json, "Print the result as JSON");
  verb->footer(
      "Example:\n"
      "  harmonium validate pipelines/digits-dbn.yaml --set layer1.epochs=5");
  verb->callback([options, &action] {
    action = [options] {
      const std::string& file = options->pipeline.name();
      const pipeline::Checked checked = options->pipeline.check();
      if (!checked.errors.empty()) return report_errors(checked, file, options->json);
      const std::size_t nodes = checked.graph.nodes.size();
      if (options->json) {
        const nlohmann::ordered_json report = {
            {"file", file}, {"ok", true}, {"nodes", nodes}, {"errors", nlohmann::ordered_json::array()}};
        fmt::print("{}\n", report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
      } else {
        fmt::print("{}: ok, {} node{}\n", file, nodes, nodes == 1 ? "" : "s");
      }
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
