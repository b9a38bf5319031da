// The `in` of a node.
#include <fmt/format.h>

#include <algorithm>

#include "pipeline/expander.hpp"
#include "pipeline/suggest.hpp"

namespace harmonium::pipeline {
namespace {

bool is_body(const Tree& tree) { return tree.is_map() && (tree.find("use") || tree.find("nodes")); }

}  // namespace

void Expander::connect(const Tree& body, const std::string& type, Entity& owner, Ports& ports, const Context& context) {
  const Tree::Entry* in = body.find("in");
  if (!in || in->value->is_null()) return;
  const std::string path = owner.path + ".in";
  // A scalar may be a variable that stands for any of the forms.
  const TreePtr tree = in->value->is_scalar() ? replaced(in->value, path, context) : in->value;
  if (tree->is_null()) return;
  if (ports.inputs->empty()) {
    wrong(in->place, path, fmt::format("{} has no inputs", type), context);
    return;
  }
  if (!tree->is_map() || is_body(*tree)) {
    port(ports.inputs->front(), tree, tree->place, owner, ports, context);
    return;
  }
  for (const Tree::Entry& entry : tree->entries) {
    const auto known = std::find_if(ports.inputs->begin(), ports.inputs->end(),
                                    [&](const PortInfo& info) { return info.name == entry.key; });
    if (known == ports.inputs->end()) {
      std::vector<std::string> names;
      for (const PortInfo& info : *ports.inputs) names.push_back(info.name);
      wrong(entry.place, path + "." + entry.key,
            fmt::format("{} has no such input{}", type, suggestion(entry.key, names)), context);
      // Then that port is not missing as well.
      if (const std::string* meant = nearest(entry.key, names)) ports.failed.insert(*meant);
      continue;
    }
    port(*known, entry.value, entry.place, owner, ports, context);
  }
}

void Expander::port(const PortInfo& info, const TreePtr& given, const Place& place, Entity& owner, Ports& ports,
                    const Context& context) {
  const std::string path = owner.path + ".in." + info.name;
  const TreePtr tree = given->is_scalar() ? replaced(given, path, context) : given;
  if (tree->is_null()) {
    // A variable without a value is said already, or an optional connection that is not made.
    if (given->variables) return;
    wrong(place, path, "a reference or a node is expected, got nothing", context);
    ports.failed.insert(info.name);
    return;
  }
  if (tree->is_list() && !info.list) {
    wrong(tree->place, path, fmt::format("port '{}' takes one output, not a list", info.name), context);
    ports.failed.insert(info.name);
    return;
  }
  Connection connection;
  connection.place = tree->place;
  connection.scope = context.scope;
  connection.list = tree->is_list();
  if (tree->is_list()) {
    for (std::size_t i = 0; i < tree->items.size(); ++i) {
      const TreePtr& written = tree->items[i];
      const TreePtr one = written->is_scalar() ? replaced(written, path, context) : written;
      if (!one->is_null()) item(one, fmt::format("{}.{}", info.name, i + 1), connection, owner, ports, context);
    }
  } else {
    item(tree, info.name, connection, owner, ports, context);
  }
  ports.given[info.name] = std::move(connection);
}

void Expander::item(const TreePtr& tree, const std::string& name, Connection& connection, Entity& owner, Ports& ports,
                    const Context& context) {
  if (tree->is_scalar()) {
    connection.items.push_back({tree, nullptr});
    return;
  }
  if (!is_body(*tree)) {
    wrong(tree->place, owner.path + ".in." + name,
          fmt::format("a reference, or a node {{use: ...}}, is expected, got {}", describe(*tree)), context);
    connection.items.push_back({nullptr, failed(owner.path + "." + name)});
    return;
  }
  Context inner = context;
  inner.enclosing = &ports;
  Entity* written = body(tree, tree->place, owner.path + "." + name, inner);
  owner.inlined[name] = written;
  connection.items.push_back({nullptr, written});
}

}  // namespace harmonium::pipeline
