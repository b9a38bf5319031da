#include "report/schema.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/plugin_path.hpp"
#include "cli/verbs.hpp"

namespace harmonium::cli {

void add_schema(CLI::App& program, Action& action) {
  struct Options {
    PluginPath path;
    std::string out;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("schema", "Write a JSON Schema of pipeline files, for editors");
  options->path.add_to(*verb);
  verb->add_option("-o,--output", options->out, "File to write instead of standard output")->type_name("FILE");
  verb->footer(
      "It knows the types of the plugins that are loaded. An editor with a YAML language server completes and checks "
      "a\n"
      "pipeline file that begins with\n"
      "  # yaml-language-server: $schema=pipeline.json\n\n"
      "Example:\n"
      "  harmonium schema -o pipeline.json");
  verb->callback([options, &action] {
    action = [options] {
      write_output(options->out, report::schema(options->path.load()).dump(1) + "\n");
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
