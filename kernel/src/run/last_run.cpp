#include "run/last_run.hpp"

#include <fmt/format.h>

#include <set>

#include "harmonium/errors.hpp"
#include "run/durable.hpp"
#include "run/hash.hpp"

namespace harmonium::run {
namespace {

using nlohmann::json;

/// Longer values are shortened in the middle.
constexpr std::size_t longest_value = 60;

std::string shown(const json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.size() > longest_value)
    text = text.substr(0, longest_value / 2) + "..." + text.substr(text.size() - longest_value / 2);
  return text;
}

json default_of(const Setting& setting) {
  return std::visit(
      [](const auto& value) -> json {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, FilePath>)
          return value.path;
        else if constexpr (std::is_same_v<T, ErasedValue>)
          return value.recipe.empty() ? value.type : value.recipe;
        else if constexpr (std::is_same_v<T, std::vector<Setting>>) {
          json list = json::array();
          for (const Setting& item : value) list.push_back(default_of(item));
          return list;
        } else
          return value;
      },
      static_cast<const Setting::variant&>(setting));
}

json parameters(const pipeline::GraphNode& node) {
  json all = json::object();
  for (const auto& [name, text] : node.given) all[name] = json::parse(text, nullptr, false);
  return all;
}

/// {port: [[node and output, key], ...]}
json sources(const pipeline::Graph& graph, const pipeline::GraphNode& node, const Recipe& recipe) {
  json all = json::object();
  for (const auto& [port, connected] : node.inputs)
    for (std::size_t i = 0; i < connected.size(); ++i) {
      const std::string name = graph.nodes[connected[i].node].path + "." + connected[i].port;
      all[port].push_back({name, recipe.json["inputs"][port][i][0]});
    }
  return all;
}

std::string names(const json& connected) {
  std::string text;
  for (const json& source : connected) text += (text.empty() ? "" : ", ") + source[0].get<std::string>();
  return text.empty() ? "nothing" : text;
}

std::set<std::string> names_in(const json& a, const json& b) {
  std::set<std::string> all;
  for (const auto* object : {&a, &b})
    for (const auto& [name, value] : object->items()) all.insert(name);
  return all;
}

}  // namespace

LastRun::LastRun(std::filesystem::path store, const pipeline::Graph& graph)
    : file_(std::move(store) / "last" / (hash128(std::filesystem::absolute(graph.file).string()) + ".json")) {
  json read = json::parse(read_text(file_), nullptr, false);
  if (read.is_object() && read.value("format", 0) == 1 && read["nodes"].is_object()) nodes_ = std::move(read["nodes"]);
}

std::vector<std::string> LastRun::differences(const pipeline::Graph& graph, std::size_t n, const Recipe& recipe) const {
  std::vector<std::string> found;
  const pipeline::GraphNode& node = graph.nodes[n];
  if (!knows(node.path)) return found;
  try {
    const json& then = nodes_.at(node.path);
    const json& old = then.at("recipe");
    const json& fresh = recipe.json;
    if (then.at("key") == recipe.key) return found;
    if (old.at("type") != fresh.at("type"))
      return {fmt::format("type {} -> {}", shown(old.at("type")), shown(fresh.at("type")))};
    if (old.at("version") != fresh.at("version"))
      found.push_back(fmt::format("version {} -> {}", shown(old.at("version")), shown(fresh.at("version"))));

    const json& given_then = then.at("with");
    const json given_now = parameters(node);
    for (const ParameterInfo& parameter : node.type->parameters) {
      const json standard = default_of(parameter.standard);
      const json from = given_then.value(parameter.name, standard);
      const json to = given_now.value(parameter.name, standard);
      if (from != to)
        found.push_back(fmt::format("parameter {}: {} -> {}", parameter.name, shown(from), shown(to)));
      else if (old.at("with").value(parameter.name, json()) != fresh.at("with").value(parameter.name, json()))
        found.push_back(fmt::format("file {} changed", shown(to)));
    }

    const json& inputs_then = then.at("inputs");
    const json inputs_now = sources(graph, node, recipe);
    for (const std::string& port : names_in(inputs_then, inputs_now)) {
      const json from = inputs_then.value(port, json::array()), to = inputs_now.value(port, json::array());
      if (names(from) != names(to)) {
        found.push_back(fmt::format("input {}: {} -> {}", port, names(from), names(to)));
        continue;
      }
      for (std::size_t i = 0; i < to.size(); ++i)
        if (from[i] != to[i]) found.push_back(fmt::format("input {}: {} changed", port, shown(to[i][0])));
    }
    for (const char* number : {"seed", "replicate"})
      if (old.value(number, json()) != fresh.value(number, json()))
        found.push_back(
            fmt::format("{} {} -> {}", number, shown(old.value(number, json())), shown(fresh.value(number, json()))));
    for (const char* code : {"builds", "values"}) {
      const json from = old.value(code, json::object()), to = fresh.value(code, json::object());
      for (const std::string& type : names_in(from, to))
        if (from.value(type, json()) != to.value(type, json()))
          found.push_back(fmt::format("the code of {} changed", type));
    }
  } catch (const json::exception&) {
    // A record of another form is as good as none.
  }
  return found;
}

void LastRun::remember(const pipeline::Graph& graph, std::size_t n, const Recipe& recipe) {
  const pipeline::GraphNode& node = graph.nodes[n];
  nodes_[node.path] = {{"key", recipe.key},
                       {"recipe", recipe.json},
                       {"with", parameters(node)},
                       {"inputs", sources(graph, node, recipe)}};
}

void LastRun::save() const {
  const json all = {{"format", 1}, {"nodes", nodes_}};
  const std::string text = all.dump(-1, ' ', false, json::error_handler_t::replace);
  if (read_text(file_) == text) return;
  try {
    make_folders(file_.parent_path());
    replace_file(file_, text);
  } catch (const RunFailed&) {
    // Only explanations are lost.
  }
}

}  // namespace harmonium::run
