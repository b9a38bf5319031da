#include "run/record.hpp"

#include <fmt/format.h>

#include <set>

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

/// Every parameter, with its value or its default.
json parameters(const pipeline::GraphNode& node) {
  json all = json::object();
  for (const ParameterInfo& parameter : node.type->parameters) {
    const auto given = node.given.find(parameter.name);
    all[parameter.name] =
        given == node.given.end() ? default_of(parameter.standard) : json::parse(given->second, nullptr, false);
  }
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

json record_of(const pipeline::Graph& graph, std::size_t n, const Recipe& recipe) {
  const pipeline::GraphNode& node = graph.nodes[n];
  return {{"key", recipe.key},
          {"recipe", recipe.json},
          {"with", parameters(node)},
          {"inputs", sources(graph, node, recipe)}};
}

std::vector<std::string> differences(const json& then, const json& now) {
  std::vector<std::string> found;
  try {
    if (then.at("key") == now.at("key")) return found;
    const json& old = then.at("recipe");
    const json& fresh = now.at("recipe");
    if (old.at("type") != fresh.at("type"))
      return {fmt::format("type {} -> {}", shown(old.at("type")), shown(fresh.at("type")))};
    if (old.at("version") != fresh.at("version"))
      found.push_back(fmt::format("version {} -> {}", shown(old.at("version")), shown(fresh.at("version"))));

    for (const std::string& name : names_in(then.at("with"), now.at("with"))) {
      const json from = then.at("with").value(name, json()), to = now.at("with").value(name, json());
      if (from != to)
        found.push_back(fmt::format("parameter {}: {} -> {}", name, shown(from), shown(to)));
      else if (old.at("with").value(name, json()) != fresh.at("with").value(name, json()))
        found.push_back(fmt::format("file {} changed", shown(to)));
    }

    const json &inputs_then = then.at("inputs"), &inputs_now = now.at("inputs");
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

}  // namespace harmonium::run
