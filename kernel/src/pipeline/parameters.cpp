// How parameters are read: kinds, ranges, defaults, and what of them is not default.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pipeline/scalars.hpp"
#include "pipeline/suggest.hpp"
#include "pipeline/text.hpp"
#include "pipeline/values.hpp"

namespace harmonium::pipeline {
namespace {

using nlohmann::json;

json to_json(const Setting& setting) {
  return std::visit(
      [](const auto& value) -> json {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, FilePath>) {
          return value.path;
        } else if constexpr (std::is_same_v<T, ErasedValue>) {
          return value.recipe.empty() ? json() : json::parse(value.recipe);
        } else if constexpr (std::is_same_v<T, std::vector<Setting>>) {
          json list = json::array();
          for (const Setting& item : value) list.push_back(to_json(item));
          return list;
        } else {
          return value;
        }
      },
      static_cast<const Setting::variant&>(setting));
}

/// File names need not be UTF-8.
std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::vector<std::string> names_of(const TypeInfo& type) {
  std::vector<std::string> names;
  for (const ParameterInfo& parameter : type.parameters) names.push_back(parameter.name);
  return names;
}

/// Where a number breaks its range: "at least 1 is required, got 0 (Gibbs sweeps)"; empty where it does not.
std::string out_of_range(const ParameterInfo& parameter, double value, const std::string& written) {
  std::string bound;
  if (parameter.above_minimum ? value <= parameter.minimum : value < parameter.minimum)
    bound = fmt::format("{} {}", parameter.above_minimum ? "more than" : "at least", parameter.minimum);
  else if (parameter.below_maximum ? value >= parameter.maximum : value > parameter.maximum)
    bound = fmt::format("{} {}", parameter.below_maximum ? "less than" : "at most", parameter.maximum);
  else
    return "";
  return fmt::format("{} is required, got {}{}", bound, written,
                     parameter.unit.empty() ? "" : " (" + parameter.unit + ")");
}

}  // namespace

std::optional<std::map<std::string, Setting>> SettingReader::settings(const TypeInfo& type, const TreePtr& with,
                                                                      const Place& place, const std::string& path) {
  const std::string prefix = path.empty() ? "with." : path + ".with.";
  bool fine = true;
  std::vector<std::string> meant;  // misspelt, hence not missing as well
  if (with) {
    const std::vector<std::string> names = names_of(type);
    for (const Tree::Entry& entry : with->entries) {
      if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
      wrong(entry.place, prefix + entry.key,
            "unknown parameter" +
                (names.empty() ? fmt::format("; {} has none", type.name) : suggestion(entry.key, names)));
      if (const std::string* near = nearest(entry.key, names)) meant.push_back(*near);
      fine = false;
    }
  }
  std::map<std::string, Setting> settings;
  for (const ParameterInfo& parameter : type.parameters) {
    const Tree::Entry* entry = with ? with->find(parameter.name) : nullptr;
    std::optional<Setting> value;
    if (entry)
      value = setting(parameter, *entry->value, prefix + parameter.name);
    else if (!parameter.required)
      value = standard(parameter, place, prefix + parameter.name);
    else if (std::find(meant.begin(), meant.end(), parameter.name) == meant.end())
      wrong(place, prefix + parameter.name,
            "must be given" + (parameter.says.empty() ? "" : " (" + parameter.says + ")"));
    if (value)
      settings.emplace(parameter.name, std::move(*value));
    else
      fine = false;
  }
  return fine ? std::optional(std::move(settings)) : std::nullopt;
}

std::optional<Setting> SettingReader::setting(const ParameterInfo& parameter, const Tree& tree,
                                              const std::string& path) {
  if (parameter.kind != SettingKind::list) return element(parameter, parameter.kind, tree, path);
  if (!tree.is_list()) {
    wrong(tree.place, path, "a list is expected, got " + describe(tree));
    return {};
  }
  std::vector<Setting> items;
  bool fine = true;
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    auto item = element(parameter, parameter.element, *tree.items[i], fmt::format("{}.{}", path, i + 1));
    if (item)
      items.push_back(std::move(*item));
    else
      fine = false;
  }
  return fine ? std::optional<Setting>(std::move(items)) : std::nullopt;
}

std::optional<Setting> SettingReader::element(const ParameterInfo& parameter, SettingKind kind, const Tree& tree,
                                              const std::string& path) {
  switch (kind) {
    case SettingKind::boolean:
      if (const auto value = as_boolean(tree)) return Setting(*value);
      wrong(tree.place, path, "true or false is expected, got " + describe(tree));
      return {};
    case SettingKind::integer:
    case SettingKind::real:
      return number(parameter, kind, tree, path);
    case SettingKind::text:
      return text(parameter, tree, path);
    case SettingKind::file:
      if (tree.is_scalar() && !tree.text.empty() && !is_null(tree)) return file(parameter, tree.text, tree.place, path);
      wrong(
          tree.place, path,
          fmt::format("the path of a {} is expected, got {}", parameter.is_folder ? "folder" : "file", describe(tree)));
      return {};
    case SettingKind::value: {
      auto made_value = value(parameter.contract, tree, path);
      if (!made_value) return {};
      const auto* usual = std::get_if<ErasedValue>(&parameter.standard);
      if (!made_value->object && (parameter.required || !usual || !usual->recipe.empty())) {
        wrong(tree.place, path, with_article(parameter.contract) + " is required, got " + describe(tree));
        return {};
      }
      if (parameter.range && made_value->object) {
        Range range;
        try {
          range = parameter.range(made_value->object.get());
        } catch (const BadPipeline& error) {
          wrong(tree.place, path, error.what());
          return {};
        }
        for (const double reached : {range.least, range.greatest}) {
          const std::string written =
              tree.is_scalar() ? tree.text
                               : fmt::format("{} that reaches {}", with_article(parameter.contract), reached);
          if (const std::string message = out_of_range(parameter, reached, written); !message.empty()) {
            wrong(tree.place, path, message);
            return {};
          }
        }
      }
      return Setting(std::move(*made_value));
    }
    case SettingKind::list:
      break;
  }
  wrong(tree.place, path, "lists of lists are not supported");
  return {};
}

std::optional<Setting> SettingReader::number(const ParameterInfo& parameter, SettingKind kind, const Tree& tree,
                                             const std::string& path) {
  std::optional<Setting> result;
  double value = 0;
  if (kind == SettingKind::integer) {
    const auto integer = as_integer(tree);
    if (!integer) {
      const bool huge = as_real(tree) && tree.text.find_first_not_of("+-0123456789") == std::string::npos;
      wrong(tree.place, path,
            huge ? tree.text + " does not fit into 64 bits" : "an integer is expected, got " + describe(tree));
      return {};
    }
    value = static_cast<double>(*integer);
    result = Setting(*integer);
  } else {
    const auto real = as_real(tree);
    if (!real || !std::isfinite(*real)) {
      wrong(tree.place, path,
            (real ? "a finite number is expected, got " : "a number is expected, got ") + describe(tree));
      return {};
    }
    value = *real + 0.0;  // -0 is 0, so that equal parameters have equal texts
    result = Setting(value);
  }
  if (const std::string message = out_of_range(parameter, value, tree.text); !message.empty()) {
    wrong(tree.place, path, message);
    return {};
  }
  return result;
}

std::optional<Setting> SettingReader::text(const ParameterInfo& parameter, const Tree& tree, const std::string& path) {
  if (!tree.is_scalar() || is_null(tree)) {
    wrong(tree.place, path, "text is expected, got " + describe(tree));
    return {};
  }
  const auto& choices = parameter.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), tree.text) == choices.end()) {
    wrong(tree.place, path,
          fmt::format("one of {} is expected, got '{}'{}", listed(choices), tree.text,
                      suggestion(tree.text, choices).starts_with("; did") ? suggestion(tree.text, choices) : ""));
    return {};
  }
  return Setting(tree.text);
}

std::optional<Setting> SettingReader::file(const ParameterInfo& parameter, const std::string& name, const Place& place,
                                           const std::string& path) {
  std::filesystem::path full = (folder_ / name).lexically_normal();
  if (full.is_relative()) full = std::filesystem::absolute(full).lexically_normal();
  std::error_code error;
  const auto status = std::filesystem::status(full, error);
  const bool folder = std::filesystem::is_directory(status);
  if (!std::filesystem::exists(status)) {
    wrong(place, path, fmt::format("there is no {} '{}'", parameter.is_folder ? "folder" : "file", full.string()));
    return {};
  }
  if (folder != parameter.is_folder) {
    wrong(place, path,
          fmt::format("'{}' is a {}, a {} is expected", full.string(), folder ? "folder" : "file",
                      folder ? "file" : "folder"));
    return {};
  }
  if (!folder && !std::filesystem::is_regular_file(status)) {
    wrong(place, path, fmt::format("'{}' is no regular file", full.string()));
    return {};
  }
  return Setting(FilePath{full.string()});
}

std::optional<Setting> SettingReader::standard(const ParameterInfo& parameter, const Place& place,
                                               const std::string& path) {
  const auto known = standards_.find(&parameter);
  if (known != standards_.end()) return known->second;
  auto usual = made(parameter, parameter.standard, place, path);
  if (usual) standards_.emplace(&parameter, *usual);
  return usual;
}

std::optional<Setting> SettingReader::made(const ParameterInfo& parameter, const Setting& standard, const Place& place,
                                           const std::string& path) {
  if (const auto* list = std::get_if<std::vector<Setting>>(&standard)) {
    std::vector<Setting> items;
    for (const Setting& item : *list) {
      auto usual = made(parameter, item, place, path);
      if (!usual) return {};
      items.push_back(std::move(*usual));
    }
    return Setting(std::move(items));
  }
  if (const auto* path_of_file = std::get_if<FilePath>(&standard)) {
    if (path_of_file->path.empty()) return standard;
    return file(parameter, path_of_file->path, place, path);
  }
  const auto* erased = std::get_if<ErasedValue>(&standard);
  if (!erased || erased->recipe.empty()) return standard;
  const Parsed parsed = parse(erased->recipe, "");
  if (!parsed.root) {
    wrong(place, path, fmt::format("the default '{}' cannot be read", erased->recipe));
    return {};
  }
  Complain outer = std::move(complain_);
  complain_ = [&](const Place&, const std::string& inner, const std::string& message, Exit status) {
    outer(place, inner, message + " (this is the default)", status);
  };
  auto usual = value(parameter.contract, *parsed.root, path);
  complain_ = std::move(outer);
  return usual ? std::optional<Setting>(std::move(*usual)) : std::nullopt;
}

std::map<std::string, std::string> SettingReader::given(const TypeInfo& type,
                                                        const std::map<std::string, Setting>& settings) {
  std::map<std::string, std::string> given;
  for (const ParameterInfo& parameter : type.parameters) {
    const Setting& value = settings.at(parameter.name);
    std::string text = dumped(to_json(value));
    if (!parameter.required) {
      auto known = standard_texts_.find(&parameter);
      if (known == standard_texts_.end()) {
        const auto usual = standards_.find(&parameter);
        // Only values need to be made to be compared; one that cannot be made is nobody's default.
        std::string usual_text;
        if (usual != standards_.end()) {
          usual_text = dumped(to_json(usual->second));
        } else {
          Complain outer = std::move(complain_);
          complain_ = [](const Place&, const std::string&, const std::string&, Exit) {};
          if (const auto made_default = standard(parameter, {}, "")) usual_text = dumped(to_json(*made_default));
          complain_ = std::move(outer);
        }
        known = standard_texts_.emplace(&parameter, std::move(usual_text)).first;
      }
      if (known->second == text) continue;
    }
    given.emplace(parameter.name, std::move(text));
  }
  return given;
}

}  // namespace harmonium::pipeline
