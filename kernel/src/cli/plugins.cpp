#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/plugin_path.hpp"
#include "cli/verbs.hpp"
#include "report/text_table.hpp"

namespace harmonium::cli {

namespace {

void print_text(const Registry& registry) {
  report::TextTable table({{"plugin", false}, {"state", false}, {"types", false}});
  std::size_t failures = 0;
  for (const Registry::Plugin& plugin : registry.plugins()) {
    failures += !plugin.loaded;
    if (plugin.loaded)
      table.row({plugin.file.string(), plugin.shipped ? "shipped" : "added",
                 fmt::format("{}", fmt::join(plugin.types, ", "))});
  }
  if (failures < registry.plugins().size()) fmt::print("{}", table.text());
  for (const Registry::Plugin& plugin : registry.plugins())
    if (!plugin.loaded) fmt::print("{} cannot be used: {}\n", plugin.file.string(), plugin.problem);
  if (registry.plugins().empty()) {
    fmt::print("no plugin was found in\n");
    for (const auto& folder : Registry::folders({})) fmt::print("  {}\n", folder.string());
    fmt::print("  {}\n", Registry::system_folder().string());
  }
}

void print_json(const Registry& registry) {
  auto json = nlohmann::ordered_json::array();
  for (const Registry::Plugin& plugin : registry.plugins()) {
    nlohmann::ordered_json entry = {{"file", plugin.file.string()},
                                    {"loaded", plugin.loaded},
                                    {"shipped", plugin.shipped},
                                    {"types", plugin.types}};
    if (plugin.loaded)
      entry["build"] = plugin.build();
    else
      entry["problem"] = plugin.problem;
    json.push_back(std::move(entry));
  }
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

void add_plugins(CLI::App& program, Action& action) {
  struct Options {
    PluginPath path;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("plugins", "List the plugins, their types, and why some cannot be used");
  options->path.add_to(*verb);
  verb->add_flag("--json", options->json, "Print the list as JSON");
  verb->footer(
      "The exit status is 69 where a plugin cannot be used.\n\n"
      "Example:\n"
      "  harmonium plugins --plugin-path ./build");
  verb->callback([options, &action] {
    action = [options] {
      const Registry& registry = options->path.load();
      options->json ? print_json(registry) : print_text(registry);
      for (const Registry::Plugin& plugin : registry.plugins())
        if (!plugin.loaded) return Exit::plugin_missing;
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
