#include "pipeline/scope.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "pipeline/overrides.hpp"
#include "pipeline/suggest.hpp"

namespace harmonium::pipeline {
namespace {

// A reference that leads back to itself, or lists of lists of lists, must end.
constexpr int most_depth = 200;
constexpr std::size_t most_followed = 2'000'000;

std::vector<std::string> names_in(const Scope* scope) {
  std::vector<std::string> names;
  for (; scope; scope = scope->outer) {
    for (const auto& [name, entity] : scope->names) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Entity* find(const Scope* scope, const std::string& name) {
  for (; scope; scope = scope->outer)
    if (const auto found = scope->names.find(name); found != scope->names.end()) return found->second;
  return nullptr;
}

std::string joined(const std::string& outer, const std::string& inner) {
  return outer.empty() || inner.empty() ? outer + inner : outer + ", " + inner;
}

Resolved failed() {
  Resolved nothing;
  nothing.failed = true;
  return nothing;
}

/// Adds what one part of a list gives, labelled.
void append(Resolved& all, Resolved&& part, const std::string& label) {
  all.failed = all.failed || part.failed;
  for (std::size_t i = 0; i < part.sources.size(); ++i) {
    Source source = std::move(part.sources[i]);
    source.label = part.list ? joined(label, source.label) : label;
    all.sources.push_back(std::move(source));
    all.ports.push_back(part.ports[i]);
  }
}

}  // namespace

Resolved Resolver::fail(const Walk& walk, const std::string& message) {
  problems_.node(walk.reference.place, walk.path, message, walk.usage);
  return failed();
}

const Connection* Resolver::connected(const Ports& ports, const PortInfo& port) {
  if (const auto given = ports.given.find(port.name); given != ports.given.end()) return &given->second;
  if (!ports.enclosing) return nullptr;
  for (const PortInfo& outer : *ports.enclosing->inputs) {
    if (outer.name != port.name || outer.type != port.type || outer.list != port.list) continue;
    const Connection* same = connected(*ports.enclosing, outer);
    if (!same) return nullptr;
    const bool itself = std::any_of(same->items.begin(), same->items.end(),
                                    [&](const auto& item) { return item.written_here == ports.self; });
    return itself ? nullptr : same;
  }
  return nullptr;
}

Resolved Resolver::connection(const Connection& connection, const std::string& path, const Usage* usage) {
  Resolved all;
  all.list = connection.list;
  for (const Connection::Item& item : connection.items) {
    Resolved part;
    std::string label;
    if (item.written_here) {
      Tree at;
      at.place = connection.place;
      const std::vector<std::string> none;
      label = item.written_here->path;
      part = walk(*item.written_here, {at, none, path, usage}, 0);
    } else {
      label = item.reference->text;
      part = reference(*item.reference, *connection.scope, path, usage);
    }
    if (!connection.list) {
      if (!part.list)
        for (Source& source : part.sources)
          if (source.label.empty()) source.label = label;
      return part;
    }
    append(all, std::move(part), label);
  }
  return all;
}

Resolved Resolver::reference(const Tree& reference, const Scope& scope, const std::string& path, const Usage* usage) {
  const std::vector<std::string> parts = segments(reference.text);
  const Walk way{reference, parts, path, usage};
  if (++depth_ > most_depth || ++followed_ > most_followed) {
    --depth_;
    return fail(way, depth_ >= most_depth ? fmt::format("the reference '{}' leads back to itself", reference.text)
                                          : "the lists of this pipeline are too long");
  }
  const std::string name = without_brackets(parts[0]);
  Resolved result;
  if (const Entity* entity = find(&scope, name)) {
    const auto labelled = [&](const auto& copy) { return name + "[" + copy.first + "]" == parts[0]; };
    if (name == parts[0] || entity->kind == Entity::Kind::failed) {
      result = walk(*entity, way, 1);
    } else if (const auto copy = std::find_if(entity->copies.begin(), entity->copies.end(), labelled);
               copy != entity->copies.end()) {
      result = walk(*copy->second, way, 1);
    } else {
      std::vector<std::string> known;
      for (const auto& [label, each] : entity->copies) known.push_back(name + "[" + label + "]");
      result = fail(way, fmt::format("there is no copy '{}'{}", parts[0], suggestion(parts[0], known)));
    }
  } else {
    result = fail(way, fmt::format("there is no node '{}'{}", name, suggestion(name, names_in(&scope))));
  }
  --depth_;
  return result;
}

Resolved Resolver::walk(const Entity& entity, const Walk& way, std::size_t next) {
  switch (entity.kind) {
    case Entity::Kind::node:
      return walk_node(entity, way, next);
    case Entity::Kind::group:
      return walk_group(entity, way, next);
    case Entity::Kind::copies:
      return walk_copies(entity, way, next);
    case Entity::Kind::input:
      return walk_input(entity, way, next);
    case Entity::Kind::carried:
      if (next < way.parts.size())
        return fail(way, fmt::format("'{}' is carried along a chain and is one output; it has no '{}'",
                                     way.parts[next - 1], way.parts[next]));
      {
        Resolved result = connection(entity.connection, way.path, entity.usage);
        result.whole = nullptr;
        return result;
      }
    case Entity::Kind::failed:
      break;
  }
  return failed();
}

Resolved Resolver::walk_node(const Entity& entity, const Walk& way, std::size_t next) {
  const auto& outputs = entity.type->outputs;
  const auto output = [&](const PortInfo& port) {
    Resolved one;
    one.sources.push_back({entity.node, port.name, ""});
    one.ports.push_back(&port);
    return one;
  };
  if (next >= way.parts.size()) {
    if (outputs.empty()) return fail(way, fmt::format("'{}' ({}) has no outputs", entity.path, entity.type->name));
    Resolved first = output(outputs.front());
    first.whole = entity.type;
    return first;
  }
  for (const PortInfo& port : outputs)
    if (port.name == way.parts[next]) {
      if (next + 1 == way.parts.size()) return output(port);
      return fail(way, fmt::format("'{}.{}' is an output and has no parts", entity.path, port.name));
    }
  if (const auto inner = entity.inlined.find(way.parts[next]); inner != entity.inlined.end())
    return walk(*inner->second, way, next + 1);
  std::vector<std::string> known;
  for (const PortInfo& port : outputs) known.push_back(port.name);
  return fail(way, fmt::format("'{}' ({}) has no output '{}'{}", entity.path, entity.type->name, way.parts[next],
                               suggestion(way.parts[next], known)));
}

Resolved Resolver::walk_group(const Entity& entity, const Walk& way, std::size_t next) {
  const bool ends = next >= way.parts.size();
  std::vector<std::string> known;
  for (const auto& [name, inner] : entity.scope->names)
    if (inner->kind != Entity::Kind::input && inner->kind != Entity::Kind::carried) known.push_back(name);
  std::sort(known.begin(), known.end());
  if (ends && entity.outputs.empty())
    return fail(way,
                fmt::format("'{}' is a group without outputs; name one of its nodes: {}", entity.path, listed(known)));
  for (const Entity::Output& output : entity.outputs) {
    if (!ends && (output.name != way.parts[next] || next + 1 != way.parts.size())) continue;
    const std::string path = entity.path + ".out." + output.name;
    Resolved result = reference(*output.from, *entity.scope, path, entity.usage);
    result.list = result.list || output.list;
    result.whole = nullptr;
    for (std::size_t i = 0; i < result.ports.size() && !output.type.empty(); ++i)
      if (result.ports[i]->type != output.type) {
        problems_.node(output.from->place, path,
                       fmt::format("'{}' gives {}, the output is declared as {}", output.from->text,
                                   result.ports[i]->type, output.type),
                       entity.usage);
        return failed();
      }
    return result;
  }
  const std::string& part = way.parts[next];
  const auto inner = entity.scope->names.find(without_brackets(part));
  if (inner != entity.scope->names.end()) {
    const Entity* found = inner->second;
    if (part != inner->first) {
      const auto copy = std::find_if(found->copies.begin(), found->copies.end(),
                                     [&](const auto& each) { return inner->first + "[" + each.first + "]" == part; });
      found = copy == found->copies.end() ? nullptr : copy->second;
    }
    if (found) return walk(*found, way, next + 1);
  }
  for (const Entity::Output& output : entity.outputs) known.insert(known.begin(), output.name);
  return fail(way, fmt::format("'{}' has no output or node '{}'{}", entity.path, part, suggestion(part, known)));
}

Resolved Resolver::walk_copies(const Entity& entity, const Walk& way, std::size_t next) {
  if (entity.chain && next < way.parts.size()) {
    const std::string& part = way.parts[next];
    std::size_t position = part == "last" ? entity.copies.size() : 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), position);
    if (error == std::errc() && *end == '\0' && (position < 1 || position > entity.copies.size()))
      return fail(
          way, fmt::format("the chain '{}' has {} copies, there is no '{}'", entity.path, entity.copies.size(), part));
    if (position > 0) return walk(*entity.copies[position - 1].second, way, next + 1);
  }
  Resolved all;
  all.list = true;
  for (std::size_t i = 0; i < entity.copies.size(); ++i) {
    if (++followed_ > most_followed) return fail(way, "the lists of this pipeline are too long");
    append(all, walk(*entity.copies[i].second, way, next), entity.labels[i]);
    if (all.failed) break;  // every copy would say the same
  }
  return all;
}

Resolved Resolver::walk_input(const Entity& entity, const Walk& way, std::size_t next) {
  const auto& inputs = *entity.ports->inputs;
  const auto port = std::find_if(inputs.begin(), inputs.end(), [&](const auto& p) { return p.name == entity.port; });
  if (entity.ports->failed.contains(entity.port)) return failed();
  if (next < way.parts.size())
    return fail(way, fmt::format("'{}' is an input and has no '{}'", entity.port, way.parts[next]));
  const Connection* given = connected(*entity.ports, *port);
  if (!given) {
    Resolved nothing;
    nothing.absent = true;
    return nothing;
  }
  if (++depth_ > most_depth) {
    --depth_;
    return fail(way, fmt::format("the reference '{}' leads back to itself", way.reference.text));
  }
  Resolved result = connection(*given, entity.ports->path + ".in." + entity.port, entity.ports->usage);
  result.whole = nullptr;
  --depth_;
  return result;
}

}  // namespace harmonium::pipeline
