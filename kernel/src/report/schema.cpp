#include "report/schema.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "pipeline/composite.hpp"
#include "report/setting_text.hpp"

namespace harmonium::report {

namespace {

using Json = nlohmann::ordered_json;

Json reference_to(const std::string& definition) { return {{"$ref", "#/definitions/" + definition}}; }

/// That, or a variable.
Json or_variable(Json schema) { return {{"anyOf", Json::array({std::move(schema), reference_to("variable")})}}; }

/// Names of definitions are part of an address: no blanks.
std::string contract_definition(std::string contract) {
  for (char& c : contract)
    if (c == ' ') c = '-';
  return "value." + contract;
}

std::string cited(const std::string& says, const std::string& cites) {
  return cites.empty() ? says : fmt::format("{} [{}]", says, cites);
}

std::string help_of(const ParameterInfo& parameter) {
  std::string help = cited(parameter.says, parameter.cites);
  if (!parameter.unit.empty()) help += fmt::format(" In {}.", parameter.unit);
  if (parameter.required) help += " Must be given.";
  return help;
}

Json number(const ParameterInfo& parameter, const char* type) {
  Json schema = {{"type", type}};
  if (std::isfinite(parameter.minimum))
    schema[parameter.above_minimum ? "exclusiveMinimum" : "minimum"] = parameter.minimum;
  if (std::isfinite(parameter.maximum))
    schema[parameter.below_maximum ? "exclusiveMaximum" : "maximum"] = parameter.maximum;
  return schema;
}

Json element(const ParameterInfo& parameter, SettingKind kind) {
  switch (kind) {
    case SettingKind::boolean:
      return or_variable({{"type", "boolean"}});
    case SettingKind::integer:
      return or_variable(number(parameter, "integer"));
    case SettingKind::real:
      return or_variable(number(parameter, "number"));
    case SettingKind::text:
      if (!parameter.choices.empty()) return or_variable({{"enum", parameter.choices}});
      return {{"type", Json::array({"string", "number", "boolean"})}};
    case SettingKind::file:
      return {{"type", "string"}};
    case SettingKind::value:
      return reference_to(contract_definition(parameter.contract));
    case SettingKind::list:
      break;
  }
  return Json::object();
}

/// Parameters of a composite are what its text makes of them: only lists are known to be lists.
Json parameter_schema(const ParameterInfo& parameter, bool composite) {
  Json schema;
  if (parameter.kind == SettingKind::list)
    schema =
        or_variable({{"type", "array"}, {"items", composite ? Json::object() : element(parameter, parameter.element)}});
  else
    schema = composite ? Json::object() : element(parameter, parameter.kind);
  // What stands beside a $ref is not read in draft 7.
  if (schema.contains("$ref")) schema = {{"allOf", Json::array({std::move(schema)})}};
  Json described = {{"description", help_of(parameter)}};
  if (!parameter.required && !composite)
    if (Json standard = json_of(parameter.standard); !standard.is_null()) described["default"] = std::move(standard);
  described.update(schema);
  return described;
}

Json with_schema(const TypeInfo& type) {
  Json properties = Json::object();
  for (const ParameterInfo& parameter : type.parameters)
    properties[parameter.name] = parameter_schema(parameter, type.kind == TypeInfo::Kind::composite);
  return or_variable({{"type", Json::array({"object", "null"})},
                      {"properties", std::move(properties)},
                      {"additionalProperties", false}});
}

Json use_schema(const TypeInfo& type) { return {{"const", type.name}, {"description", cited(type.says, type.cites)}}; }

Json in_schema(const TypeInfo& type) {
  Json ports = Json::object();
  for (const PortInfo& port : type.inputs) {
    Json schema = reference_to("source");
    ports[port.name] = {{"description", fmt::format("{}{}{}: {}", port.list ? "list of " : "", port.type,
                                                    port.optional ? ", optional" : "", port.says)},
                        {"allOf", Json::array({std::move(schema)})}};
  }
  const Json by_port = {{"type", "object"}, {"properties", std::move(ports)}, {"additionalProperties", false}};
  return {{"anyOf", Json::array({by_port, reference_to("source")})}};
}

/// What every node and group may have besides.
void add_common(Json& properties) {
  properties["each"] = reference_to("each");
  properties["replicate"] = or_variable({{"type", "integer"}, {"minimum", 1}});
  properties["replicate"]["description"] = "So many copies, each with random numbers of its own.";
  properties["seed"] = or_variable({{"type", "integer"}, {"minimum", 0}});
  properties["seed"]["description"] = "Seed of this node, instead of the pipeline's.";
  properties["says"] = {{"type", "string"}, {"description", "A remark, for people."}};
}

Json node_schema(const TypeInfo& type) {
  Json properties = {{"use", use_schema(type)}};
  if (!type.inputs.empty()) properties["in"] = in_schema(type);
  properties["with"] = with_schema(type);
  add_common(properties);
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", Json::array({"use"})},
          {"additionalProperties", false}};
}

Json group_schema() {
  Json properties = {{"nodes", reference_to("nodes")},
                     {"out", {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}}},
                     {"chain", Json::object()}};
  add_common(properties);
  return {{"type", "object"},
          {"description", "A group of nodes."},
          {"properties", std::move(properties)},
          {"required", Json::array({"nodes"})},
          {"additionalProperties", false}};
}

Json value_schema(const std::vector<const TypeInfo*>& types) {
  Json alternatives = Json::array();
  for (const TypeInfo* type : types) alternatives.push_back(use_schema(*type));
  for (const TypeInfo* type : types)
    if (!type->from_number.empty()) alternatives.push_back({{"type", "number"}});
  for (const TypeInfo* type : types)
    if (type->from_map) alternatives.push_back(with_schema(*type));
  for (const TypeInfo* type : types)
    alternatives.push_back({{"type", "object"},
                            {"properties", {{"use", use_schema(*type)}, {"with", with_schema(*type)}}},
                            {"required", Json::array({"use"})},
                            {"additionalProperties", false}});
  alternatives.push_back(reference_to("variable"));
  return {{"anyOf", std::move(alternatives)}};
}

Json fixed_definitions() {
  return {
      {"variable", {{"type", "string"}, {"pattern", "^\\$"}, {"description", "The value of a variable: $name."}}},
      {"nodes", {{"type", "object"}, {"additionalProperties", reference_to("node")}}},
      {"source",
       {{"description", "A node's name, NODE.OUTPUT, a node written here, or a list of these."},
        {"anyOf",
         Json::array(
             {{{"type", "string"}}, reference_to("node"), {{"type", "array"}, {"items", reference_to("source")}}})}}},
      {"each",
       or_variable({{"type", "object"},
                    {"description", "A copy for each value; `replicate: n` makes copies with other random numbers."},
                    {"properties", {{"replicate", or_variable({{"type", "integer"}, {"minimum", 1}})}}},
                    {"additionalProperties", or_variable({{"type", "array"}, {"minItems", 1}})}})}};
}

}  // namespace

Json schema(const Registry& registry) {
  Json definitions = fixed_definitions();
  Json nodes = Json::array();
  std::map<std::string, std::vector<const TypeInfo*>> values;
  for (const auto& [name, registered] : registry.types()) {
    if (registered.kind == TypeInfo::Kind::value) {
      values[registered.contract].push_back(&registered);
    } else {
      definitions["node." + name] = node_schema(pipeline::described(registered));
      nodes.push_back(reference_to("node." + name));
    }
    // A contract that no plugin implements is still one that parameters ask for.
    for (const ParameterInfo& parameter : registered.parameters)
      if (parameter.element == SettingKind::value) values[parameter.contract];
  }
  for (const auto& [contract, types] : values) definitions[contract_definition(contract)] = value_schema(types);
  nodes.push_back(group_schema());
  nodes.push_back({{"type", "object"},
                   {"description", "A node whose type is a variable."},
                   {"properties", {{"use", reference_to("variable")}}},
                   {"required", Json::array({"use"})}});
  definitions["node"] = {{"anyOf", std::move(nodes)}};
  return {{"$schema", "http://json-schema.org/draft-07/schema#"},
          {"title", "Harmonium pipeline"},
          {"type", "object"},
          {"properties",
           {{"harmonium", {{"const", 1}, {"description", "The version of the format."}}},
            {"says", {{"type", "string"}, {"description", "What the pipeline is for."}}},
            {"seed", {{"type", "integer"}, {"minimum", 0}, {"description", "Seed of all random numbers."}}},
            {"params", {{"type", "object"}, {"description", "Variables, used as $name; --param changes them."}}},
            {"nodes", reference_to("nodes")}}},
          {"required", Json::array({"harmonium", "nodes"})},
          {"additionalProperties", false},
          {"definitions", std::move(definitions)}};
}

}  // namespace harmonium::report
