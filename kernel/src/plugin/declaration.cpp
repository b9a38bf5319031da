#include "plugin/declaration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace harmonium::plugin {

namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(std::string_view word, bool hyphens) {
  return !word.empty() && is_lower(word[0]) && std::all_of(word.begin(), word.end(), [&](char c) {
    return is_lower(c) || is_digit(c) || c == '_' || (hyphens && c == '-');
  });
}

/// Words joined by dots, two at least: what it is, and which one.
bool is_type_name(std::string_view name) {
  int words = 0;
  for (;;) {
    const auto dot = name.find('.');
    if (!is_word(name.substr(0, dot), true)) return false;
    ++words;
    if (dot == std::string_view::npos) return words >= 2;
    name.remove_prefix(dot + 1);
  }
}

class Faults {
 public:
  explicit Faults(const TypeInfo& type) : type_(type) {}

  std::vector<std::string> all() {
    if (!is_type_name(type_.name)) note("", "the name must be lower-case words joined by dots, as in \"trainer.cd\"");
    if (type_.version < 1) note("", fmt::format("the version must be at least 1, but is {}", type_.version));
    if (type_.kind == TypeInfo::Kind::composite) {
      if (type_.text.empty()) note("", "a composite needs pipeline text");
    } else {
      if (type_.says.empty()) note("", "it says nothing about itself: give it a sentence with says()");
      if (type_.kind == TypeInfo::Kind::value && type_.contract.empty()) note("", "its contract has no kind");
    }
    parameters();
    ports("input", type_.inputs);
    ports("output", type_.outputs);
    if (!type_.from_number.empty()) from_number();
    return std::move(faults_);
  }

 private:
  void note(const std::string& where, const std::string& what) {
    faults_.push_back(fmt::format("type '{}'{}: {}", type_.name, where, what));
  }

  void parameters() {
    std::set<std::string> names;
    for (const ParameterInfo& parameter : type_.parameters) {
      where_ = fmt::format(", parameter '{}'", parameter.name);
      if (!is_word(parameter.name, false)) note(where_, "the name must be lower-case letters, digits and '_'");
      if (!names.insert(parameter.name).second) note(where_, "it is declared twice");
      if (parameter.says.empty()) note(where_, "it says nothing about itself: give it a sentence with says()");
      limits(parameter);
      if (!parameter.required) standard(parameter, parameter.standard);
    }
  }

  void limits(const ParameterInfo& parameter) {
    const bool number = parameter.element == SettingKind::integer || parameter.element == SettingKind::real ||
                        parameter.range != nullptr;
    const bool bounded = parameter.minimum > -std::numeric_limits<double>::infinity() ||
                         parameter.maximum < std::numeric_limits<double>::infinity();
    if (bounded && !number) note(where_, "a range is only for numbers and for values that have one");
    const bool open = parameter.above_minimum || parameter.below_maximum;
    // Written so that a nan is a fault too.
    if (!(parameter.minimum < parameter.maximum || (parameter.minimum == parameter.maximum && !open)))
      note(where_, fmt::format("no number is in its range, {} to {}", parameter.minimum, parameter.maximum));
    if (!parameter.choices.empty() && parameter.element != SettingKind::text)
      note(where_, "choices are only for texts");
    if (parameter.is_folder && parameter.element != SettingKind::file) note(where_, "folder() is only for a FilePath");
    if (parameter.extends && parameter.kind != SettingKind::integer && parameter.kind != SettingKind::real)
      note(where_, "extends() is only for numbers");
    if (parameter.element == SettingKind::value && parameter.contract.empty())
      note(where_, "the contract of its value has no kind");
  }

  void standard(const ParameterInfo& parameter, const Setting& value) {
    if (const auto* list = std::get_if<std::vector<Setting>>(&value))
      for (const Setting& item : *list) standard(parameter, item);
    else if (const auto* integer = std::get_if<std::int64_t>(&value))
      in_range(parameter, static_cast<double>(*integer));
    else if (const auto* real = std::get_if<double>(&value))
      in_range(parameter, *real);
    else if (const auto* text = std::get_if<std::string>(&value)) {
      const auto& choices = parameter.choices;
      if (!choices.empty() && std::find(choices.begin(), choices.end(), *text) == choices.end())
        note(where_, fmt::format("its default '{}' is none of its choices", *text));
    }
  }

  void in_range(const ParameterInfo& parameter, double value) {
    if (value < parameter.minimum || (parameter.above_minimum && value == parameter.minimum))
      note(where_, fmt::format("its default {} is not {} {}", value, parameter.above_minimum ? "above" : "at least",
                               parameter.minimum));
    else if (value > parameter.maximum || (parameter.below_maximum && value == parameter.maximum))
      note(where_, fmt::format("its default {} is not {} {}", value, parameter.below_maximum ? "below" : "at most",
                               parameter.maximum));
  }

  void ports(const char* side, const std::vector<PortInfo>& ports) {
    std::set<std::string> names;
    for (const PortInfo& port : ports) {
      const std::string where = fmt::format(", {} '{}'", side, port.name);
      if (!is_word(port.name, false)) note(where, "the name must be lower-case letters, digits and '_'");
      if (!names.insert(port.name).second) note(where, "it is declared twice");
      if (port.type.empty()) note(where, "it has no type");
      if (port.says.empty()) note(where, "it says nothing about itself");
      if (&ports == &type_.outputs && type_.one_step && !type_.view && !port.visit)
        note(where,
             fmt::format("values of type '{}' cannot be stored as they are: declare the node view(), or give it a "
                         "state whose finish() makes them",
                         port.type));
    }
  }

  void from_number() {
    const auto named = std::find_if(type_.parameters.begin(), type_.parameters.end(),
                                    [&](const ParameterInfo& p) { return p.name == type_.from_number; });
    if (named == type_.parameters.end())
      note("", fmt::format("from_number() names '{}', which is none of its parameters", type_.from_number));
    else if (named->kind != SettingKind::integer && named->kind != SettingKind::real)
      note("", fmt::format("from_number() names '{}', which is not a number", type_.from_number));
  }

  const TypeInfo& type_;
  std::string where_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> faults(const TypeInfo& type) { return Faults(type).all(); }

}  // namespace harmonium::plugin
