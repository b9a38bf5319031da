#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

#include "cli/verbs.hpp"
#include "numerics/waiting.hpp"
#include "pipeline/suggest.hpp"

namespace {

using namespace harmonium;

constexpr const char* footer =
    "Each verb explains itself: harmonium VERB --help\n\n"
    "Exit status: 0; 1 a run failed; 64 usage; 65 bad data; 69 a plugin is missing; 70 internal error;\n"
    "78 bad pipeline; 130 interrupted\n\n"
    "Example:\n"
    "  harmonium run pipelines/digits-dbn.yaml";

int complain(Exit status, const std::string& message) {
  fmt::print(stderr, "harmonium: {}\n", message);
  return static_cast<int>(status);
}

std::vector<std::string> verbs_of(const CLI::App& program) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : program.get_subcommands([](const CLI::App* app) { return !app->get_group().empty(); }))
    verbs.push_back(verb->get_name());
  return verbs;
}

/// What the parser could not make sense of, in a sentence, with what may have been meant.
std::string usage_problem(const CLI::App& program, const CLI::ParseError& error) {
  const CLI::App* verb = &program;
  std::string words = program.get_name();
  for (auto chosen = verb->get_subcommands(); !chosen.empty(); chosen = verb->get_subcommands()) {
    verb = chosen.front();
    words += " " + verb->get_name();
  }
  const std::vector<std::string> extra = program.remaining(true);
  const std::string help = fmt::format("See {} --help", words);
  if (extra.empty()) {
    std::string message = error.what();
    while (message.ends_with('\n') || message.ends_with(' ')) message.pop_back();
    return fmt::format("{}. {}", message, help);
  }
  const std::string& first = extra.front();
  if (verb == &program && !first.starts_with("-"))
    return fmt::format("there is no verb '{}'{}", first, pipeline::suggestion(first, verbs_of(program)));
  if (!first.starts_with("--")) return fmt::format("'{}' is not expected here. {}", first, help);
  std::vector<std::string> options;
  for (const CLI::Option* option : verb->get_options())
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  const std::string near = pipeline::suggestion(first.substr(0, first.find('=')), options);
  return fmt::format("'{}' is not expected here{}{} {}", first, near, near.ends_with("?") ? "" : ".", help);
}

int program(int argc, char** argv) {
  CLI::App app("Energy-based models of the Boltzmann family, composed from plugins in pipeline files", "harmonium");
  app.footer(footer);
  app.set_help_flag("-h,--help", "Print this help");
  cli::Action action;
  cli::add_run(app, action);
  cli::add_runs(app, action);
  cli::add_watch(app, action);
  cli::add_report(app, action);
  cli::add_store(app, action);
  cli::add_validate(app, action);
  cli::add_plan(app, action);
  cli::add_explain(app, action);
  cli::add_diff(app, action);
  cli::add_graph(app, action);
  cli::add_model(app, action);
  cli::add_ask(app, action);
  cli::add_new(app, action);
  cli::add_plugins(app, action);
  cli::add_inspect(app, action);
  cli::add_docs(app, action);
  cli::add_schema(app, action);
  cli::add_completion(app, action);
  cli::add_version(app, action);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for_help) {
    app.exit(asked_for_help);
    return static_cast<int>(Exit::success);
  } catch (const CLI::ParseError& error) {
    return complain(Exit::usage, usage_problem(app, error));
  }
  if (!action) {
    fmt::print(stderr, "{}", app.help());
    return static_cast<int>(Exit::usage);
  }
  const Exit status = action();
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return complain(Exit::run_failed, fmt::format("cannot write the output: {}", std::strerror(errno)));
  return static_cast<int>(status);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && (std::strcmp(argv[1], "run") == 0 || std::strcmp(argv[1], "ask") == 0)) bound_waiting(argv);
  // A limit on file sizes then is an error like a full disk, not a signal.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return program(argc, argv);
  } catch (const Error& error) {
    return complain(error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return complain(Exit::run_failed, "there is not enough memory");
  } catch (const std::system_error& error) {
    return complain(Exit::run_failed, error.what());
  } catch (const std::exception& error) {
    return complain(Exit::internal, fmt::format("internal error: {}", error.what()));
  } catch (...) {
    return complain(Exit::internal, "internal error of an unknown kind");
  }
}
