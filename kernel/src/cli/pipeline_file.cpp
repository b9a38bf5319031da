#include "cli/pipeline_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "run/runs.hpp"

namespace harmonium::cli {

std::vector<std::pair<std::string, std::string>> assignments(const std::vector<std::string>& texts, const char* option,
                                                             const char* left) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const std::string& text : texts) {
    // The first one outside brackets: a path may be curve[steps=3].
    std::size_t equals = 0;
    for (int open = 0; equals < text.size() && (open > 0 || text[equals] != '='); ++equals)
      open += text[equals] == '[' ? 1 : (text[equals] == ']' ? -1 : 0);
    if (equals == text.size()) equals = std::string::npos;
    if (equals == std::string::npos || equals == 0)
      throw Error(Exit::usage, fmt::format("{} expects {}=VALUE, got '{}'", option, left, text));
    all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

std::optional<std::uint64_t> seed_of(const std::string& text, const char* option) {
  if (text.empty()) return {};
  std::uint64_t seed = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    throw Error(Exit::usage, fmt::format("{} expects a whole number from 0 to 2^64 - 1, got '{}'", option, text));
  return seed;
}

void PipelineFile::add_to(CLI::App& verb) {
  verb.add_option("file", file_, "The pipeline file; or a run's folder, or its manifest.json: what was run then")
      ->required()
      ->type_name("FILE");
  verb.add_option("--set", settings_, "Set a parameter of a node; may be given several times")
      ->type_name("NODE.PARAM=VALUE")
      ->allow_extra_args(false);
  verb.add_option("--param", parameters_, "Set one of the file's `params`; may be given several times")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  verb.add_option("--seed", seed_, "Seed of all random numbers, instead of the file's")->type_name("NUMBER");
  plugins_.add_to(verb);
}

pipeline::Checked PipelineFile::check() {
  pipeline::Overrides overrides;
  overrides.settings = assignments(settings_, "--set", "NODE.PARAM");
  overrides.parameters = assignments(parameters_, "--param", "NAME");
  overrides.seed = seed_of(seed_, "--seed");
  plugins_.load();
  const std::filesystem::path file(file_);
  if (std::error_code ignored; file.filename() != "manifest.json" && !std::filesystem::is_directory(file, ignored))
    return pipeline::check(file_, overrides);
  manifest_ = run::Manifest::read(file_);
  repeats_ = overrides.settings.empty() && overrides.parameters.empty() && !overrides.seed;
  return manifest_->check(overrides);
}

void PipelineFile::take_unfinished() {
  if (!settings_.empty() || !parameters_.empty() || !seed_.empty())
    throw Error(Exit::usage,
                "--resume goes on with what the run was told: --set, --param and --seed begin another run");
  const auto unfinished = [](const run::Manifest& run) {
    const std::string status = run::status_of(run);
    return status != "finished" && status != "running";
  };
  const std::filesystem::path file(file_);
  if (std::error_code ignored; file.filename() == "manifest.json" || std::filesystem::is_directory(file, ignored)) {
    const auto run = run::Manifest::read(file);
    if (!unfinished(run))
      throw Error(Exit::usage, fmt::format("--resume: the run in {} is {}", run.folder.string(), run::status_of(run)));
    return;
  }
  const std::filesystem::path pipeline = std::filesystem::absolute(file).lexically_normal();
  std::vector<run::Manifest> runs = run::runs_in("runs");
  std::erase_if(runs, [&](const run::Manifest& run) { return run.pipeline().lexically_normal() != pipeline; });
  if (runs.empty()) throw Error(Exit::usage, fmt::format("--resume: there is no run of {} below runs/", file_));
  if (const run::Manifest& last = runs.back(); !unfinished(last))
    throw Error(Exit::usage, fmt::format("--resume: the last run of {}, in {}, is {}", file_, last.folder.string(),
                                         run::status_of(last)));
  file_ = runs.back().folder.string();
}

std::vector<std::string> PipelineFile::to() const { return manifest_ ? manifest_->to() : std::vector<std::string>(); }

nlohmann::ordered_json errors_as_json(const pipeline::Checked& checked) {
  auto errors = nlohmann::ordered_json::array();
  for (const pipeline::Diagnostic& error : checked.errors)
    errors.push_back({{"file", error.location.file},
                      {"line", error.location.line},
                      {"column", error.location.column},
                      {"path", error.path},
                      {"message", error.message}});
  return errors;
}

Exit report_errors(const pipeline::Checked& checked, const std::string& file, bool json) {
  if (json) {
    const nlohmann::ordered_json report = {{"file", file}, {"ok", false}, {"errors", errors_as_json(checked)}};
    fmt::print("{}\n", report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    for (const pipeline::Diagnostic& error : checked.errors) fmt::print(stderr, "{}\n", error.text());
    if (checked.errors.size() > 1) fmt::print(stderr, "{}: {} errors\n", file, checked.errors.size());
  }
  return status_of(checked);
}

Exit status_of(const pipeline::Checked& checked) {
  const auto is = [](Exit status) { return [status](const auto& error) { return error.status == status; }; };
  if (std::any_of(checked.errors.begin(), checked.errors.end(), is(Exit::plugin_missing))) return Exit::plugin_missing;
  const bool data = std::all_of(checked.errors.begin(), checked.errors.end(), is(Exit::bad_data));
  return data ? Exit::bad_data : Exit::bad_pipeline;
}

}  // namespace harmonium::cli
