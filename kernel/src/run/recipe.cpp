#include "run/recipe.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "harmonium/errors.hpp"
#include "plugin/registry.hpp"
#include "run/hash.hpp"

namespace harmonium::run {
namespace {

using nlohmann::json;
using pipeline::GraphNode;

/// Calls each(type) for the types of all values in a parameter, those within values included.
template <class Each>
void for_each_value(const json& value, Each&& each) {
  if (value.is_object() && value.contains("use") && value["use"].is_string())
    if (const TypeInfo* type = Registry::instance().find(value["use"])) each(*type);
  if (value.is_structured())
    for (const json& part : value) for_each_value(part, each);
}
template <class Each>
void for_each_value(const Setting& setting, Each&& each) {
  if (const auto* value = std::get_if<ErasedValue>(&setting)) {
    // A value without parameters may be written as its bare name.
    if (const TypeInfo* type = Registry::instance().find(value->type)) each(*type);
    for_each_value(json::parse(value->recipe, nullptr, false), each);
  }
  if (const auto* list = std::get_if<std::vector<Setting>>(&setting))
    for (const Setting& item : *list) for_each_value(item, each);
}

std::string build_of(const TypeInfo& type) {
  const Registry::Plugin* plugin = Registry::instance().plugin_of(type);
  return plugin ? plugin->build() : "";
}

bool build_counts(const TypeInfo& type) {
  const Registry::Plugin* plugin = Registry::instance().plugin_of(type);
  return plugin && !plugin->shipped;
}

/// What parameters add to a recipe: themselves, with the content of files in place of their paths.
class Contents {
 public:
  Contents(FileHashes& files, std::map<std::string, std::string>& found) : files_(files), found_(found) {}

  /// `given` is the parameter's canonical text; paths are taken from the setting, since JSON has only UTF-8.
  json of(const json& given, const Setting& setting, const std::string& name) {
    if (const auto* file = std::get_if<FilePath>(&setting)) return content(file->path, name);
    if (const auto* list = std::get_if<std::vector<Setting>>(&setting); list && given.is_array()) {
      json items = json::array();
      for (std::size_t i = 0; i < std::min(list->size(), given.size()); ++i)
        items.push_back(of(given[i], (*list)[i], name));
      return items;
    }
    return of_value(given, name);
  }

 private:
  json content(const std::string& path, const std::string& name) {
    if (path.empty()) return path;
    const std::string hash = files_.of(path);
    found_[name] += hash;
    return {{"content", hash}};
  }

  /// Values may have files among their own parameters.
  json of_value(const json& value, const std::string& name) {
    if (value.is_array()) {
      json items = json::array();
      for (const json& item : value) items.push_back(of_value(item, name));
      return items;
    }
    if (!value.is_object() || !value.contains("use") || !value.contains("with")) return value;
    const TypeInfo* type = Registry::instance().find(value["use"]);
    if (!type) return value;
    json result = value;
    for (const ParameterInfo& parameter : type->parameters) {
      if (!result["with"].contains(parameter.name)) continue;
      json& part = result["with"][parameter.name];
      const std::string path = name + "." + parameter.name;
      part = parameter.kind == SettingKind::file && part.is_string() ? content(part, path) : of_value(part, path);
    }
    return result;
  }

  FileHashes& files_;
  std::map<std::string, std::string>& found_;
};

double number(const Setting& setting) {
  if (const auto* integer = std::get_if<std::int64_t>(&setting)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&setting)) return *real;
  throw Error(Exit::internal, "a parameter that extends a run must be a number");
}

Recipe recipe_of(const GraphNode& node, const std::vector<Recipe>& before, FileHashes& files) {
  const TypeInfo& type = *node.type;
  Recipe recipe;
  json& all = recipe.json;
  all["type"] = type.name;
  all["version"] = type.version;
  all["with"] = json::object();
  Contents contents(files, recipe.files);
  for (const ParameterInfo& parameter : type.parameters)
    if (const auto given = node.given.find(parameter.name); given != node.given.end())
      all["with"][parameter.name] =
          contents.of(json::parse(given->second), node.settings.at(parameter.name), parameter.name);
  all["inputs"] = json::object();
  for (const auto& [port, sources] : node.inputs)
    for (const pipeline::Source& source : sources)
      all["inputs"][port].push_back({before[source.node].key, source.port});
  if (type.random) {
    all["seed"] = node.seed;
    all["replicate"] = node.replicate;
  }
  const auto add_type = [&](const TypeInfo& used) {
    if (build_counts(used))
      if (const std::string build = build_of(used); !build.empty()) all["builds"][used.name] = build;
    // Only what differs from the first version: a value that becomes a new parameter's default changes no key.
    if (used.kind == TypeInfo::Kind::value && used.version != 1) all["values"][used.name] = used.version;
  };
  add_type(type);
  for (const auto& [name, setting] : node.settings) for_each_value(setting, add_type);

  json family = all;
  for (const ParameterInfo& parameter : type.parameters) {
    if (!parameter.extends) continue;
    family["with"].erase(parameter.name);
    const auto setting = node.settings.find(parameter.name);
    recipe.extent[parameter.name] = number(setting == node.settings.end() ? parameter.standard : setting->second);
  }
  recipe.key = hash128(all.dump());
  recipe.family = hash128(family.dump());
  family.erase("builds");
  recipe.chance = family.dump();
  return recipe;
}

}  // namespace

std::vector<Recipe> recipes(const pipeline::Graph& graph, FileHashes& files) {
  std::vector<Recipe> all;
  all.reserve(graph.nodes.size());
  for (const GraphNode& node : graph.nodes) try {
      all.push_back(recipe_of(node, all, files));
    } catch (const BadData& error) {
      const pipeline::Diagnostic place{node.location, "nodes." + node.path, error.what(), error.status()};
      throw BadData(place.text());
    }
  return all;
}

std::map<std::string, std::string> builds(const GraphNode& node) {
  std::map<std::string, std::string> found;
  const auto add = [&](const TypeInfo& type) {
    if (std::string build = build_of(type); !build.empty())
      found[std::filesystem::path(type.plugin).filename().string()] = std::move(build);
  };
  add(*node.type);
  for (const auto& [name, setting] : node.settings) for_each_value(setting, add);
  return found;
}

}  // namespace harmonium::run
