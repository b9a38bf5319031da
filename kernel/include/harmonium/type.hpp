#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/setting.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

class Visitor;
class NodeWork;

/// Everything the kernel knows of a registered type. Plugin authors do not fill this in by hand: NodeType and ValueType
/// do, from one declaration. Validation, `inspect`, the JSON schema, the reference pages and the store key read it.
struct ParameterInfo {
  std::string name;
  std::string says;
  std::string unit;
  std::string cites;
  SettingKind kind = SettingKind::real;
  SettingKind element = SettingKind::real;  ///< of a list
  std::string contract;                     ///< of a value: its kind, "update rule"
  Setting standard;                         ///< the default
  bool required = false;
  bool extends = false;    ///< raising it goes on from a finished result instead of starting again
  bool is_folder = false;  ///< of a file: a folder is expected
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool above_minimum = false;  ///< the minimum itself is excluded
  bool below_maximum = false;
  std::vector<std::string> choices;  ///< of a text: what it may be
  std::string example;               ///< as it stands in a pipeline file
  /// Of a value that stands for numbers: which. They are held to `minimum` and `maximum`.
  Range (*range)(const void* contract) = nullptr;
  std::function<void(void* object, const Setting& value)> set;
};

struct PortInfo {
  std::string name;
  std::string type;  ///< T::port_type
  std::string says;
  bool optional = false;
  bool list = false;  ///< takes any number of outputs
  /// Of an output that can be written down: makes an empty one, and visits one.
  std::function<std::shared_ptr<void>()> make;
  std::function<void(void* object, Visitor& visitor)> visit;
};

struct TypeInfo {
  enum class Kind : std::uint8_t { node, value, composite };
  Kind kind = Kind::node;
  std::string name;
  std::string contract;  ///< of a value: its kind
  std::string says;
  std::string cites;
  /// Rises when the same inputs and parameters give other results.
  int version = 1;
  /// Draws random numbers, so the seed is part of its key.
  bool random = false;
  /// Nothing is stored: what it makes is computed when it is needed.
  bool view = false;
  /// Of a node: it works in one step, and its outputs are what is stored.
  bool one_step = false;
  std::vector<ParameterInfo> parameters;
  std::vector<PortInfo> inputs, outputs;
  /// Of a value: the parameter that a bare number stands for.
  std::string from_number;
  /// Of a value: whether a map without `use` stands for its parameters.
  bool from_map = false;
  /// Of a node: an object with default parameters. Of a value: likewise, and `as_contract` points to its contract.
  std::function<std::shared_ptr<void>()> make;
  std::function<std::shared_ptr<const void>(std::shared_ptr<void>)> as_contract;
  std::function<std::shared_ptr<const NodeWork>(std::shared_ptr<void>)> as_node;
  /// Of a composite: pipeline text.
  std::string text;
  /// The library that registered it; filled in by the kernel.
  std::string plugin;
};

/// Goes on describing the parameter just declared.
class ParameterDeclaration {
 public:
  explicit ParameterDeclaration(ParameterInfo& info) : info_(info) {}
  /// One sentence.
  ParameterDeclaration& says(std::string sentence) {
    info_.says = std::move(sentence);
    return *this;
  }
  ParameterDeclaration& unit(std::string name) {
    info_.unit = std::move(name);
    return *this;
  }
  ParameterDeclaration& cites(std::string source) {
    info_.cites = std::move(source);
    return *this;
  }
  ParameterDeclaration& at_least(double bound) {
    info_.minimum = bound;
    return *this;
  }
  ParameterDeclaration& at_most(double bound) {
    info_.maximum = bound;
    return *this;
  }
  ParameterDeclaration& above(double bound) {
    info_.minimum = bound;
    info_.above_minimum = true;
    return *this;
  }
  ParameterDeclaration& below(double bound) {
    info_.maximum = bound;
    info_.below_maximum = true;
    return *this;
  }
  ParameterDeclaration& one_of(std::vector<std::string> names) {
    info_.choices = std::move(names);
    return *this;
  }
  /// What a pipeline file might say, for the snippet of a type whose default stands for nothing given.
  ParameterDeclaration& example(std::string text) {
    info_.example = std::move(text);
    return *this;
  }
  /// It must be given.
  ParameterDeclaration& required() {
    info_.required = true;
    return *this;
  }
  /// Raising it goes on from a finished result (epochs).
  ParameterDeclaration& extends() {
    info_.extends = true;
    return *this;
  }
  ParameterDeclaration& folder() {
    info_.is_folder = true;
    return *this;
  }

 private:
  ParameterInfo& info_;
};

/// What NodeType and ValueType have in common.
template <class Self, class T>
class TypeDeclaration {
 public:
  TypeDeclaration(TypeInfo& info, const T& standard) : info_(info), standard_(standard) {}

  /// One sentence, or a few.
  Self& says(std::string sentence) {
    info_.says = std::move(sentence);
    return self();
  }
  /// Author and year.
  Self& cites(std::string source) {
    info_.cites = std::move(source);
    return self();
  }
  /// Raise it when results change.
  Self& version(int number) {
    info_.version = number;
    return self();
  }

  /// A parameter; its default is the member's value in a T made without arguments. `Owner` is T or a base of it.
  template <class Owner, class Member>
  ParameterDeclaration parameter(std::string name, Member Owner::*member) {
    using Of = SettingOf<Member>;
    ParameterInfo parameter;
    parameter.name = std::move(name);
    parameter.kind = Of::kind;
    parameter.element = Of::element;
    parameter.contract = Of::contract();
    if constexpr (requires { Of::range(nullptr); }) parameter.range = Of::range;
    parameter.standard = Of::get(standard_.*member);
    parameter.set = [member](void* object, const Setting& value) { Of::set(static_cast<T*>(object)->*member, value); };
    info_.parameters.push_back(std::move(parameter));
    return ParameterDeclaration(info_.parameters.back());
  }

 protected:
  Self& self() { return static_cast<Self&>(*this); }
  TypeInfo& info_;

 private:
  const T& standard_;
};

/// The declaration of a value type T, which derives from its contract and has a static describe(ValueType<T>&).
template <class T>
class ValueType : public TypeDeclaration<ValueType<T>, T> {
 public:
  using TypeDeclaration<ValueType<T>, T>::TypeDeclaration;
  /// Where this kind of value is expected a bare number is taken for this type with that parameter.
  ValueType& from_number(std::string parameter) {
    this->info_.from_number = std::move(parameter);
    return *this;
  }
  /// Where this kind of value is expected a map without `use` is taken for the parameters of this type.
  ValueType& from_map() {
    this->info_.from_map = true;
    return *this;
  }
};

template <class T>
TypeInfo describe_value(std::string name) {
  using Contract = typename T::Contract;
  TypeInfo info;
  info.kind = TypeInfo::Kind::value;
  info.name = std::move(name);
  info.contract = Contract::kind;
  info.make = [] { return std::make_shared<T>(); };
  info.as_contract = [](std::shared_ptr<void> object) -> std::shared_ptr<const void> {
    std::shared_ptr<const Contract> contract = std::static_pointer_cast<T>(std::move(object));
    return contract;
  };
  const T standard{};
  ValueType<T> type(info, standard);
  T::describe(type);
  return info;
}

}  // namespace harmonium
