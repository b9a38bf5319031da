#include "pipeline/expand.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "pipeline/expander.hpp"
#include "pipeline/scalars.hpp"
#include "pipeline/suggest.hpp"
#include "pipeline/text.hpp"
#include "pipeline/values.hpp"
#include "plugin/registry.hpp"

namespace harmonium::pipeline {
namespace {

constexpr std::size_t most_bodies = 10'000;
constexpr std::size_t most_replaced = 2'000'000;

bool is_name(const std::string& text) {
  return !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; });
}

const TreePtr* value_of(const Tree& body, const char* key) {
  const Tree::Entry* entry = body.find(key);
  return entry && !entry->value->is_null() ? &entry->value : nullptr;
}

/// A default as it would stand in a text; null where it says nothing.
TreePtr standard_tree(const TypeInfo& type, const std::string& parameter) {
  for (const ParameterInfo& info : type.parameters)
    if (const auto* value = std::get_if<ErasedValue>(&info.standard); value && info.name == parameter)
      return parse(value->recipe, "").root;
  return nullptr;
}

}  // namespace

Entity* Expander::failed(const std::string& path) {
  Entity& nothing = expansion_.entities.emplace_back();
  nothing.path = path;
  expansion_.paths.push_back(path);
  return &nothing;
}

Entity& Expander::entity(Entity::Kind kind, const Place& place, const std::string& path, const Context& context) {
  Entity& made = expansion_.entities.emplace_back();
  made.kind = kind;
  made.place = place;
  made.path = path;
  made.usage = context.usage;
  expansion_.paths.push_back(path);
  return made;
}

Ports& Expander::ports(const std::vector<PortInfo>& inputs, const Entity& self, const Context& context) {
  Ports& made = expansion_.ports.emplace_back();
  made.path = self.path;
  made.place = self.place;
  made.usage = context.usage;
  made.inputs = &inputs;
  made.enclosing = context.enclosing;
  made.self = &self;
  return made;
}

TreePtr Expander::replaced(const TreePtr& tree, const std::string& path, const Context& context) {
  try {
    const TreePtr result = substitute(tree, *context.variables, [&](const Place& place, const std::string& message) {
      wrong(place, path, message, context);
    });
    replaced_ += result->size;
    if (replaced_ > most_replaced)
      throw ExpansionTooLarge{tree->place, path, "with its parameters written out this pipeline is too large"};
    return result;
  } catch (const TreeTooLarge& large) {
    throw ExpansionTooLarge{tree->place, path, large.what()};
  }
}

void Expander::nodes(const Tree& map, const std::string& prefix, const Context& context) {
  for (const Tree::Entry& entry : map.entries) {
    const std::string path = prefix.empty() ? entry.key : prefix + "." + entry.key;
    if (!is_name(entry.key)) {
      wrong(entry.place, path, "a name is made of letters, digits, '_' and '-', and begins with a letter", context);
      continue;
    }
    const auto [name, fresh] = context.scope->names.emplace(entry.key, nullptr);
    if (!fresh) {
      wrong(entry.place, path,
            fmt::format("'{}' already names something here: an input, or what a chain carries", entry.key), context);
      continue;
    }
    name->second = body(entry.value, entry.place, path, context);
  }
}

bool Expander::known_keys(const Tree& body, const std::string& path, const Context& context) {
  const bool group = body.find("nodes") != nullptr;
  const std::vector<std::string> keys =
      group ? std::vector<std::string>{"nodes", "out", "chain", "each", "replicate", "seed", "says"}
            : std::vector<std::string>{"use", "in", "with", "each", "replicate", "seed", "says"};
  bool fine = true;
  for (const Tree::Entry& entry : body.entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
    const bool of_node = entry.key == "use" || entry.key == "in" || entry.key == "with";
    const bool of_group = entry.key == "out" || entry.key == "chain";
    wrong(entry.place, path + "." + entry.key,
          of_node    ? "a group has no such key"
          : of_group ? "only a group (a node with 'nodes') has such a key"
                     : unknown_key(entry, keys),
          context);
    fine = false;
  }
  if (!group && !body.find("use")) {
    wrong(body.place, path, "'use' (the type of a node) or 'nodes' (a group of nodes) is missing", context);
    fine = false;
  }
  return fine;
}

Entity* Expander::body(const TreePtr& tree, const Place& place, const std::string& path, const Context& context) {
  if (!tree->is_map()) {
    wrong(tree->place, path, "a map with 'use' or 'nodes' is expected, got " + describe(*tree), context);
    return failed(path);
  }
  bool fine = known_keys(*tree, path, context);
  if (!tree->find("use") && !tree->find("nodes")) return failed(path);
  std::vector<Variable> variables = this->variables(*tree, path, context, fine);
  if (!fine) return failed(path);
  return variables.empty() ? single(tree, place, path, context, {}) : copies(tree, place, path, context, variables);
}

Entity* Expander::single(const TreePtr& tree, const Place& place, const std::string& path, const Context& outer,
                         const std::vector<Variable>& own) {
  if (++expanded_ > most_bodies)
    throw ExpansionTooLarge{place, path, fmt::format("this pipeline expands to more than {} nodes", most_bodies)};
  Context context = outer;
  TreePtr seed;
  if (const TreePtr* given = value_of(*tree, "seed")) {
    seed = replaced(*given, path + ".seed", context);
  } else {
    for (const Variable& variable : own)
      if (variable.name == "seed") seed = *context.variables->find("seed");
  }
  if (seed) {
    const auto number = as_integer(*seed);
    if (!number || *number < 0) {
      wrong(seed->place, path + ".seed", "an integer, 0 or more, is expected, got " + describe(*seed), context);
      return failed(path);
    }
    context.seed = static_cast<std::uint64_t>(*number);
  }
  return tree->find("nodes") ? group(*tree, place, path, context) : used_type(*tree, place, path, context, own);
}

Entity* Expander::group(const Tree& tree, const Place& place, const std::string& path, const Context& outer) {
  const TreePtr& inner = tree.find("nodes")->value;
  if (!inner->is_map()) {
    wrong(inner->place, path + ".nodes", "a map of nodes is expected, got " + describe(*inner), outer);
    return failed(path);
  }
  if (const TreePtr* links = value_of(tree, "chain")) return chain(tree, **links, place, path, outer);
  Entity& made = entity(Entity::Kind::group, place, path, outer);
  made.scope = &expansion_.scopes.emplace_back();
  made.scope->outer = outer.scope;
  Context context = outer;
  context.scope = made.scope;
  context.enclosing = nullptr;
  nodes(*inner, path, context);
  outputs(tree, made, context);
  return &made;
}

void Expander::outputs(const Tree& tree, Entity& group, const Context& context) {
  const TreePtr* out = value_of(tree, "out");
  if (!out) return;
  const std::string path = group.path + ".out";
  const TreePtr map = replaced(*out, path, context);
  if (!map->is_map()) {
    wrong(map->place, path, "a map of names and references is expected, got " + describe(*map), context);
    return;
  }
  for (const Tree::Entry& entry : map->entries)
    if (entry.value->is_scalar())
      group.outputs.push_back({entry.key, "", false, entry.value});
    else
      wrong(entry.place, path + "." + entry.key, "a reference is expected, got " + describe(*entry.value), context);
}

Entity* Expander::used_type(const Tree& tree, const Place& place, const std::string& path, const Context& context,
                            const std::vector<Variable>& own) {
  TreePtr use = replaced(tree.find("use")->value, path + ".use", context);
  TreePtr with;
  if (const TreePtr* given = value_of(tree, "with")) {
    with = replaced(*given, path + ".with", context);
    if (!with->is_map()) {
      if (!with->is_null())
        wrong(with->place, path + ".with", "a map of parameters is expected, got " + describe(*with), context);
      with = nullptr;
    }
  }
  unfold_use(use, with);
  if (!use->is_scalar()) {
    if (!use->is_null() || !tree.find("use")->value->variables)
      wrong(use->place, path + ".use", "the name of a type is expected, got " + describe(*use), context);
    return failed(path);
  }
  const TypeInfo* type = Registry::instance().find(use->text);
  if (!type) {
    const auto [message, status] = unknown_type(use->text, "");
    wrong(use->place, path + ".use", message, context, status);
    return failed(path);
  }
  if (type->kind == TypeInfo::Kind::value) {
    wrong(use->place, path + ".use",
          fmt::format("'{}' is {}, which stands where a parameter takes one; a node is expected", type->name,
                      with_article(type->contract)),
          context);
    return failed(path);
  }
  std::vector<std::string> names;
  if (type->kind == TypeInfo::Kind::composite) {
    const Composite* body = definition(*type);
    if (!body) return failed(path);
    for (const auto& parameter : body->parameters) names.push_back(parameter.name);
  } else {
    for (const auto& parameter : type->parameters) names.push_back(parameter.name);
  }
  with = parameters(type, names, tree, with, path, context, own);
  return type->kind == TypeInfo::Kind::composite ? composite(*type, tree, with, place, path, context)
                                                 : node(*type, tree, with, place, path, context);
}

TreePtr Expander::parameters(const TypeInfo* type, const std::vector<std::string>& names, const Tree& tree,
                             TreePtr with, const std::string& path, const Context& context,
                             const std::vector<Variable>& own) {
  for (const Variable& variable : own) {
    const bool parameter = std::find(names.begin(), names.end(), variable.name) != names.end();
    if (!parameter || (with && with->find(variable.name))) continue;
    const TreePtr value = *context.variables->find(variable.name);
    with = with_entry(with ? with : make_map(variable.place, {}), {variable.name, variable.place, value});
  }
  const Tree::Entry* in = tree.find("in");
  const auto inlined = [&](const std::string& port) {
    if (!in || !in->value->is_map()) return false;
    const Tree::Entry* entry = in->value->find("use") ? nullptr : in->value->find(port);
    if (entry) return entry->value->is_map() || entry->value->is_list();
    return in->value->find("use") && !type->inputs.empty() && type->inputs.front().name == port;
  };
  const auto standard = [&](const std::string& parameter) { return standard_tree(*type, parameter); };
  try {
    return overrides_.apply(path, with, names, standard, inlined);
  } catch (const TreeTooLarge& large) {
    throw ExpansionTooLarge{tree.place, path, large.what()};
  }
}

Entity* Expander::node(const TypeInfo& type, const Tree& tree, const TreePtr& with, const Place& place,
                       const std::string& path, const Context& context) {
  Entity& made = entity(Entity::Kind::node, place, path, context);
  made.type = &type;
  Ports& inputs = ports(type.inputs, made, context);
  made.node = expansion_.nodes.size();
  expansion_.nodes.push_back(
      {path, place, &type, with, &inputs, context.usage, context.seed, type.random ? context.replicate : 1, false});
  connect(tree, type.name, made, inputs, context);
  return &made;
}

void expand(const TreePtr& nodes, const Environment& parameters, std::uint64_t seed, SettingOverrides& overrides,
            Expansion& expansion, Problems& problems) {
  Expander expander(overrides, expansion, problems);
  Expander::Context context;
  context.scope = &expansion.scopes.emplace_back();
  context.variables = &parameters;
  context.seed = seed;
  try {
    expander.nodes(*nodes, "", context);
  } catch (const ExpansionTooLarge& large) {
    problems.node(large.place, large.path, large.message);
    // What was not expanded cannot be referred to, but that is not what is wrong.
    expansion.nodes.clear();
    expansion.ports.clear();
    expansion.entities.clear();
  }
}

}  // namespace harmonium::pipeline
