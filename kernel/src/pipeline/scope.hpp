#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pipeline/graph.hpp"
#include "pipeline/problems.hpp"
#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

struct Entity;

/// The names that a reference may begin with; those of the outer scope are seen too.
struct Scope {
  const Scope* outer = nullptr;
  std::unordered_map<std::string, Entity*> names;
};

/// What is connected to a port: references, or nodes written there.
struct Connection {
  struct Item {
    TreePtr reference;
    Entity* written_here = nullptr;
  };
  std::vector<Item> items;
  bool list = false;  ///< written as a list
  Place place;
  const Scope* scope = nullptr;
};

/// The input ports of a node or composite and what is connected to them.
struct Ports {
  std::string path;
  Place place;
  const Usage* usage = nullptr;
  const std::vector<PortInfo>* inputs = nullptr;
  std::map<std::string, Connection> given;
  const Ports* enclosing = nullptr;  ///< of the node within whose `in` this one is written
  const Entity* self = nullptr;
  std::set<std::string> failed;  ///< ports already complained of
  bool composite = false;
};

/// What a name stands for after expansion.
struct Entity {
  enum class Kind {
    node,     ///< one node
    group,    ///< names within, and outputs that refer to them
    copies,   ///< of each, replicate or chain
    input,    ///< the input port of a composite, seen from within
    carried,  ///< what the copy before passes on in a chain
    failed    ///< something wrong, already reported
  };
  struct Output {
    std::string name;
    std::string type;  ///< promised by a composite, or empty
    bool list = false;
    TreePtr from;
  };
  Kind kind = Kind::failed;
  std::string path;
  Place place;
  const Usage* usage = nullptr;
  std::size_t node = 0;                                 ///< node: its draft
  const TypeInfo* type = nullptr;                       ///< node
  std::map<std::string, Entity*> inlined;               ///< node, composite: written inline, by port or port.1
  Scope* scope = nullptr;                               ///< group
  std::vector<Output> outputs;                          ///< group
  std::vector<std::pair<std::string, Entity*>> copies;  ///< copies: what stands in the path, and the copy
  std::vector<std::string> labels;                      ///< copies: what tells them apart in a list
  bool chain = false;                                   ///< copies
  const Ports* ports = nullptr;                         ///< input
  std::string port;                                     ///< input
  Connection connection;                                ///< carried
};

/// The outputs that a reference means.
struct Resolved {
  std::vector<Source> sources;
  std::vector<const PortInfo*> ports;  ///< of each source
  const TypeInfo* whole = nullptr;     ///< of a node that was named without one of its outputs
  bool list = false;
  bool absent = false;  ///< an optional port of a composite that is not connected
  bool failed = false;  ///< reported already
};

/// Follows references through scopes, groups and copies. Complaints name `path` and are located at the reference.
class Resolver {
 public:
  explicit Resolver(Problems& problems) : problems_(problems) {}

  Resolved connection(const Connection& connection, const std::string& path, const Usage* usage);
  Resolved reference(const Tree& reference, const Scope& scope, const std::string& path, const Usage* usage);
  /// What is connected to a port, be it by itself or, for a node written inline, as in the node around it. Null where
  /// nothing is.
  static const Connection* connected(const Ports& ports, const PortInfo& port);

 private:
  struct Walk {
    const Tree& reference;
    const std::vector<std::string>& parts;
    const std::string& path;
    const Usage* usage;
  };
  Resolved walk(const Entity& entity, const Walk& walk, std::size_t next);
  Resolved walk_node(const Entity& entity, const Walk& walk, std::size_t next);
  Resolved walk_group(const Entity& entity, const Walk& walk, std::size_t next);
  Resolved walk_copies(const Entity& entity, const Walk& walk, std::size_t next);
  Resolved walk_input(const Entity& entity, const Walk& walk, std::size_t next);
  Resolved fail(const Walk& walk, const std::string& message);

  Problems& problems_;
  int depth_ = 0;
  std::size_t followed_ = 0;
};

}  // namespace harmonium::pipeline
