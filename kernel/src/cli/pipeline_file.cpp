#include "cli/pipeline_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace harmonium::cli {

namespace {

std::vector<std::pair<std::string, std::string>> assignments(const std::vector<std::string>& texts, const char* option,
                                                             const char* left) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(Exit::usage, fmt::format("{} expects {}=VALUE, got '{}'", option, left, text));
    all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

}  // namespace

void PipelineFile::add_to(CLI::App& verb) {
  verb.add_option("file", file_, "The pipeline file")->required()->type_name("FILE");
  verb.add_option("--set", settings_, "Set a parameter of a node; may be given several times")
      ->type_name("NODE.PARAM=VALUE")
      ->allow_extra_args(false);
  verb.add_option("--param", parameters_, "Set one of the file's `params`; may be given several times")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  verb.add_option("--seed", seed_, "Seed of all random numbers, instead of the file's")->type_name("NUMBER");
  plugins_.add_to(verb);
}

pipeline::Checked PipelineFile::check() const {
  pipeline::Overrides overrides;
  overrides.settings = assignments(settings_, "--set", "NODE.PARAM");
  overrides.parameters = assignments(parameters_, "--param", "NAME");
  overrides.seed = seed_;
  plugins_.load();
  return pipeline::check(file_, overrides);
}

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
    fmt::print("{}\n", report.dump(2));
  } else {
    for (const pipeline::Diagnostic& error : checked.errors) fmt::print(stderr, "{}\n", error.text());
    if (checked.errors.size() > 1) fmt::print(stderr, "{}: {} errors\n", file, checked.errors.size());
  }
  const bool missing = std::any_of(checked.errors.begin(), checked.errors.end(),
                                   [](const auto& error) { return error.status == Exit::plugin_missing; });
  return missing ? Exit::plugin_missing : Exit::bad_pipeline;
}

}  // namespace harmonium::cli
