#include <fmt/format.h>

#include <memory>

#include "cli/output.hpp"
#include "cli/plugin_path.hpp"
#include "cli/verbs.hpp"
#include "report/page.hpp"
#include "run/manifest.hpp"

namespace harmonium::cli {

void add_report(CLI::App& program, Action& action) {
  struct Options {
    std::vector<std::string> runs;
    std::string out;
    PluginPath plugins;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("report", "Make the report of a run again, or one of several side by side");
  verb->add_option("runs", options->runs, "Folders of runs")->required()->type_name("FOLDER");
  verb->add_option("-o,--output", options->out, "File to write; of one run, its report.html unless given")
      ->type_name("FILE");
  options->plugins.add_to(*verb);
  verb->footer(
      "A report is one HTML file that needs no other and no network. Every run writes one.\n\n"
      "Examples:\n"
      "  harmonium report runs/digits-dbn/latest\n"
      "  harmonium report runs/digits-dbn/* -o compared.html");
  verb->callback([options, &action] {
    action = [options] {
      if (options->runs.size() > 1 && options->out.empty())
        throw Error(Exit::usage, "where the report of several runs goes must be said with --output");
      options->plugins.load();
      std::vector<run::Manifest> runs;
      for (const std::string& run : options->runs) runs.push_back(run::Manifest::read(run));
      const std::filesystem::path out =
          options->out.empty() ? runs.front().folder / "report.html" : std::filesystem::path(options->out);
      write_output(out.string(), report::page_of(runs));
      fmt::print("{}\n", out.string());
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
