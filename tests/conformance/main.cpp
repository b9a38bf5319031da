#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "conformance/laws.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/registry.hpp"
#include "numerics/waiting.hpp"
#include "pipeline/suggest.hpp"
#include "plugin/registry.hpp"

/// harmonium-conformance: whether a type keeps the laws that its contract states.
namespace {

using namespace harmonium;

constexpr const char* footer =
    "TYPE is a unit type, a connection, a sampler, or a trainer: a node that takes a model and data and gives a "
    "model.\n"
    "Every law is a line, `ok` or `FAILED`; below one that fails stands what was expected and got, and where. The "
    "laws\n"
    "are those of harmonium/units.hpp, connection.hpp and sampler.hpp. Units are compared with sums over their states\n"
    "(integrals, where they are real) that use nothing of them but add_energy; samplers are run from exact draws of "
    "small\n"
    "machines; trainers on small tables. The numbers drawn are the same every time.\n\n"
    "Other types that are needed, as connection.dense, come from the plugins that the program `harmonium` finds.\n\n"
    "Exit status: 0; 1 a law does not hold; 64 usage; 69 the plugin cannot be used; 78 its parameters are wrong\n\n"
    "Examples:\n"
    "  harmonium-conformance build/my-units.so my.units\n"
    "  harmonium-conformance build/my-units.so my.counts --with '{largest: 5}' --states 0..5\n"
    "  harmonium-conformance build/my-maps.so my.maps --with '{kernel: 3}' --join 1x6x6:2x4x4\n"
    "  harmonium-conformance build/my-trainer.so my.trainer --with '{epochs: 200, batch: 20}' --gradient";

struct Options {
  std::string plugin, type;
  conformance::Questions questions;
  std::vector<std::string> joins;
};

std::vector<Index> extents(const std::string& text, const std::string& whole) {
  std::vector<Index> shape;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    Index extent = 0;
    const auto read = std::from_chars(at, end, extent);
    if (read.ec != std::errc() || extent < 1 || (read.ptr < end && *read.ptr != 'x')) break;
    shape.push_back(extent);
    at = read.ptr + (read.ptr < end);
    if (at == end && read.ptr == end) return shape;
  }
  throw Error(Exit::usage,
              fmt::format("--join takes shapes of layers as 6:5, 1x6x6:2x4x4, or 6 within one; got '{}'", whole));
}

conformance::Join join_of(const std::string& text) {
  const auto colon = text.find(':');
  conformance::Join join;
  join.a = extents(text.substr(0, colon), text);
  if (colon != std::string::npos) join.b = extents(text.substr(colon + 1), text);
  return join;
}

/// The type, from the plugin named and no other.
const TypeInfo& load(const Options& options) {
  const std::filesystem::path file = std::filesystem::absolute(options.plugin).lexically_normal();
  Registry& registry = Registry::instance();
  registry.load(Registry::folders({file}));
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::canonical(file, error);
  for (const Registry::Plugin& plugin : registry.plugins()) {
    if (plugin.file != (error ? file : resolved)) continue;
    if (!plugin.loaded)
      throw Error(Exit::plugin_missing, fmt::format("{} cannot be used: {}", options.plugin, plugin.problem));
    for (const std::string& name : plugin.types)
      if (name == options.type) return *registry.find(name);
    throw Error(Exit::usage,
                fmt::format("{} has no type '{}'{}; it has {}", options.plugin, options.type,
                            pipeline::suggestion(options.type, plugin.types), fmt::join(plugin.types, ", ")));
  }
  throw Error(Exit::plugin_missing, fmt::format("{} is no plugin", options.plugin));
}

template <class Contract>
Handle<Contract> make(const TypeInfo& type, const std::string& with) {
  return make_value<Contract>(with.empty() ? type.name : fmt::format("{{use: {}, with: {}}}", type.name, with));
}

void check(const TypeInfo& type, const conformance::Questions& questions, conformance::Findings& findings) {
  if (type.contract == Units::kind)
    conformance::check_units(make<Units>(type, questions.with), questions, findings);
  else if (type.contract == Connection::kind)
    conformance::check_connection(make<Connection>(type, questions.with), questions, findings);
  else if (type.contract == Sampler::kind)
    conformance::check_sampler(make<Sampler>(type, questions.with), findings);
  else if (conformance::is_trainer(type))
    conformance::check_trainer(type, questions, findings);
  else
    throw Error(Exit::usage,
                fmt::format("'{}' is {}: there are laws for unit types, connections, samplers, and nodes that take a "
                            "model and data and give a model",
                            type.name, type.contract.empty() ? "another kind of node" : type.contract));
}

int complain(Exit status, const std::string& message) {
  std::fflush(stdout);
  fmt::print(stderr, "harmonium-conformance: {}\n", message);
  return static_cast<int>(status);
}

int program(int argc, char** argv) {
  CLI::App app("Checks whether a type of a plugin keeps the laws of its contract", "harmonium-conformance");
  Options options;
  app.set_help_flag("-h,--help", "Print this help");
  app.add_option("plugin", options.plugin, "The library")->required()->type_name("PLUGIN.so");
  app.add_option("type", options.type, "The name of one of its types")->required()->type_name("TYPE");
  app.add_option("--with", options.questions.with, "Parameters of the type, as in a pipeline file: '{trials: 5}'")
      ->type_name("YAML");
  app.add_option("--states", options.questions.states,
                 "Of units: the states of one, where they are not to be found from its draws: binary, spins, counts, "
                 "half-line, real, a range as 0..5 or a list as -1,0,1 (then --states=-1,0,1)")
      ->type_name("STATES");
  app.add_option("--join", options.joins,
                 "Of a connection: the shapes of two layers, or of one whose units are joined; may be given several "
                 "times. Without it small ones are tried")
      ->type_name("A:B")
      ->allow_extra_args(false);
  app.add_flag(
      "--gradient", options.questions.gradient,
      "Of a trainer: it follows the gradient of the likelihood, so at the optimum its expected step is zero. A "
      "parameter `batch` is set so that one step takes all rows, and one that can be raised to go on (`epochs`) to its "
      "least");
  app.footer(footer);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for_help) {
    app.exit(asked_for_help);
    return static_cast<int>(Exit::success);
  } catch (const CLI::ParseError& error) {
    return complain(Exit::usage, fmt::format("{}. See harmonium-conformance --help", error.what()));
  }
  for (const std::string& join : options.joins) options.questions.joins.push_back(join_of(join));
  const TypeInfo& type = load(options);
  fmt::print("{}{}{} of {}\n", type.name, options.questions.with.empty() ? "" : " with ", options.questions.with,
             type.plugin);
  conformance::Findings findings;
  check(type, options.questions, findings);
  fmt::print("{} laws, {} failed\n", findings.laws(), findings.failed());
  return static_cast<int>(findings.failed() > 0 ? Exit::run_failed : Exit::success);
}

}  // namespace

int main(int argc, char** argv) {
  bound_waiting(argv);
  try {
    return program(argc, argv);
  } catch (const harmonium::Error& error) {
    return complain(error.status(), error.what());
  } catch (const std::exception& error) {
    return complain(harmonium::Exit::internal, fmt::format("internal error: {}", error.what()));
  }
}
