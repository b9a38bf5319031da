#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"

namespace harmonium::cli {

/// What the command line asks for; done after all of it has been read.
using Action = std::function<Exit()>;

/// Each adds one verb to the program; when it is on the command line `action` becomes what it does.
void add_run(CLI::App& program, Action& action);
void add_runs(CLI::App& program, Action& action);
void add_report(CLI::App& program, Action& action);
void add_watch(CLI::App& program, Action& action);
void add_store(CLI::App& program, Action& action);
void add_validate(CLI::App& program, Action& action);
void add_plan(CLI::App& program, Action& action);
void add_explain(CLI::App& program, Action& action);
void add_diff(CLI::App& program, Action& action);
void add_graph(CLI::App& program, Action& action);
void add_ask(CLI::App& program, Action& action);
void add_model(CLI::App& program, Action& action);
void add_new(CLI::App& program, Action& action);
void add_plugins(CLI::App& program, Action& action);
void add_inspect(CLI::App& program, Action& action);
void add_docs(CLI::App& program, Action& action);
void add_completion(CLI::App& program, Action& action);
void add_schema(CLI::App& program, Action& action);
void add_version(CLI::App& program, Action& action);

/// The kinds of plugins that `new plugin` writes.
std::vector<std::string> plugin_kinds();

}  // namespace harmonium::cli
