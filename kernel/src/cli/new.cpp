#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>

#include "cli/output.hpp"
#include "cli/templates.hpp"
#include "cli/verbs.hpp"
#include "pipeline/suggest.hpp"
#include "plugin/registry.hpp"

namespace harmonium::cli {

namespace {

struct PluginKind {
  const char* name;
  const char* example;
};
/// Each with the template in share/templates/NAME.
constexpr PluginKind kinds_of_plugins[] = {
    {"units", "spins of three states, -1, 0 or 1 (Blume 1966; Capel 1966)"},
    {"sampler", "Metropolis dynamics, for units of few states"},
    {"trainer", "contrastive divergence, its loop written out"},
    {"reader", "sparse rows as SVMlight and LIBSVM write them"},
    {"evaluator", "the fraction of active values in each column of a data set"},
    {"model", "a Hopfield network as a restricted Boltzmann machine"},
};

/// The name that stands in the templates' files, in their contents and in their names.
constexpr std::string_view name_in_templates = "my-plugin";

/// Names that CMake or what comes with Harmonium keep for targets of their own.
constexpr std::string_view targets_taken[] = {"all",        "clean", "help",    "install", "package",
                                              "preinstall", "test",  "xtensor", "xtl"};

struct NewPlugin {
  std::string name, kind, folder;
};

bool is_plugin_name(std::string_view name) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && letter(name.front()) && name.back() != '-' &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

void demand_plugin_name(const std::string& name) {
  if (!is_plugin_name(name)) {
    std::string meant = name;
    for (char& c : meant) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '_' || c == ' ' ? '-' : c;
    throw Error(Exit::usage,
                fmt::format("the name of a plugin begins with a lower-case letter and goes on with such "
                            "letters, digits and hyphens between them; got '{}'{}",
                            name, is_plugin_name(meant) ? fmt::format("; did you mean '{}'?", meant) : ""));
  }
  if (std::find(std::begin(targets_taken), std::end(targets_taken), name) != std::end(targets_taken))
    throw Error(Exit::usage,
                fmt::format("CMake knows '{}' already, as a target that is no plugin; take another name", name));
}

void demand_plugin_kind(const std::string& kind) {
  const std::vector<std::string> kinds = plugin_kinds();
  if (kind.empty())
    throw Error(Exit::usage, fmt::format("--kind says what the plugin is to be: {}", fmt::join(kinds, ", ")));
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    throw Error(Exit::usage, fmt::format("there is no kind of plugin '{}'{}", kind, pipeline::suggestion(kind, kinds)));
}

std::string with_name(std::string_view text, const std::string& name) {
  std::string named(text);
  for (std::size_t at = 0; (at = named.find(name_in_templates, at)) != std::string::npos; at += name.size())
    named.replace(at, name_in_templates.size(), name);
  return named;
}

/// As a shell reads it.
std::string for_shell(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("/._-+:=@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void say_what_next(const std::string& folder, const std::string& name) {
  const std::filesystem::path config =
      Registry::system_folder().parent_path().parent_path() / "cmake" / "Harmonium" / "HarmoniumConfig.cmake";
  std::error_code error;
  const bool installed = std::filesystem::exists(config, error);
  const std::string build = for_shell(folder + "/build"), source = for_shell(folder);
  fmt::print("\nBuild it, test it, run its pipeline:\n");
  fmt::print("  cmake -S {0} -B {1} {2} && cmake --build {1}\n", source, build,
             installed ? for_shell("-DHarmonium_DIR=" + config.parent_path().string()) : "-DCMAKE_PREFIX_PATH=PREFIX");
  fmt::print("  ctest --test-dir {} --output-on-failure\n", build);
  fmt::print("  harmonium run {} --plugin-path {}\n", for_shell(folder + "/" + name + ".yaml"), build);
  if (!installed)
    fmt::print("PREFIX is where Harmonium is installed; this one is not: cmake --install BUILD --prefix PREFIX\n");
}

Exit write_plugin(const NewPlugin& plugin) {
  demand_plugin_kind(plugin.kind);
  demand_plugin_name(plugin.name);
  std::string folder = plugin.folder.empty() ? plugin.name : plugin.folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::error_code error;
  if (std::filesystem::exists(folder, error) &&
      !(std::filesystem::is_directory(folder, error) && std::filesystem::is_empty(folder, error)))
    throw Error(Exit::usage, fmt::format("{} is there already and no empty folder; --out names another one", folder));
  std::filesystem::create_directories(folder, error);
  if (error) throw RunFailed(fmt::format("cannot make the folder {}: {}", folder, error.message()));
  std::vector<std::string> written;
  for (const TemplateFile& file : template_files) {
    if (file.kind != plugin.kind) continue;
    written.push_back(with_name(file.name, plugin.name));
    write_output(folder + "/" + written.back(), with_name(file.text, plugin.name));
  }
  fmt::print("{}: {}\n", folder, fmt::join(written, ", "));
  say_what_next(folder, plugin.name);
  return Exit::success;
}

}  // namespace

std::vector<std::string> plugin_kinds() {
  std::vector<std::string> names;
  for (const PluginKind& kind : kinds_of_plugins) names.emplace_back(kind.name);
  return names;
}

void add_new(CLI::App& program, Action& action) {
  auto plugin = std::make_shared<NewPlugin>();
  CLI::App* verb = program.add_subcommand("new", "Write a plugin to begin with, which builds and passes its tests");
  verb->require_subcommand(1);
  verb->footer(
      "Example:\n"
      "  harmonium new plugin my-units --kind units");
  CLI::App* part = verb->add_subcommand("plugin", "Write a folder with a working plugin, its tests and a pipeline");
  part->add_option("name", plugin->name, "What the library and its types are called: my-units.so, my-units.ternary")
      ->required()
      ->type_name("NAME");
  part->add_option("--kind", plugin->kind, fmt::format("What it is: {}", fmt::join(plugin_kinds(), ", ")))
      ->type_name("KIND");
  part->add_option("--out", plugin->folder, "Folder to write, new or empty; else NAME")->type_name("FOLDER");
  std::string examples;
  for (const PluginKind& kind : kinds_of_plugins) examples += fmt::format("  {:<9}  {}\n", kind.name, kind.example);
  part->footer(
      "Of each kind it is an example of the field to change, with a test of the laws of its contract or of its "
      "results:\n" +
      examples +
      "\nThe manual of plugins and a tutorial lie in share/doc: plugins.md, tutorial.md.\n\n"
      "Examples:\n"
      "  harmonium new plugin my-units --kind units\n"
      "  harmonium new plugin flow --kind trainer --out plugins/flow");
  part->callback([plugin, &action] { action = [plugin] { return write_plugin(*plugin); }; });
}

}  // namespace harmonium::cli
