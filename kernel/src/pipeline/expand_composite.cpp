// A composite's body in the place of the node that uses it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pipeline/expander.hpp"
#include "pipeline/suggest.hpp"

namespace harmonium::pipeline {
namespace {

constexpr int most_nested = 16;

std::vector<std::string> names_of(const std::vector<Composite::Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Composite::Parameter& parameter : parameters) names.push_back(parameter.name);
  return names;
}

const Composite::Parameter* find(const std::vector<Composite::Parameter>& parameters, const std::string& name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

std::string must_be_given(const Composite::Parameter& parameter) {
  return "must be given" + (parameter.says.empty() ? "" : " (" + parameter.says + ")");
}

}  // namespace

const Composite* Expander::definition(const TypeInfo& type) {
  const auto [place, fresh] = expansion_.composites.emplace(&type, nullptr);
  if (fresh) {
    std::vector<Diagnostic> wrong_in_text;
    Composite read = read_composite(type, wrong_in_text);
    for (Diagnostic& diagnostic : wrong_in_text) problems_.add(std::move(diagnostic));
    if (wrong_in_text.empty()) place->second = std::make_unique<Composite>(std::move(read));
  }
  return place->second.get();
}

Entity* Expander::composite(const TypeInfo& type, const Tree& tree, const TreePtr& with, const Place& place,
                            const std::string& path, const Context& outer) {
  const Composite& definition = *expansion_.composites.at(&type);
  std::string nested = type.name;
  int depth = 1;
  for (const Usage* usage = outer.usage; usage; usage = usage->outer) {
    nested = usage->composite + " -> " + nested;
    ++depth;
  }
  if (depth > most_nested) {
    wrong(place, path, "composites are nested too deeply: " + nested, outer);
    return failed(path);
  }
  Entity& made = entity(Entity::Kind::group, place, path, outer);
  made.scope = &expansion_.scopes.emplace_back();
  Ports& inputs = ports(definition.inputs, made, outer);
  inputs.composite = true;
  connect(tree, type.name, made, inputs, outer);

  Environment variables;
  if (!bind(definition.parameters, with, place, path + ".with", outer, variables)) {
    made.kind = Entity::Kind::failed;
    return &made;
  }
  Context context = outer;
  context.scope = made.scope;
  context.variables = &variables;
  context.usage = &expansion_.usages.emplace_back(Usage{type.name, path, place, outer.usage});
  context.enclosing = nullptr;
  made.usage = context.usage;
  for (const PortInfo& input : definition.inputs) {
    Entity& seen = expansion_.entities.emplace_back();
    seen.kind = Entity::Kind::input;
    seen.path = path + "." + input.name;
    seen.ports = &inputs;
    seen.port = input.name;
    made.scope->names.emplace(input.name, &seen);
  }
  nodes(*definition.nodes, path, context);
  for (const Composite::Output& output : definition.outputs)
    made.outputs.push_back({output.port.name, output.port.type, output.port.list, output.from});
  return &made;
}

bool Expander::bind(const std::vector<Composite::Parameter>& parameters, const TreePtr& with, const Place& place,
                    const std::string& path, const Context& context, Environment& variables) {
  bool fine = true;
  std::set<std::string> meant;  // misspelt, hence not missing as well
  if (with)
    for (const Tree::Entry& entry : with->entries)
      if (!find(parameters, entry.key)) {
        wrong(entry.place, path + "." + entry.key, "unknown parameter" + suggestion(entry.key, names_of(parameters)),
              context);
        if (const auto names = names_of(parameters); const std::string* near = nearest(entry.key, names))
          meant.insert(*near);
        fine = false;
      }
  for (const Composite::Parameter& parameter : parameters) {
    const std::string where = path + "." + parameter.name;
    const Tree::Entry* given = with ? with->find(parameter.name) : nullptr;
    TreePtr value;
    if (given) {
      value = given->value;
    } else if (parameter.required) {
      if (!meant.contains(parameter.name)) wrong(place, where, must_be_given(parameter), context);
      fine = false;
      continue;
    } else {
      Context inner = context;
      inner.variables = &variables;
      value = parameter.standard ? replaced(parameter.standard, where, inner) : make_null(parameter.place);
    }
    if (!parameter.fields.empty() && !value->is_null()) value = fields(parameter, value, where, context, variables);
    if (value)
      variables.bind(parameter.name, value);
    else
      fine = false;
  }
  return fine;
}

TreePtr Expander::fields(const Composite::Parameter& parameter, const TreePtr& list, const std::string& path,
                         const Context& context, const Environment& variables) {
  if (!list->is_list()) {
    wrong(list->place, path, "a list of maps is expected, got " + describe(*list), context);
    return nullptr;
  }
  bool fine = true;
  std::vector<TreePtr> items;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    TreePtr item = list->items[i];
    const std::string where = fmt::format("{}.{}", path, i + 1);
    if (!item->is_map()) {
      wrong(item->place, where,
            fmt::format("a map with {} is expected, got {}", listed(names_of(parameter.fields)), describe(*item)),
            context);
      fine = false;
      continue;
    }
    std::set<std::string> meant;
    for (const Tree::Entry& entry : item->entries)
      if (!find(parameter.fields, entry.key)) {
        wrong(entry.place, where + "." + entry.key, unknown_key(entry, names_of(parameter.fields)), context);
        if (const auto names = names_of(parameter.fields); const std::string* near = nearest(entry.key, names))
          meant.insert(*near);
        fine = false;
      }
    for (const Composite::Parameter& field : parameter.fields) {
      if (item->find(field.name)) continue;
      if (field.required) {
        if (!meant.contains(field.name)) wrong(item->place, where + "." + field.name, must_be_given(field), context);
        fine = false;
        continue;
      }
      Context inner = context;
      inner.variables = &variables;
      const TreePtr usual =
          field.standard ? replaced(field.standard, where + "." + field.name, inner) : make_null(field.place);
      item = with_entry(item, {field.name, field.place, usual});
    }
    items.push_back(item);
  }
  return fine ? make_list(list->place, std::move(items)) : nullptr;
}

}  // namespace harmonium::pipeline
