#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/pipeline_file.hpp"
#include "cli/run_options.hpp"
#include "cli/verbs.hpp"
#include "report/text_table.hpp"

namespace harmonium::cli {

namespace {

void print_text(const std::vector<run::Planned>& plan) {
  report::TextTable table({{"node", false}, {"", false}, {"why", false}});
  std::map<run::Planned::Action, int> count;
  for (const run::Planned& planned : plan) {
    ++count[planned.action];
    bool first = true;
    if (planned.why.empty()) table.row({planned.path, run::name_of(planned.action)});
    for (const std::string& why : planned.why) {
      table.row(first ? std::vector<std::string>{planned.path, run::name_of(planned.action), why}
                      : std::vector<std::string>{"", "", why});
      first = false;
    }
  }
  fmt::print("{}\n{} to run, {} to resume, {} from the store\n", table.text(), count[run::Planned::Action::run],
             count[run::Planned::Action::resume], count[run::Planned::Action::stored]);
}

void print_json(const std::vector<run::Planned>& plan) {
  auto json = nlohmann::ordered_json::array();
  for (const run::Planned& planned : plan)
    json.push_back({{"node", planned.path}, {"action", run::name_of(planned.action)}, {"why", planned.why}});
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

void add_plan(CLI::App& program, Action& action) {
  struct Options {
    PipelineFile pipeline;
    RunOptions run;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("plan", "Show what `run` would do, and why");
  options->pipeline.add_to(*verb);
  options->run.add_to(*verb);
  verb->add_flag("--json", options->json, "Print the plan as JSON");
  verb->footer(
      "Nothing is run or changed. `stored`: the result is in the store. `resume`: an unfinished or shorter result is\n"
      "taken up again. `run`: computed, for the reason given. `view`: cheap, computed whenever it is needed.\n\n"
      "Example:\n"
      "  harmonium plan pipelines/digits-dbn.yaml --set layer3.rate=0.05");
  verb->callback([options, &action] {
    action = [options] {
      const pipeline::Checked checked = options->pipeline.check();
      if (!checked.errors.empty()) return report_errors(checked, options->pipeline.name(), options->json);
      run::Options settings = options->run.options();
      if (settings.to.empty()) settings.to = options->pipeline.to();
      const auto plan = run::plan(checked.graph, settings);
      options->json ? print_json(plan) : print_text(plan);
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
