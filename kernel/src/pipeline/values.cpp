#include "pipeline/values.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "harmonium/registry.hpp"
#include "pipeline/scalars.hpp"
#include "pipeline/suggest.hpp"
#include "pipeline/text.hpp"
#include "plugin/registry.hpp"

namespace harmonium::pipeline {
namespace {

using nlohmann::json;

/// The type of a contract of which that holds, or null.
template <class Holds>
const TypeInfo* type_for(const std::string& contract, Holds&& holds) {
  for (const auto& [name, type] : Registry::instance().types())
    if (type.kind == TypeInfo::Kind::value && type.contract == contract && holds(type)) return &type;
  return nullptr;
}

std::string recipe_of(const TypeInfo& type, const std::map<std::string, std::string>& given) {
  json recipe{{"use", type.name}, {"version", type.version}};
  for (const auto& [name, text] : given) recipe["with"][name] = json::parse(text);
  return recipe.dump();
}

}  // namespace

void unfold_use(TreePtr& use, TreePtr& with) {
  while (use && use->is_map()) {
    const Tree::Entry* inner = use->find("use");
    if (!inner) return;
    for (const Tree::Entry& entry : use->entries)
      if (entry.key != "use" && entry.key != "with") return;
    if (const Tree::Entry* over = use->find("with"); over && over->value->is_map()) with = merged(with, over->value);
    use = inner->value;
  }
}

std::pair<std::string, Exit> unknown_type(const std::string& name, const std::string& contract) {
  const Registry& registry = Registry::instance();
  std::vector<std::string> known;
  for (const auto& [other, type] : registry.types())
    if (contract.empty() ? type.kind != TypeInfo::Kind::value
                         : type.kind == TypeInfo::Kind::value && type.contract == contract)
      known.push_back(other);
  std::string message = fmt::format("no plugin offers '{}'{}", name, suggestion(name, known));
  if (nearest(name, known)) return {message, Exit::bad_pipeline};
  // It may be a type of a plugin that failed.
  std::vector<std::string> failed;
  for (const Registry::Plugin& plugin : registry.plugins())
    if (!plugin.loaded) failed.push_back(fmt::format("{} ({})", plugin.file.filename().string(), plugin.problem));
  if (failed.empty()) return {message, Exit::bad_pipeline};
  constexpr std::size_t most = 2;
  const std::size_t more = failed.size() > most ? failed.size() - most : 0;
  failed.resize(failed.size() - more);
  message += fmt::format("; plugins that could not be loaded: {}", fmt::join(failed, ", "));
  if (more > 0) message += fmt::format(" and {} more", more);
  return {message + "; `harmonium plugins` tells more", Exit::plugin_missing};
}

std::optional<ErasedValue> SettingReader::value(const std::string& contract, const Tree& tree,
                                                const std::string& path) {
  if (is_null(tree) || (tree.is_scalar() && !tree.quoted && tree.text == "none")) return ErasedValue{};
  if (tree.is_scalar()) {
    if (const auto number = as_real(tree)) {
      const TypeInfo* type = type_for(contract, [](const TypeInfo& one) { return !one.from_number.empty(); });
      if (!type) {
        wrong(tree.place, path, fmt::format("{} is expected, got the number {}", with_article(contract), tree.text));
        return {};
      }
      const TreePtr with =
          make_map(tree.place, {{type->from_number, tree.place, make_scalar(tree.place, tree.text, false)}});
      return value_of_type(contract, *make_scalar(tree.place, type->name, true), with, nullptr, path);
    }
    return value_of_type(contract, tree, nullptr, nullptr, path);
  }
  if (!tree.is_map()) {
    wrong(tree.place, path, fmt::format("{} is expected, got {}", with_article(contract), describe(tree)));
    return {};
  }
  const Tree::Entry *use = tree.find("use"), *with = tree.find("with"), *version = tree.find("version");
  if (!use)
    if (const TypeInfo* type = type_for(contract, [](const TypeInfo& one) { return one.from_map; }))
      return value_of_type(contract, *make_scalar(tree.place, type->name, true), make_map(tree.place, tree.entries),
                           nullptr, path);
  bool fine = true;
  for (const Tree::Entry& entry : tree.entries)
    if (&entry != use && &entry != with && &entry != version) {
      wrong(entry.place, path + "." + entry.key, unknown_key(entry, {"use", "with"}));
      fine = false;
    }
  if (!use) {
    wrong(tree.place, path,
          fmt::format("{} is expected, as a name or as {{use: name, with: {{...}}}}; 'use' is missing",
                      with_article(contract)));
    return {};
  }
  if (!fine) return {};
  TreePtr name = use->value, settings = with && !with->value->is_null() ? with->value : nullptr;
  if (settings && !settings->is_map()) {
    wrong(settings->place, path + ".with", "a map of parameters is expected, got " + describe(*settings));
    return {};
  }
  unfold_use(name, settings);
  return value_of_type(contract, *name, settings, version ? version->value.get() : nullptr, path);
}

std::optional<ErasedValue> SettingReader::value_of_type(const std::string& contract, const Tree& name,
                                                        const TreePtr& with, const Tree* version,
                                                        const std::string& path) {
  if (!name.is_scalar()) {
    wrong(name.place, path, fmt::format("the name of {} is expected, got {}", with_article(contract), describe(name)));
    return {};
  }
  const TypeInfo* type = Registry::instance().find(name.text);
  if (!type) {
    const auto [message, status] = unknown_type(name.text, contract);
    wrong(name.place, path, message, status);
    return {};
  }
  if (type->kind != TypeInfo::Kind::value || type->contract != contract) {
    const std::string is = type->kind == TypeInfo::Kind::value ? with_article(type->contract) : "a node";
    wrong(name.place, path, fmt::format("'{}' is {}, {} is expected", name.text, is, with_article(contract)));
    return {};
  }
  if (version) {
    if (as_integer(*version) != type->version) {
      wrong(version->place, path,
            fmt::format("version {} of '{}' is asked for, version {} is loaded",
                        version->is_scalar() ? version->text : describe(*version), type->name, type->version));
      return {};
    }
  }
  const auto settings = this->settings(*type, with, name.place, path);
  if (!settings) return {};
  try {
    const std::shared_ptr<void> object = type->make();
    apply(*type, *settings, object.get());
    return ErasedValue{type->as_contract(object), type->name, recipe_of(*type, given(*type, *settings))};
  } catch (const BadPipeline& error) {
    wrong(name.place, error.where().empty() ? path : path + "." + error.where(), error.what());
  } catch (const Error& error) {
    wrong(name.place, path, error.what(), error.status());
  } catch (const std::exception& error) {
    wrong(name.place, path, error.what());
  }
  return {};
}

void SettingReader::apply(const TypeInfo& type, const std::map<std::string, Setting>& settings, void* object) {
  for (const ParameterInfo& parameter : type.parameters) parameter.set(object, settings.at(parameter.name));
}

std::shared_ptr<void> make_object(const TypeInfo& type, const std::string& with) {
  const Parsed parsed = parse(with, "");
  if (!parsed.problems.empty()) throw BadPipeline(parsed.problems.front().message);
  if (parsed.root && !parsed.root->is_map())
    throw BadPipeline("a map of parameters is expected, got " + describe(*parsed.root));
  std::string problem;
  Exit status = Exit::bad_pipeline;
  SettingReader reader(std::filesystem::current_path(),
                       [&](const Place&, const std::string& path, const std::string& message, Exit wrong) {
                         if (problem.empty()) {
                           problem = path.empty() ? message : path + ": " + message;
                           status = wrong;
                         }
                       });
  const auto settings = reader.settings(type, parsed.root, {}, "");
  if (!settings) throw Error(status, problem);
  const std::shared_ptr<void> object = type.make();
  SettingReader::apply(type, *settings, object.get());
  return object;
}

}  // namespace harmonium::pipeline

namespace harmonium::detail {

ErasedValue make_value(const char* kind, const std::string& recipe) {
  const auto refuse = [&](const std::string& message, Exit status) -> ErasedValue {
    throw Error(status, "'" + recipe + "': " + message);
  };
  if (recipe.empty()) return {};
  const pipeline::Parsed parsed = pipeline::parse(recipe, "");
  if (!parsed.problems.empty()) return refuse(parsed.problems.front().message, Exit::bad_pipeline);
  if (!parsed.root) return {};
  std::string problem;
  Exit status = Exit::bad_pipeline;
  pipeline::SettingReader reader(std::filesystem::current_path(), [&](const pipeline::Place&, const std::string& path,
                                                                      const std::string& message, Exit wrong) {
    if (problem.empty()) {
      problem = path.empty() ? message : path + ": " + message;
      status = wrong;
    }
  });
  std::optional<ErasedValue> value;
  try {
    value = reader.value(kind, *parsed.root, "");
  } catch (const pipeline::TreeTooLarge& large) {
    return refuse(large.what(), Exit::bad_pipeline);
  }
  return value ? *value : refuse(problem, status);
}

}  // namespace harmonium::detail
