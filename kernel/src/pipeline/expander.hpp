#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/expand.hpp"

namespace harmonium::pipeline {

/// Walks over the bodies of nodes and makes entities and drafts of them. Its functions lie in expand.cpp (what every
/// body has in common, nodes, groups), copies.cpp (each, replicate, chain) and connect.cpp (`in`), composite bodies in
/// expand_composite.cpp.
class Expander {
 public:
  Expander(SettingOverrides& overrides, Expansion& expansion, Problems& problems)
      : overrides_(overrides), expansion_(expansion), problems_(problems) {}

  /// What surrounds a body.
  struct Context {
    Scope* scope = nullptr;
    const Environment* variables = nullptr;
    std::uint64_t seed = 0;
    std::uint64_t replicate = 1;
    const Usage* usage = nullptr;
    const Ports* enclosing = nullptr;  ///< of a body written inline
  };

  /// Every entry of a map of nodes; `prefix` is the path of what holds them, or empty.
  void nodes(const Tree& map, const std::string& prefix, const Context& context);

 private:
  /// One value of a variable of `each`.
  struct Value {
    TreePtr tree;
    std::string label;
  };
  struct Variable {
    std::string name;
    Place place;
    std::vector<Value> values;
    bool used = false;
  };

  // expand.cpp
  Entity* body(const TreePtr& body, const Place& place, const std::string& path, const Context& context);
  Entity* single(const TreePtr& body, const Place& place, const std::string& path, const Context& context,
                 const std::vector<Variable>& own);
  Entity* group(const Tree& body, const Place& place, const std::string& path, const Context& context);
  Entity* used_type(const Tree& body, const Place& place, const std::string& path, const Context& context,
                    const std::vector<Variable>& own);
  Entity* node(const TypeInfo& type, const Tree& body, const TreePtr& with, const Place& place, const std::string& path,
               const Context& context);
  void outputs(const Tree& body, Entity& group, const Context& context);
  TreePtr parameters(const TypeInfo* type, const std::vector<std::string>& names, const Tree& body, TreePtr with,
                     const std::string& path, const Context& context, const std::vector<Variable>& own);
  bool known_keys(const Tree& body, const std::string& path, const Context& context);

  // copies.cpp
  std::vector<Variable> variables(const Tree& body, const std::string& path, const Context& context, bool& fine);
  Entity* copies(const TreePtr& body, const Place& place, const std::string& path, const Context& context,
                 std::vector<Variable>& variables);
  Entity* chain(const Tree& body, const Tree& chain, const Place& place, const std::string& path,
                const Context& context);
  std::optional<std::int64_t> count(const Tree& tree, const std::string& path, const Context& context);

  // expand_composite.cpp
  Entity* composite(const TypeInfo& type, const Tree& body, const TreePtr& with, const Place& place,
                    const std::string& path, const Context& context);
  const Composite* definition(const TypeInfo& type);
  bool bind(const std::vector<Composite::Parameter>& parameters, const TreePtr& with, const Place& place,
            const std::string& path, const Context& context, Environment& variables);
  TreePtr fields(const Composite::Parameter& parameter, const TreePtr& list, const std::string& path,
                 const Context& context, const Environment& variables);

  // connect.cpp
  void connect(const Tree& body, const std::string& type, Entity& owner, Ports& ports, const Context& context);
  void port(const PortInfo& port, const TreePtr& tree, const Place& place, Entity& owner, Ports& ports,
            const Context& context);
  void item(const TreePtr& tree, const std::string& name, Connection& connection, Entity& owner, Ports& ports,
            const Context& context);

  Entity* failed(const std::string& path);
  Entity& entity(Entity::Kind kind, const Place& place, const std::string& path, const Context& context);
  Ports& ports(const std::vector<PortInfo>& inputs, const Entity& self, const Context& context);
  TreePtr replaced(const TreePtr& tree, const std::string& path, const Context& context);
  void wrong(const Place& place, const std::string& path, const std::string& message, const Context& context,
             Exit status = Exit::bad_pipeline) {
    problems_.node(place, path, message, context.usage, status);
  }

  SettingOverrides& overrides_;
  Expansion& expansion_;
  Problems& problems_;
  std::size_t expanded_ = 0;
  std::size_t replaced_ = 0;
};

/// Expansion goes no further than this.
struct ExpansionTooLarge {
  Place place;
  std::string path;
  std::string message;
};

}  // namespace harmonium::pipeline
