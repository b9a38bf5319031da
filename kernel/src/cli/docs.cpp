#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/output.hpp"
#include "cli/plugin_path.hpp"
#include "cli/verbs.hpp"
#include "pipeline/composite.hpp"
#include "report/description.hpp"

namespace harmonium::cli {

void add_docs(CLI::App& program, Action& action) {
  struct Options {
    PluginPath path;
    std::string folder;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("docs", "Write reference pages of all types, in Markdown");
  verb->add_option("folder", options->folder, "Where they go")->required()->type_name("FOLDER");
  options->path.add_to(*verb);
  verb->footer(
      "Pages come from the declarations of the types, your own plugins' included.\n\n"
      "Example:\n"
      "  harmonium docs reference");
  verb->callback([options, &action] {
    action = [options] {
      std::vector<TypeInfo> types;
      for (const auto& [name, type] : options->path.load().types()) types.push_back(pipeline::described(type));
      std::error_code error;
      std::filesystem::create_directories(options->folder, error);
      const auto pages = report::reference(types);
      for (const auto& [file, text] : pages)
        write_output((std::filesystem::path(options->folder) / file).string(), text);
      fmt::print("{} types on {} pages; {} leads to them\n", types.size(), pages.size() - 1,
                 (std::filesystem::path(options->folder) / "README.md").string());
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
