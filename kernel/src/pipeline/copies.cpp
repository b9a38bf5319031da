// One body, several copies: each, replicate, chain.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "pipeline/expander.hpp"
#include "pipeline/scalars.hpp"
#include "pipeline/suggest.hpp"

namespace harmonium::pipeline {
namespace {

constexpr std::int64_t most_copies = 10'000;

/// What stands for a value in a node's path: the value where it is short and plain, else its place, "#2".
std::string label_of(const Tree& value, std::size_t position) {
  constexpr std::size_t longest = 24;
  const bool plain = value.is_scalar() && !value.text.empty() && value.text.size() <= longest &&
                     std::all_of(value.text.begin(), value.text.end(), [](char c) {
                       return std::isalnum(static_cast<unsigned char>(c)) ||
                              std::string_view("_.+-").find(c) != std::string_view::npos;
                     });
  return plain ? value.text : fmt::format("#{}", position);
}

}  // namespace

std::optional<std::int64_t> Expander::count(const Tree& tree, const std::string& path, const Context& context) {
  const auto number = as_integer(tree);
  if (number && *number >= 1 && *number <= most_copies) return number;
  wrong(tree.place, path, fmt::format("a number of copies, 1 to {}, is expected, got {}", most_copies, describe(tree)),
        context);
  return {};
}

std::vector<Expander::Variable> Expander::variables(const Tree& tree, const std::string& path, const Context& context,
                                                    bool& fine) {
  std::vector<Variable> all;
  const auto repeats = [&](const TreePtr& given, const Place& place, const std::string& where) {
    const auto number = count(*replaced(given, where, context), where, context);
    Variable variable{"replicate", place, {}, true};
    for (std::int64_t i = 1; number && i <= *number; ++i)
      variable.values.push_back({make_scalar(given->place, std::to_string(i), false), std::to_string(i)});
    fine = fine && number;
    all.push_back(std::move(variable));
  };
  if (const Tree::Entry* each = tree.find("each"); each && !each->value->is_null()) {
    const TreePtr map = replaced(each->value, path + ".each", context);
    if (!map->is_map()) {
      wrong(map->place, path + ".each", "a map of variables and lists of values is expected, got " + describe(*map),
            context);
      fine = false;
    }
    for (const Tree::Entry& entry : map->entries) {
      const std::string where = path + ".each." + entry.key;
      if (entry.key == "replicate") {
        repeats(entry.value, entry.place, where);
        continue;
      }
      if (!entry.value->is_list() || entry.value->items.empty()) {
        wrong(entry.value->place, where,
              "a list of at least one value is expected, got " +
                  (entry.value->is_list() ? "an empty one" : describe(*entry.value)),
              context);
        fine = false;
        continue;
      }
      Variable variable{entry.key, entry.place, {}, false};
      std::set<std::string> labels;
      for (std::size_t i = 0; i < entry.value->items.size(); ++i) {
        const TreePtr& value = entry.value->items[i];
        variable.values.push_back({value, label_of(*value, i + 1)});
        if (!labels.insert(variable.values.back().label).second) {
          wrong(value->place, where, fmt::format("the value {} stands twice", variable.values.back().label), context);
          fine = false;
        }
      }
      all.push_back(std::move(variable));
    }
  }
  if (const Tree::Entry* replicate = tree.find("replicate"); replicate && !replicate->value->is_null()) {
    const auto same = [](const Variable& variable) { return variable.name == "replicate"; };
    if (std::any_of(all.begin(), all.end(), same)) {
      wrong(replicate->place, path + ".replicate", "'replicate' stands in 'each' as well", context);
      fine = false;
    } else {
      repeats(replicate->value, replicate->place, path + ".replicate");
    }
  }
  return all;
}

Entity* Expander::copies(const TreePtr& tree, const Place& place, const std::string& path, const Context& outer,
                         std::vector<Variable>& variables) {
  Entity& made = entity(Entity::Kind::copies, place, path, outer);
  std::vector<std::size_t> at(variables.size(), 0);
  const std::size_t problems_before = problems_.count();
  for (bool more = true; more;) {
    Environment environment(outer.variables);
    Context context = outer;
    std::string label, where;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const Value& value = variables[i].values[at[i]];
      environment.bind(variables[i].name, value.tree);
      label += fmt::format("{}{}={}", i ? ", " : "", variables[i].name, value.label);
      where += fmt::format("{}{}={}", i ? "," : "", variables[i].name, value.label);
      // A copy of a copy has a number of its own that more copies do not change.
      if (variables[i].name == "replicate") context.replicate = ((outer.replicate - 1) << 20) + at[i] + 1;
    }
    context.variables = &environment;
    made.copies.emplace_back(where, single(tree, place, path + "[" + where + "]", context, variables));
    made.labels.push_back(label);
    for (Variable& variable : variables) variable.used = variable.used || environment.used(variable.name);
    more = false;
    for (std::size_t i = variables.size(); i-- > 0;) {
      if (++at[i] < variables[i].values.size()) {
        more = true;
        break;
      }
      at[i] = 0;
    }
  }
  for (const Variable& variable : variables)
    if (!variable.used && problems_.count() == problems_before)
      wrong(variable.place, path + ".each." + variable.name,
            fmt::format("nothing here depends on '{0}'; write ${0} where it belongs", variable.name), outer);
  return &made;
}

Entity* Expander::chain(const Tree& tree, const Tree& links, const Place& place, const std::string& path,
                        const Context& outer) {
  const std::string where = path + ".chain";
  if (!links.is_map()) {
    wrong(
        links.place, where,
        "a map {over: list, as: name, carry: {name: {from: ..., then: ...}}, by_place: {name: {only: ..., first: ..., "
        "middle: ..., last: ...}}} is expected, got " +
            describe(links),
        outer);
    return failed(path);
  }
  bool fine = true;
  const auto demand = [&](bool holds, const Place& at, const std::string& in, const std::string& message) {
    if (!holds) wrong(at, in, message, outer);
    fine = fine && holds;
    return holds;
  };
  const std::vector<std::string> keys{"over", "as", "carry", "by_place"}, places{"only", "first", "middle", "last"};
  for (const Tree::Entry& entry : links.entries)
    demand(std::find(keys.begin(), keys.end(), entry.key) != keys.end(), entry.place, where + "." + entry.key,
           unknown_key(entry, keys));
  const Tree::Entry *over = links.find("over"), *as = links.find("as"), *carry = links.find("carry"),
                    *by_place = links.find("by_place");
  if (!demand(over, links.place, where, "'over', the list that has one item for each copy, is missing"))
    return failed(path);
  const TreePtr list = replaced(over->value, where + ".over", outer);
  const bool absent = list->is_null() && over->value->variables;  // reported, or a parameter that was
  if (!absent)
    demand(list->is_list() && !list->items.empty(), list->place, where + ".over",
           "a list of at least one item is expected, got " + (list->is_list() ? "an empty one" : describe(*list)));
  if (as) demand(as->value->is_scalar(), as->value->place, where + ".as", "a name is expected");
  if (carry && demand(carry->value->is_map(), carry->value->place, where + ".carry", "a map is expected"))
    for (const Tree::Entry& entry : carry->value->entries) {
      const Tree::Entry *from = entry.value->find("from"), *then = entry.value->find("then");
      demand(from && then && from->value->is_scalar() && then->value->is_scalar() && entry.value->entries.size() == 2,
             entry.place, where + ".carry." + entry.key,
             "{from: the reference for the first copy, then: NODE.OUTPUT of the copy before} is expected");
    }
  if (by_place && demand(by_place->value->is_map(), by_place->value->place, where + ".by_place", "a map is expected"))
    for (const Tree::Entry& entry : by_place->value->entries) {
      const std::string in = where + ".by_place." + entry.key;
      demand(entry.value->is_map() && entry.value->entries.size() == places.size() &&
                 std::all_of(places.begin(), places.end(), [&](const auto& each) { return entry.value->find(each); }),
             entry.place, in, "a value for each place is expected: {only: ..., first: ..., middle: ..., last: ...}");
    }
  if (!fine || absent) return failed(path);

  Entity& made = entity(Entity::Kind::copies, place, path, outer);
  made.chain = true;
  const std::string name = path.substr(path.rfind('.') + 1);
  Entity* before = nullptr;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    Entity& copy = entity(Entity::Kind::group, place, path + "." + number, outer);
    copy.scope = &expansion_.scopes.emplace_back();
    copy.scope->outer = outer.scope;
    Environment environment(outer.variables);
    environment.bind(as ? as->value->text : "item", list->items[i]);
    environment.bind("index", make_scalar(over->place, number, false));
    const bool first = i == 0, last = i + 1 == list->items.size();
    const char* stands = first && last ? "only" : first ? "first" : last ? "last" : "middle";
    if (by_place)
      for (const Tree::Entry& entry : by_place->value->entries)
        environment.bind(entry.key, replaced(entry.value->find(stands)->value, where + ".by_place", outer));
    Context context = outer;
    context.scope = copy.scope;
    context.variables = &environment;
    context.enclosing = nullptr;
    if (carry)
      for (const Tree::Entry& entry : carry->value->entries) {
        Entity& carried = expansion_.entities.emplace_back();
        carried.kind = Entity::Kind::carried;
        carried.path = copy.path + "." + entry.key;
        carried.place = entry.place;
        carried.usage = outer.usage;
        const TreePtr& reference = entry.value->find(before ? "then" : "from")->value;
        carried.connection.items.push_back({replaced(reference, where + ".carry", context), nullptr});
        carried.connection.place = reference->place;
        carried.connection.scope = before ? before->scope : outer.scope;
        copy.scope->names.emplace(entry.key, &carried);
      }
    nodes(*tree.find("nodes")->value, copy.path, context);
    outputs(tree, copy, context);
    made.copies.emplace_back(number, &copy);
    made.labels.push_back(name + "." + number);
    before = &copy;
  }
  return &made;
}

}  // namespace harmonium::pipeline
