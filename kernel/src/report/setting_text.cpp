#include "report/setting_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

namespace harmonium::report {

namespace {

using Json = nlohmann::ordered_json;

/// Whether YAML reads a text back as itself without quotes, also inside [] and {}. Strict: who doubts, quotes.
bool is_plain(std::string_view text) {
  constexpr std::string_view inside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ";
  if (text.empty() || text.find_first_not_of(inside) != std::string_view::npos) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!(letter(text[0]) || (text[0] == '.' && text.size() > 1 && (text[1] == '.' || text[1] == '/')) ||
        text[0] == '/') ||
      text.back() == ' ')
    return false;
  for (std::string_view other : {"true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL"})
    if (text == other) return false;
  return true;
}

std::string quoted(const std::string& text) {
  return is_plain(text) ? text : Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string number(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
  return fmt::format("{}", value);
}

std::string noun_of(SettingKind kind, const ParameterInfo& parameter, bool plural) {
  const char* s = plural ? "s" : "";
  switch (kind) {
    case SettingKind::boolean:
      return plural ? "booleans" : "true or false";
    case SettingKind::integer:
      return fmt::format("whole number{}", s);
    case SettingKind::real:
      return fmt::format("number{}", s);
    case SettingKind::text:
      return fmt::format("text{}", s);
    case SettingKind::file:
      return fmt::format("{}{}", parameter.is_folder ? "folder" : "file", s);
    case SettingKind::value:
      if (!plural) return parameter.contract;
      if (parameter.contract.ends_with("y")) return parameter.contract.substr(0, parameter.contract.size() - 1) + "ies";
      return parameter.contract + "s";
    case SettingKind::list:
      break;
  }
  return plural ? "lists" : "list";
}

}  // namespace

std::string yaml_of(const Setting& setting) {
  if (const auto* boolean = std::get_if<bool>(&setting)) return *boolean ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&setting)) return fmt::format("{}", *integer);
  if (const auto* real = std::get_if<double>(&setting)) return number(*real);
  if (const auto* text = std::get_if<std::string>(&setting)) return quoted(*text);
  if (const auto* file = std::get_if<FilePath>(&setting)) return quoted(file->path);
  if (const auto* value = std::get_if<ErasedValue>(&setting)) return value->recipe;
  std::string list;
  for (const Setting& item : std::get<std::vector<Setting>>(setting))
    list += (list.empty() ? "" : ", ") + yaml_of(item);
  return "[" + list + "]";
}

Json json_of(const Setting& setting) {
  if (const auto* boolean = std::get_if<bool>(&setting)) return *boolean;
  if (const auto* integer = std::get_if<std::int64_t>(&setting)) return *integer;
  if (const auto* real = std::get_if<double>(&setting)) return std::isfinite(*real) ? Json(*real) : Json(number(*real));
  if (const auto* text = std::get_if<std::string>(&setting)) return *text;
  if (const auto* file = std::get_if<FilePath>(&setting)) return file->path;
  if (const auto* value = std::get_if<ErasedValue>(&setting)) {
    if (value->recipe.empty()) return nullptr;
    Json parsed = Json::parse(value->recipe, nullptr, false);
    return parsed.is_discarded() ? Json(value->recipe) : parsed;
  }
  Json list = Json::array();
  for (const Setting& item : std::get<std::vector<Setting>>(setting)) list.push_back(json_of(item));
  return list;
}

std::string kind_of(const ParameterInfo& parameter) {
  if (parameter.kind != SettingKind::list) return noun_of(parameter.kind, parameter, false);
  return "list of " + noun_of(parameter.element, parameter, true);
}

std::string range_of(const ParameterInfo& parameter) {
  if (!parameter.choices.empty()) return fmt::format("one of {}", fmt::join(parameter.choices, ", "));
  std::string range;
  if (std::isfinite(parameter.minimum))
    range = fmt::format("{} {}", parameter.above_minimum ? "above" : "at least", parameter.minimum);
  if (std::isfinite(parameter.maximum))
    range += fmt::format("{}{} {}", range.empty() ? "" : ", ", parameter.below_maximum ? "below" : "at most",
                         parameter.maximum);
  return range;
}

}  // namespace harmonium::report
