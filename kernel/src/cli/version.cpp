#include "report/version.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/verbs.hpp"
#include "report/text_table.hpp"

namespace harmonium::cli {

void add_version(CLI::App& program, Action& action) {
  auto json = std::make_shared<bool>(false);
  CLI::App* verb = program.add_subcommand("version", "Say what this program is made of and what it computes with");
  verb->add_flag("--json", *json, "Print it as JSON");
  verb->footer(
      "Example:\n"
      "  harmonium version --json");
  verb->callback([json, &action] {
    action = [json] {
      const auto facts = report::version();
      if (*json) {
        nlohmann::ordered_json object;
        for (const auto& [name, value] : facts) object[name] = value;
        fmt::print("{}\n", object.dump(2));
      } else {
        report::TextTable table({{"", false}, {"", false}});
        for (const auto& [name, value] : facts) table.row({name, value});
        fmt::print("{}", table.text());
      }
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
