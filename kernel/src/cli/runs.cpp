#include "run/runs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/terminal.hpp"
#include "cli/verbs.hpp"
#include "report/progress.hpp"
#include "report/text_table.hpp"

namespace harmonium::cli {

namespace {

using run::Manifest;

struct Counts {
  int run = 0, stored = 0;
  double seconds = 0;
};

Counts counts_of(const Manifest& manifest) {
  Counts counts;
  for (const nlohmann::json& node : manifest.all.at("nodes")) {
    const std::string how = node.value("how", "");
    counts.run += how == "run";
    counts.stored += how == "stored";
    counts.seconds += node.value("seconds", 0.0);
  }
  return counts;
}

/// What the command line changed, as it was written there.
std::string changes_of(const Manifest& manifest) {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : " ") + more; };
  const nlohmann::json& given = manifest.all.at("given");
  for (const auto& [option, name] : {std::pair("param", "--param"), std::pair("set", "--set")})
    for (const nlohmann::json& pair : given.at(option))
      add(fmt::format("{} {}={}", name, pair[0].get<std::string>(), pair[1].get<std::string>()));
  if (!given.at("seed").is_null()) add(fmt::format("--seed {}", given.at("seed").get<std::uint64_t>()));
  for (const auto& [option, name] : {std::pair("to", "--to"), std::pair("force", "--force")})
    for (const nlohmann::json& node : given.at(option)) add(fmt::format("{} {}", name, node.get<std::string>()));
  return text;
}

void print_text(const std::vector<Manifest>& runs) {
  report::TextTable table({{"run", false},
                           {"began", false},
                           {"", false},
                           {"computed", true},
                           {"stored", true},
                           {"seconds", true},
                           {"told", false}});
  for (const Manifest& manifest : runs) {
    const Counts counts = counts_of(manifest);
    table.row({std::filesystem::relative(manifest.folder).string(), manifest.all.value("time", ""),
               run::status_of(manifest), std::to_string(counts.run), std::to_string(counts.stored),
               fmt::format("{:.1f}", counts.seconds), changes_of(manifest)});
  }
  fmt::print("{}", table.text());
}

void print_json(const std::vector<Manifest>& runs) {
  auto json = nlohmann::ordered_json::array();
  for (const Manifest& manifest : runs) {
    const Counts counts = counts_of(manifest);
    json.push_back({{"folder", manifest.folder.string()},
                    {"pipeline", manifest.pipeline().string()},
                    {"time", manifest.all.value("time", "")},
                    {"status", run::status_of(manifest)},
                    {"computed", counts.run},
                    {"stored", counts.stored},
                    {"seconds", counts.seconds},
                    {"given", nlohmann::ordered_json(manifest.all.at("given"))}});
  }
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

std::atomic<bool> left{false};

Exit watch(const std::string& run) {
  std::signal(SIGINT, [](int) { left = true; });
  double clock = 0;
  std::string status;
  {
    using Style = report::Progress::Style;
    report::Progress progress(stdout, isatty(STDOUT_FILENO) ? Style::line : Style::log, terminal_width(STDOUT_FILENO),
                              [&] { return clock; });
    status = run::follow(
        run, progress, clock, [] { return left.load(); },
        [] { std::this_thread::sleep_for(std::chrono::milliseconds(200)); });
  }
  if (!left) fmt::print("{} after {:.1f} s\n", status, clock);
  return Exit::success;
}

}  // namespace

void add_runs(CLI::App& program, Action& action) {
  struct Options {
    std::string folder = "runs";
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("runs", "List runs: when, how they ended, what they computed");
  verb->add_option("folder", options->folder, "Folder in which, or below which, the folders of runs lie")
      ->type_name("FOLDER")
      ->capture_default_str();
  verb->add_flag("--json", options->json, "Print the list as JSON");
  verb->footer(
      "`killed` is a run that neither ended nor goes on: `run` on its folder takes up what it had begun.\n\n"
      "Example:\n"
      "  harmonium runs runs/digits-dbn");
  verb->callback([options, &action] {
    action = [options] {
      if (std::error_code ignored; !std::filesystem::is_directory(options->folder, ignored))
        throw Error(Exit::usage, fmt::format("there is no folder {}", options->folder));
      const std::vector<Manifest> runs = run::runs_in(options->folder);
      if (options->json)
        print_json(runs);
      else if (runs.empty())
        fmt::print("no runs in {}\n", options->folder);
      else
        print_text(runs);
      return Exit::success;
    };
  });
}

void add_watch(CLI::App& program, Action& action) {
  auto run = std::make_shared<std::string>();
  CLI::App* verb = program.add_subcommand("watch", "Follow a run from another terminal");
  verb->add_option("run", *run, "Its folder")->required()->type_name("FOLDER");
  verb->footer(
      "Ctrl-C leaves; the run goes on.\n\n"
      "Example:\n"
      "  harmonium watch runs/digits-dbn/latest");
  verb->callback([run, &action] { action = [run] { return watch(*run); }; });
}

}  // namespace harmonium::cli
