#include "pipeline/composite.hpp"

#include <fmt/format.h>

#include "pipeline/problems.hpp"
#include "pipeline/scalars.hpp"
#include "pipeline/suggest.hpp"
#include "pipeline/text.hpp"

namespace harmonium::pipeline {
namespace {

class Reader {
 public:
  explicit Reader(std::vector<Diagnostic>& problems) : problems_(problems) {}

  Composite read(const TypeInfo& registered) {
    Composite composite;
    composite.name = registered.name;
    Parsed parsed = parse(registered.text, registered.name);
    problems_.insert(problems_.end(), parsed.problems.begin(), parsed.problems.end());
    if (!parsed.problems.empty()) return composite;
    if (!parsed.root || !parsed.root->is_map()) {
      problems_.push_back(
          diagnostic({registered.name, 1, 1}, "", "a map with 'composite', 'nodes' and 'out' is expected"));
      return composite;
    }
    const Tree& root = *parsed.root;
    known_keys(root, "", {"composite", "says", "cites", "parameters", "in", "out", "nodes"});
    if (const TreePtr name = entry(root, "composite"); !name || name->text != registered.name)
      wrong(name ? name->place : root.place, "composite", fmt::format("'{}' is expected", registered.name));
    composite.says = text(root, "says");
    composite.cites = text(root, "cites");
    composite.parameters = parameters(entry(root, "parameters"), "parameters");
    inputs(entry(root, "in"), composite);
    outputs(entry(root, "out"), composite);
    composite.nodes = entry(root, "nodes");
    if (!composite.nodes || !composite.nodes->is_map())
      wrong(composite.nodes ? composite.nodes->place : root.place, "nodes", "a map of nodes is expected");
    return composite;
  }

 private:
  void wrong(const Place& place, const std::string& path, const std::string& message) {
    problems_.push_back(diagnostic(place.location(), path, message));
  }

  static TreePtr entry(const Tree& map, const char* key) {
    const Tree::Entry* found = map.find(key);
    return found && !found->value->is_null() ? found->value : nullptr;
  }

  static std::string text(const Tree& map, const char* key) {
    const TreePtr found = entry(map, key);
    return found ? found->text : "";
  }

  void known_keys(const Tree& map, const std::string& path, const std::vector<std::string>& keys) {
    for (const Tree::Entry& each : map.entries)
      if (std::find(keys.begin(), keys.end(), each.key) == keys.end())
        wrong(each.place, path + each.key, unknown_key(each, keys));
  }

  bool flag(const Tree& map, const char* key, const std::string& path) {
    const TreePtr found = entry(map, key);
    if (!found) return false;
    const auto value = as_boolean(*found);
    if (!value) wrong(found->place, path + "." + key, "true or false is expected, got " + describe(*found));
    return value.value_or(false);
  }

  bool is_map(const TreePtr& tree, const std::string& path) {
    if (tree && !tree->is_map()) wrong(tree->place, path, "a map is expected, got " + describe(*tree));
    return tree && tree->is_map();
  }

  std::vector<Composite::Parameter> parameters(const TreePtr& tree, const std::string& path) {
    std::vector<Composite::Parameter> all;
    if (!is_map(tree, path)) return all;
    for (const Tree::Entry& each : tree->entries) {
      const std::string where = path + "." + each.key;
      Composite::Parameter parameter;
      parameter.name = each.key;
      parameter.place = each.place;
      if (!is_map(each.value, where)) continue;
      known_keys(*each.value, where + ".", {"says", "default", "example", "required", "items"});
      parameter.says = text(*each.value, "says");
      parameter.required = flag(*each.value, "required", where);
      parameter.standard = entry(*each.value, "default");
      parameter.example = entry(*each.value, "example");
      if (parameter.required && parameter.standard)
        wrong(parameter.standard->place, where, "what is required needs no default");
      parameter.fields = parameters(entry(*each.value, "items"), where + ".items");
      all.push_back(std::move(parameter));
    }
    return all;
  }

  void inputs(const TreePtr& tree, Composite& composite) {
    if (!is_map(tree, "in")) return;
    for (const Tree::Entry& each : tree->entries) {
      const std::string where = "in." + each.key;
      if (!is_map(each.value, where)) continue;
      known_keys(*each.value, where + ".", {"type", "says", "optional", "list"});
      PortInfo port;
      port.name = each.key;
      port.type = text(*each.value, "type");
      port.says = text(*each.value, "says");
      port.optional = flag(*each.value, "optional", where);
      port.list = flag(*each.value, "list", where);
      if (port.type.empty()) wrong(each.place, where, "the port's type must be given");
      composite.inputs.push_back(std::move(port));
    }
  }

  void outputs(const TreePtr& tree, Composite& composite) {
    if (!is_map(tree, "out")) return;
    for (const Tree::Entry& each : tree->entries) {
      const std::string where = "out." + each.key;
      Composite::Output output;
      output.port.name = each.key;
      if (each.value->is_scalar()) {
        output.from = each.value;
      } else if (is_map(each.value, where)) {
        known_keys(*each.value, where + ".", {"from", "says", "type", "list"});
        output.port.type = text(*each.value, "type");
        output.port.says = text(*each.value, "says");
        output.port.list = flag(*each.value, "list", where);
        output.from = entry(*each.value, "from");
      }
      if (output.from && output.from->is_scalar())
        composite.outputs.push_back(std::move(output));
      else
        wrong(each.place, where, "'from: NODE.OUTPUT' is expected");
    }
  }

  std::vector<Diagnostic>& problems_;
};

}  // namespace

Composite read_composite(const TypeInfo& registered, std::vector<Diagnostic>& problems) {
  return Reader(problems).read(registered);
}

TypeInfo described(const TypeInfo& registered) {
  if (registered.kind != TypeInfo::Kind::composite) return registered;
  std::vector<Diagnostic> problems;
  const Composite composite = read_composite(registered, problems);
  if (!problems.empty()) throw BadPipeline(problems.front().text());
  TypeInfo info = registered;
  info.says = composite.says;
  info.cites = composite.cites;
  info.inputs = composite.inputs;
  info.parameters.clear();
  info.outputs.clear();
  for (const Composite::Output& output : composite.outputs) info.outputs.push_back(output.port);
  for (const Composite::Parameter& given : composite.parameters) {
    ParameterInfo parameter;
    parameter.name = given.name;
    parameter.says = given.says;
    parameter.required = given.required;
    if (given.example) parameter.example = flow_text(*given.example);
    parameter.kind = parameter.element = SettingKind::text;
    parameter.standard = std::string();
    if (!given.fields.empty() || (given.standard && given.standard->is_list())) {
      parameter.kind = SettingKind::list;
      parameter.standard = std::vector<Setting>();
      std::string fields;
      for (const Composite::Parameter& field : given.fields)
        fields += (fields.empty() ? "" : ", ") + field.name +
                  (field.required   ? " (required)"
                   : field.standard ? ": " + flow_text(*field.standard)
                                    : "");
      if (!fields.empty()) parameter.says += " Each {" + fields + "}.";
    } else if (given.standard) {
      const Tree& standard = *given.standard;
      if (const auto boolean = as_boolean(standard)) {
        parameter.kind = parameter.element = SettingKind::boolean;
        parameter.standard = *boolean;
      } else if (const auto integer = as_integer(standard)) {
        parameter.kind = parameter.element = SettingKind::integer;
        parameter.standard = *integer;
      } else if (const auto real = as_real(standard)) {
        parameter.kind = parameter.element = SettingKind::real;
        parameter.standard = *real;
      } else {
        parameter.standard = standard.is_scalar() ? standard.text : flow_text(standard);
      }
    }
    info.parameters.push_back(std::move(parameter));
  }
  return info;
}

}  // namespace harmonium::pipeline
