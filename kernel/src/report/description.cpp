#include "report/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "report/setting_text.hpp"
#include "report/text_table.hpp"

namespace harmonium::report {

namespace {

using Json = nlohmann::ordered_json;

const char* noun_of(TypeInfo::Kind kind) {
  switch (kind) {
    case TypeInfo::Kind::node:
      return "node";
    case TypeInfo::Kind::value:
      return "value";
    case TypeInfo::Kind::composite:
      return "composite";
  }
  return "";
}

std::string cited(const std::string& says, const std::string& cites) {
  if (cites.empty()) return says;
  return says + (says.empty() ? "" : " ") + "[" + cites + "]";
}

std::string facts(const TypeInfo& type) {
  std::string text = type.kind == TypeInfo::Kind::value ? type.contract : noun_of(type.kind);
  if (type.random) text += ", draws random numbers";
  if (type.view) text += ", not stored";
  text += fmt::format(", version {}", type.version);
  if (!type.plugin.empty()) text += fmt::format(", from {}", std::filesystem::path(type.plugin).filename().string());
  return text;
}

/// The outputs of a composite may leave their type to what they lead to.
std::string port_text(const PortInfo& port) {
  const std::string type = port.type.empty() ? "" : fmt::format(": {}{}", port.list ? "list of " : "", port.type);
  return fmt::format("  {}{}{}\n      {}\n", port.name, type, port.optional ? ", optional" : "", port.says);
}

/// The default as it would be written. That of a composite's text parameter is YAML already.
std::string standard_of(const TypeInfo& type, const ParameterInfo& parameter) {
  const auto* text = std::get_if<std::string>(&parameter.standard);
  return type.kind == TypeInfo::Kind::composite && text ? *text : yaml_of(parameter.standard);
}

/// Of a composite only numbers, booleans and lists are known: the rest may be anything.
std::string what_it_is(const TypeInfo& type, const ParameterInfo& parameter) {
  if (type.kind != TypeInfo::Kind::composite || parameter.element != SettingKind::text) return kind_of(parameter);
  return parameter.kind == SettingKind::list ? "list" : "setting";
}

std::string parameter_text(const TypeInfo& type, const ParameterInfo& parameter) {
  std::string text = fmt::format("  {}: {}", parameter.name, what_it_is(type, parameter));
  const std::string standard = standard_of(type, parameter);
  if (parameter.required)
    text += ", must be given";
  else if (standard.empty())
    text += ", none unless given";
  else
    text += " = " + standard;
  if (!parameter.unit.empty()) text += (parameter.required ? ", in " : " ") + parameter.unit;
  if (const std::string range = range_of(parameter); !range.empty()) text += ", " + range;
  if (parameter.extends) text += "; raising it goes on from the stored result";
  return text + fmt::format("\n      {}\n", cited(parameter.says, parameter.cites));
}

Json port_json(const PortInfo& port) {
  return {
      {"name", port.name}, {"type", port.type}, {"says", port.says}, {"optional", port.optional}, {"list", port.list}};
}

Json parameter_json(const TypeInfo& type, const ParameterInfo& parameter) {
  Json json = {{"name", parameter.name}, {"kind", what_it_is(type, parameter)}, {"says", parameter.says}};
  if (!parameter.contract.empty()) json["contract"] = parameter.contract;
  if (!parameter.unit.empty()) json["unit"] = parameter.unit;
  if (!parameter.cites.empty()) json["cites"] = parameter.cites;
  if (parameter.required)
    json["required"] = true;
  else
    json["default"] = json_of(parameter.standard);
  if (parameter.minimum > -std::numeric_limits<double>::infinity())
    json[parameter.above_minimum ? "above" : "at_least"] = parameter.minimum;
  if (parameter.maximum < std::numeric_limits<double>::infinity())
    json[parameter.below_maximum ? "below" : "at_most"] = parameter.maximum;
  if (!parameter.choices.empty()) json["choices"] = parameter.choices;
  if (parameter.extends) json["extends"] = true;
  return json;
}

/// What a parameter says in a snippet; empty where its default stands for nothing given.
std::string sample_of(const TypeInfo& type, const ParameterInfo& parameter) {
  if (!parameter.example.empty()) return parameter.example;
  if (parameter.required) return fmt::format("\"<{}>\"", what_it_is(type, parameter));
  const std::string standard = standard_of(type, parameter);
  return standard == "\"\"" || standard == "[]" ? "" : standard;
}

std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

std::string last_word(const std::string& name) {
  std::string word = name.substr(name.rfind('.') + 1);
  std::replace(word.begin(), word.end(), '-', '_');
  return word;
}

/// "name: default" lines, of what is not given by default a comment; a comment says what is not seen.
std::string parameter_lines(const TypeInfo& type, const std::string& indent) {
  std::vector<std::pair<std::string, std::string>> lines;
  constexpr std::size_t most_aligned = 40;
  std::size_t longest = 0;
  for (const ParameterInfo& parameter : type.parameters) {
    const std::string value = sample_of(type, parameter);
    std::string comment = parameter.unit;
    if (const std::string range = range_of(parameter); !range.empty()) comment += (comment.empty() ? "" : ", ") + range;
    lines.emplace_back(value.empty() ? fmt::format("{}# {}: <{}>", indent, parameter.name, what_it_is(type, parameter))
                                     : fmt::format("{}{}: {}", indent, parameter.name, value),
                       comment);
    longest = std::max(longest, std::min(lines.back().first.size(), most_aligned));
  }
  std::string text;
  for (const auto& [line, comment] : lines)
    text += comment.empty() ? line + "\n" : fmt::format("{:<{}}  # {}\n", line, longest, comment);
  return text;
}

/// Types by the first word of their names, by their names.
std::map<std::string, std::vector<const TypeInfo*>> grouped(const std::vector<TypeInfo>& types) {
  std::map<std::string, std::vector<const TypeInfo*>> groups;
  for (const TypeInfo& type : types) groups[type.name.substr(0, type.name.find('.'))].push_back(&type);
  for (auto& [group, members] : groups)
    std::sort(members.begin(), members.end(), [](const TypeInfo* a, const TypeInfo* b) { return a->name < b->name; });
  return groups;
}

/// What Markdown's readers make of a heading to link to it: "trainer.cd" becomes "trainercd".
std::string heading_link(const std::string& heading) {
  std::string link;
  for (const char c : heading)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-')
      link += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return link;
}

/// A text in a cell of a table, where a bar would end it.
std::string in_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
  return cell;
}

std::string port_table(const char* heading, const std::vector<PortInfo>& ports) {
  if (ports.empty()) return "";
  std::string text = fmt::format("\n| {} | type | |\n|---|---|---|\n", heading);
  for (const PortInfo& port : ports)
    text += fmt::format("| `{}` | {}{}{} | {} |\n", port.name, port.list ? "list of " : "", port.type,
                        port.optional ? ", optional" : "", in_cell(port.says));
  return text;
}

/// A type's part of a reference page.
std::string section_of(const TypeInfo& type) {
  std::string text = fmt::format("## {}\n\n{}\n\n{}\n", type.name, cited(type.says, type.cites), facts(type));
  if (!type.from_number.empty())
    text +=
        fmt::format("\nA bare number where a {} is expected is taken for its `{}`.\n", type.contract, type.from_number);
  if (type.from_map)
    text += fmt::format("\nA map without `use` where a {} is expected is taken for its parameters.\n", type.contract);
  text += port_table("in", type.inputs) + port_table("out", type.outputs);
  if (!type.parameters.empty()) text += "\n| with | | default | |\n|---|---|---|---|\n";
  for (const ParameterInfo& parameter : type.parameters) {
    const std::string standard = standard_of(type, parameter);
    std::string what = what_it_is(type, parameter);
    if (!parameter.unit.empty()) what += ", " + parameter.unit;
    if (const std::string range = range_of(parameter); !range.empty()) what += ", " + range;
    text += fmt::format("| `{}` | {} | {} | {}{} |\n", parameter.name, in_cell(what),
                        parameter.required ? "must be given"
                        : standard.empty() ? ""
                                           : "`" + in_cell(standard) + "`",
                        in_cell(cited(parameter.says, parameter.cites)),
                        parameter.extends ? " Raising it goes on from the stored result." : "");
  }
  return text + "\n```yaml\n" + snippet(type) + "```\n";
}

}  // namespace

std::string snippet(const TypeInfo& type) {
  const bool value = type.kind == TypeInfo::Kind::value;
  const std::string parameters = parameter_lines(type, "    ");
  std::string text = value ? fmt::format("{{use: {}, with: {{", type.name)
                           : fmt::format("{}:\n  use: {}\n", last_word(type.name), type.name);
  if (value) {
    std::string list;
    for (const ParameterInfo& parameter : type.parameters) {
      const std::string sample = sample_of(type, parameter);
      if (!sample.empty()) list += fmt::format("{}{}: {}", list.empty() ? "" : ", ", parameter.name, sample);
    }
    return list.empty() ? type.name + "\n" : text + list + "}}\n";
  }
  std::string inputs;
  const bool all_optional =
      std::all_of(type.inputs.begin(), type.inputs.end(), [](const PortInfo& port) { return port.optional; });
  for (const PortInfo& port : type.inputs)
    if (!port.optional || all_optional)
      inputs +=
          fmt::format("{}{}: {}", inputs.empty() ? "" : ", ", port.name, port.list ? "[" + port.name + "]" : port.name);
  if (!inputs.empty()) text += fmt::format("  in: {{{}}}\n", inputs);
  if (!parameters.empty()) text += "  with:\n" + parameters;
  return text;
}

std::string describe(const TypeInfo& type) {
  std::string text = fmt::format("{} ({})\n{}\n", type.name, facts(type), cited(type.says, type.cites));
  if (!type.from_number.empty())
    text +=
        fmt::format("A bare number where a {} is expected is taken for its `{}`.\n", type.contract, type.from_number);
  if (type.from_map)
    text += fmt::format("A map without `use` where a {} is expected is taken for its parameters.\n", type.contract);
  const auto section = [&text](const char* heading, const std::string& body) {
    if (!body.empty()) text += fmt::format("\n{}\n{}", heading, body);
  };
  std::string inputs, outputs, parameters;
  for (const PortInfo& port : type.inputs) inputs += port_text(port);
  for (const PortInfo& port : type.outputs) outputs += port_text(port);
  for (const ParameterInfo& parameter : type.parameters) parameters += parameter_text(type, parameter);
  section("in", inputs);
  section("out", outputs);
  section("with", parameters);
  section("to paste", snippet(type));
  return text;
}

Json describe_as_json(const TypeInfo& type) {
  Json json = {{"type", type.name}, {"kind", noun_of(type.kind)}};
  if (!type.contract.empty()) json["contract"] = type.contract;
  json["says"] = type.says;
  if (!type.cites.empty()) json["cites"] = type.cites;
  json["version"] = type.version;
  json["random"] = type.random;
  json["stored"] = type.kind == TypeInfo::Kind::node && !type.view;
  json["plugin"] = type.plugin;
  json["in"] = Json::array();
  json["out"] = Json::array();
  json["with"] = Json::array();
  for (const PortInfo& port : type.inputs) json["in"].push_back(port_json(port));
  for (const PortInfo& port : type.outputs) json["out"].push_back(port_json(port));
  for (const ParameterInfo& parameter : type.parameters) json["with"].push_back(parameter_json(type, parameter));
  if (!type.from_number.empty()) json["from_number"] = type.from_number;
  if (type.from_map) json["from_map"] = true;
  json["snippet"] = snippet(type);
  return json;
}

std::string overview(const std::vector<TypeInfo>& types) {
  std::string text;
  for (const auto& [group, members] : grouped(types)) {
    TextTable table({{"", false}, {"", false}});
    for (const TypeInfo* type : members) table.row({"  " + type->name, first_sentence(type->says)});
    text += (text.empty() ? "" : "\n") + group + "\n" + table.text();
  }
  return text;
}

std::map<std::string, std::string> reference(const std::vector<TypeInfo>& types) {
  std::map<std::string, std::string> pages;
  std::string& index = pages["README.md"];
  index =
      "# Reference\n\nEvery type that the plugins at hand offer, made by `harmonium docs` from their declarations.\n";
  for (const auto& [group, members] : grouped(types)) {
    const std::string file = group + ".md";
    std::string& page = pages[file];
    page = fmt::format("# {}\n", group);
    index += fmt::format("\n## [{}]({})\n\n| | |\n|---|---|\n", group, file);
    for (const TypeInfo* type : members) {
      page += "\n" + section_of(*type);
      index += fmt::format("| [`{}`]({}#{}) | {} |\n", type->name, file, heading_link(type->name),
                           in_cell(first_sentence(type->says)));
    }
  }
  return pages;
}

}  // namespace harmonium::report
