#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "cli/verbs.hpp"
#include "report/text_table.hpp"
#include "run/manifest.hpp"
#include "run/record.hpp"

namespace harmonium::cli {

namespace {

using run::Manifest;

std::string text_of(const nlohmann::json& value) {
  if (value.is_null()) return "-";
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Nodes of either run in the order of the first, then those that only the second has.
std::vector<std::string> nodes_of(const Manifest& one, const Manifest& other) {
  std::vector<std::string> paths;
  for (const nlohmann::json& node : one.all.at("nodes")) paths.push_back(node.at("path"));
  for (const nlohmann::json& node : other.all.at("nodes"))
    if (!one.node(node.at("path"))) paths.push_back(node.at("path"));
  return paths;
}

/// What made them different: a node that differs only by its inputs is not the cause of anything.
nlohmann::json causes(const Manifest& one, const Manifest& other) {
  nlohmann::json found = nlohmann::json::array();
  for (const std::string& path : nodes_of(one, other)) {
    const nlohmann::json *a = one.node(path), *b = other.node(path);
    if (!a || !b) {
      found.push_back({{"node", path}, {"what", a ? "only in the first run" : "only in the second run"}});
      continue;
    }
    for (const std::string& what : run::differences(*a, *b))
      if (!(what.starts_with("input ") && what.ends_with(" changed")))
        found.push_back({{"node", path}, {"what", what}});
  }
  for (const char* machine : {"harmonium", "blas", "simd", "hardware"})
    if (const nlohmann::json a = one.all.value(machine, nlohmann::json()),
        b = other.all.value(machine, nlohmann::json());
        !a.is_null() && !b.is_null() && a != b)
      found.push_back({{"node", ""}, {"what", fmt::format("{}: {} -> {}", machine, text_of(a), text_of(b))}});
  return found;
}

/// Every number of the tables of either run: [table, row, column, value in one, value in the other].
nlohmann::json results(const Manifest& one, const Manifest& other) {
  // Rows of a table by label and column; a row whose label another one has is told by its number.
  const auto values_of = [](const Manifest& run) {
    std::vector<std::pair<std::vector<std::string>, nlohmann::json>> all;
    const nlohmann::json tables = run.all.value("tables", nlohmann::json::object());
    for (const auto& [name, table] : tables.items()) {
      std::set<std::string> labels;
      for (std::size_t r = 0; r < table.at("rows").size(); ++r) {
        const nlohmann::json& row = table.at("rows")[r];
        std::string label = row.value("label", "");
        if (!labels.insert(label).second) label += fmt::format(" ({})", r + 1);
        for (std::size_t c = 0; c < row.at("values").size(); ++c)
          all.push_back({{name, label, table.at("columns")[c].get<std::string>()}, row.at("values")[c]});
        if (row.contains("verdict")) all.push_back({{name, label, "verdict"}, row.at("verdict")});
      }
    }
    return all;
  };
  const auto first = values_of(one), second = values_of(other);
  const auto in = [](const auto& all, const std::vector<std::string>& at) {
    for (const auto& [place, value] : all)
      if (place == at) return value;
    return nlohmann::json();
  };
  nlohmann::json rows = nlohmann::json::array();
  for (const auto& [at, value] : first) rows.push_back({at[0], at[1], at[2], value, in(second, at)});
  for (const auto& [at, value] : second)
    if (in(first, at).is_null() && !value.is_null()) rows.push_back({at[0], at[1], at[2], nullptr, value});
  return rows;
}

void print_text(const nlohmann::json& differences, const nlohmann::json& values) {
  if (differences.empty()) fmt::print("the same was run\n");
  report::TextTable what({{"node", false}, {"what differs", false}});
  for (const nlohmann::json& one : differences)
    what.row({one.at("node").get<std::string>(), one.at("what").get<std::string>()});
  if (!differences.empty()) fmt::print("{}", what.text());
  report::TextTable table(
      {{"table", false}, {"row", false}, {"column", false}, {"first", true}, {"second", true}, {"", false}});
  std::size_t same = 0;
  for (const nlohmann::json& row : values)
    if (row[3] == row[4])
      ++same;
    else
      table.row({row[0], row[1], row[2], text_of(row[3]), text_of(row[4]),
                 row[3].is_number() && row[4].is_number()
                     ? fmt::format("{:+.3g}", row[4].get<double>() - row[3].get<double>())
                     : ""});
  if (same < values.size()) fmt::print("\n{}", table.text());
  fmt::print("\n{} of {} results are the same\n", same, values.size());
}

}  // namespace

void add_diff(CLI::App& program, Action& action) {
  struct Options {
    std::string one, other;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("diff", "Show what differs between two runs: what they were told, and found");
  verb->add_option("first", options->one, "The folder of a run")->required()->type_name("FOLDER");
  verb->add_option("second", options->other, "That of another")->required()->type_name("FOLDER");
  verb->add_flag("--json", options->json, "Print it as JSON");
  verb->footer(
      "Nodes that differ because what they read differs are left out: only causes are told.\n\n"
      "Example:\n"
      "  harmonium diff runs/digits-dbn/2026-03-01T12-00-00 runs/digits-dbn/latest");
  verb->callback([options, &action] {
    action = [options] {
      const Manifest one = Manifest::read(options->one), other = Manifest::read(options->other);
      const nlohmann::json differences = causes(one, other), values = results(one, other);
      if (options->json)
        fmt::print("{}\n", nlohmann::json{{"differences", differences}, {"results", values}}.dump(
                               2, ' ', false, nlohmann::json::error_handler_t::replace));
      else
        print_text(differences, values);
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
