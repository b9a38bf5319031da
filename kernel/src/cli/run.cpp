#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/pipeline_file.hpp"
#include "cli/run_options.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs.hpp"
#include "report/progress.hpp"
#include "report/text_table.hpp"

namespace harmonium::cli {

namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch what needs no lock");

/// The first signal asks the run to end where it can be resumed, the second ends the program.
void stop_on_signals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { stop = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool is_picture(const std::filesystem::path& file) { return file.extension() == ".png" || file.extension() == ".svg"; }

void print_text(const run::Outcome& outcome) {
  for (const auto& [path, table] : outcome.tables) fmt::print("{}: {}\n", path, report::text_of(table));
  std::size_t computed = 0, stored = 0;
  double seconds = 0;
  for (const run::NodeResult& node : outcome.nodes) {
    ++(node.from_store ? stored : computed);
    seconds += node.seconds;
  }
  for (const auto& file : outcome.files)
    if (is_picture(file)) fmt::print("picture: {}\n", file.string());
  fmt::print("{} node{} computed in {:.1f} s, {} from the store; everything is in {}, report.html shows it\n", computed,
             computed == 1 ? "" : "s", seconds, stored, outcome.out.string());
}

void print_json(const run::Outcome& outcome) {
  using Json = nlohmann::ordered_json;
  Json json = {{"status", static_cast<int>(outcome.status)}, {"out", outcome.out.string()}};
  if (!outcome.error.empty()) json["error"] = outcome.error;
  json["nodes"] = Json::array();
  for (const run::NodeResult& node : outcome.nodes)
    json["nodes"].push_back({{"node", node.path}, {"from_store", node.from_store}, {"seconds", node.seconds}});
  json["tables"] = Json::object();
  for (const auto& [path, table] : outcome.tables) json["tables"][path] = report::json_of(table);
  json["files"] = Json::array();
  for (const auto& file : outcome.files) json["files"].push_back(file.string());
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void add_run(CLI::App& program, Action& action) {
  struct Options {
    PipelineFile pipeline;
    RunOptions run;
    std::string out;
    int threads = 0;
    std::string progress = "auto";
    double checkpoint = run::Options().checkpoint_seconds;
    bool resume = false, quiet = false, json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("run", "Run a pipeline: what is stored is used, the rest is computed");
  options->pipeline.add_to(*verb);
  options->run.add_to(*verb);
  CLI::Option* out = verb->add_option("--out", options->out, "Folder for figures, tables and exports")
                         ->type_name("FOLDER")
                         ->default_str("runs/<pipeline>/<time>");
  verb->add_flag("--resume", options->resume,
                 "Go on with a run that did not finish, in its folder and with what it was told: that of the folder "
                 "named, or the last one of the pipeline file below runs/")
      ->excludes(out)
      ->excludes(verb->get_option("--to"));
  verb->add_option("--checkpoint", options->checkpoint, "Save the state of the node at work every so many seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  verb->add_option("--threads", options->threads, "Threads; results do not depend on it; 0: one for each processor")
      ->type_name("NUMBER")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  verb->add_option("--progress", options->progress,
                   "line: one that is rewritten; log: a line for each node; json: the journal, a line for each event; "
                   "auto: line on a terminal, else log. All to standard error")
      ->type_name("KIND")
      ->check(CLI::IsMember({"auto", "line", "log", "json"}))
      ->capture_default_str();
  verb->add_flag("--quiet", options->quiet, "No progress, no tables: only errors and warnings");
  verb->add_flag("--json", options->json, "Print the outcome as JSON");
  verb->footer(
      "Interrupted (Ctrl-C), it saves the state of the node at work and goes on from there next time, in a new folder "
      "or,\n"
      "with --resume, in the same. A second Ctrl-C ends it at once: then it goes on from the last state that was "
      "saved.\n"
      "A run's folder in place of a pipeline file repeats that run, to the bit on the same machine; where its input\n"
      "files or plugins have changed since it is told what has.\n\n"
      "Examples:\n"
      "  harmonium run pipelines/digits-dbn.yaml\n"
      "  harmonium run runs/digits-dbn/latest\n"
      "  harmonium run pipelines/digits-dbn.yaml --resume\n"
      "  harmonium run pipelines/digits-dbn.yaml --set layer1.epochs=5 --seed 7 --to layer1");
  verb->callback([options, &action] {
    action = [options] {
      if (options->resume) options->pipeline.take_unfinished();
      const pipeline::Checked checked = options->pipeline.check();
      if (!checked.errors.empty()) return report_errors(checked, options->pipeline.name(), options->json);
      stop_on_signals();
      run::Options settings = options->run.options();
      if (settings.to.empty()) settings.to = options->pipeline.to();
      settings.repeated = options->pipeline.repeated();
      settings.resume = options->resume;
      if (settings.resume && settings.store.empty()) settings.store = settings.repeated->store();
      settings.checkpoint_seconds = options->checkpoint;
      settings.out = options->out;
      settings.threads = options->threads;
      settings.stop = &stop;
      run::Outcome outcome;
      {
        using Style = report::Progress::Style;
        const bool line = options->progress == "line" || (options->progress == "auto" && isatty(STDERR_FILENO));
        const bool json = options->progress == "json";
        const Style style = options->quiet ? Style::warnings : line ? Style::line : Style::log;
        report::Progress progress(stderr, style, terminal_width(STDERR_FILENO));
        // What is a line of the journal needs no words besides.
        if (json)
          settings.events = stderr;
        else
          settings.observer = &progress;
        outcome = run::run(checked.graph, settings);
      }
      if (options->json)
        print_json(outcome);
      else if (outcome.status == Exit::success && !options->quiet)
        print_text(outcome);
      // The journal has said it.
      const bool said = options->progress == "json" && !outcome.out.empty();
      if (!outcome.error.empty() && !said) fmt::print(stderr, "harmonium: {}\n", outcome.error);
      return outcome.status;
    };
  });
}

}  // namespace harmonium::cli
