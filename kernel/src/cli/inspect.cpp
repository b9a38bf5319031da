#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/plugin_path.hpp"
#include "cli/verbs.hpp"
#include "pipeline/composite.hpp"
#include "pipeline/suggest.hpp"
#include "report/description.hpp"

namespace harmonium::cli {

namespace {

[[noreturn]] void unknown(const std::string& name, const Registry& registry) {
  std::vector<std::string> names;
  for (const auto& [known, type] : registry.types()) names.push_back(known);
  std::string message = fmt::format("there is no type '{}'{}", name, pipeline::suggestion(name, names));
  for (const Registry::Plugin& plugin : registry.plugins())
    if (!plugin.loaded)
      message += fmt::format("\n  {} may have it but cannot be used: {}", plugin.file.string(), plugin.problem);
  throw Error(Exit::plugin_missing, message);
}

}  // namespace

void add_inspect(CLI::App& program, Action& action) {
  struct Options {
    PluginPath path;
    std::string type;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("inspect", "Describe a type: ports, parameters, and text to paste");
  verb->add_option("type", options->type, "The type, as in `trainer.cd`; without it all types are listed")
      ->type_name("TYPE");
  options->path.add_to(*verb);
  verb->add_flag("--json", options->json, "Print the description as JSON");
  verb->footer(
      "Examples:\n"
      "  harmonium inspect\n"
      "  harmonium inspect trainer.cd");
  verb->callback([options, &action] {
    action = [options] {
      const Registry& registry = options->path.load();
      std::vector<TypeInfo> types;
      if (options->type.empty()) {
        for (const auto& [name, type] : registry.types()) types.push_back(pipeline::described(type));
      } else {
        const TypeInfo* type = registry.find(options->type);
        if (type == nullptr) unknown(options->type, registry);
        types.push_back(pipeline::described(*type));
      }
      if (options->json) {
        auto json = nlohmann::ordered_json::array();
        for (const TypeInfo& type : types) json.push_back(report::describe_as_json(type));
        fmt::print("{}\n", (options->type.empty() ? json : json[0]).dump(2));
      } else if (options->type.empty()) {
        fmt::print("{}", report::overview(types));
      } else {
        fmt::print("{}", report::describe(types[0]));
      }
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
