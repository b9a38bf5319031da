#include "pipeline/link.hpp"

#include <fmt/format.h>

namespace harmonium::pipeline {
namespace {

class Linker {
 public:
  explicit Linker(Problems& problems) : problems_(problems), resolver_(problems) {}

  /// What is connected to one port, checked; nothing where that is wrong.
  std::optional<std::vector<Source>> port(const Ports& ports, const PortInfo& info) {
    const std::string path = ports.path + ".in." + info.name;
    if (ports.failed.contains(info.name)) return {};
    const Connection* given = Resolver::connected(ports, info);
    Resolved found;
    found.absent = true;
    if (given) found = resolver_.connection(*given, path, ports.usage);
    if (found.failed) return {};
    if (found.sources.empty()) {
      if (info.optional) return std::vector<Source>{};
      problems_.node(given ? given->place : ports.place, path,
                     fmt::format("must be connected ({}{}{})", info.type, info.says.empty() ? "" : ": ", info.says),
                     ports.usage);
      return {};
    }
    const Place& place = given->items.front().reference ? given->items.front().reference->place : given->place;
    const std::string name = name_of(*given);
    for (const PortInfo* port : found.ports)
      if (port->type != info.type) {
        problems_.node(place, path,
                       fmt::format("'{}' gives '{}', this port takes '{}'{}", name, port->type, info.type,
                                   given->items.front().reference ? other_output(found, name, info.type) : ""),
                       ports.usage, Exit::bad_pipeline, Misfit::type);
        return {};
      }
    if (found.list && !info.list) {
      problems_.node(place, path,
                     fmt::format("'{}' is a list of {}, this port takes one output", name, found.sources.size()),
                     ports.usage, Exit::bad_pipeline, Misfit::count);
      return {};
    }
    return std::move(found.sources);
  }

  /// Outputs of groups are checked even where nobody asks for them.
  void outputs(const Entity& group) {
    for (const Entity::Output& output : group.outputs)
      resolver_.reference(*output.from, *group.scope, group.path + ".out." + output.name, group.usage);
  }

 private:
  /// The output that was meant, where a node was named whose first one is of another type.
  static std::string other_output(const Resolved& found, const std::string& name, const std::string& type) {
    if (found.whole)
      for (const PortInfo& output : found.whole->outputs)
        if (output.type == type) return fmt::format("; '{}.{}' does", name, output.name);
    return "";
  }
  static std::string name_of(const Connection& connection) {
    std::string name;
    for (const Connection::Item& item : connection.items)
      name += (name.empty() ? "" : ", ") + (item.reference ? item.reference->text : item.written_here->path);
    return connection.items.size() == 1 ? name : "[" + name + "]";
  }

  Problems& problems_;
  Resolver resolver_;
};

}  // namespace

Links link(Expansion& expansion, Problems& problems) {
  Linker linker(problems);
  // From the outside inwards: what is wrong at a composite's port is said there and not again within.
  for (Ports& ports : expansion.ports)
    if (ports.composite)
      for (const PortInfo& info : *ports.inputs)
        if (!linker.port(ports, info)) ports.failed.insert(info.name);
  Links links(expansion.nodes.size());
  for (std::size_t i = 0; i < expansion.nodes.size(); ++i) {
    Draft& draft = expansion.nodes[i];
    for (const PortInfo& info : draft.type->inputs) {
      auto sources = linker.port(*draft.ports, info);
      if (!sources)
        draft.failed = true;
      else if (!sources->empty())
        links[i].emplace(info.name, std::move(*sources));
    }
  }
  for (const Entity& entity : expansion.entities)
    if (entity.kind == Entity::Kind::group) linker.outputs(entity);
  return links;
}

}  // namespace harmonium::pipeline
