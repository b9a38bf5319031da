#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

/// The names that `$name` may stand for, innermost first: variables of `each` and `chain`, parameters.
class Environment {
 public:
  explicit Environment(const Environment* outer = nullptr) : outer_(outer) {}
  void bind(std::string name, TreePtr value) { bindings_.push_back({std::move(name), std::move(value), false}); }
  /// The value, or null. What is found counts as used.
  const TreePtr* find(const std::string& name) const;
  bool used(const std::string& name) const;
  void use(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  struct Binding {
    std::string name;
    TreePtr value;
    mutable bool used;
  };
  const Environment* outer_;
  std::vector<Binding> bindings_;
};

using Report = std::function<void(const Place&, const std::string&)>;

/// `tree` with every variable replaced. A scalar that is `$name`, `$name.part` or `${name}` and nothing else becomes
/// the value; `${name}` within a longer text becomes its text; `$$` at the beginning and before `{` is a dollar. An
/// entry of a map, or an item of a list, that is a variable without a value (null) is left out. Unknown names are
/// reported and become null.
TreePtr substitute(const TreePtr& tree, const Environment& variables, const Report& report);

}  // namespace harmonium::pipeline
