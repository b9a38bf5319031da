#include "report/schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace harmonium::report {
namespace {

using Json = nlohmann::ordered_json;

const Json& toy_schema() {
  static const Json made = [] {
    Registry registry;
    registry.load({TOY_PLUGIN});
    return schema(registry);
  }();
  return made;
}

const Json& node(const char* type) { return toy_schema().at("definitions").at(std::string("node.") + type); }
const Json& parameter(const char* type, const char* name) {
  return node(type).at("properties").at("with").at("anyOf")[0].at("properties").at(name);
}

TEST(Schema, HasAnAlternativeForEachNodeType) {
  EXPECT_EQ(node("toy.numbers").at("properties").at("use").at("const"), "toy.numbers");
  EXPECT_FALSE(toy_schema().at("definitions").contains("node.toy.ramp")) << "a value is no node";
}

TEST(Schema, KnowsRangesDefaultsAndHelp) {
  const Json& count = parameter("toy.numbers", "count");
  EXPECT_EQ(count.at("default"), 3);
  EXPECT_EQ(count.at("description"), "How many. In numbers.");
  EXPECT_EQ(count.at("anyOf")[0], Json::parse(R"({"type": "integer", "minimum": 1.0, "maximum": 1000.0})"));
  EXPECT_EQ(parameter("toy.add", "scale").at("anyOf")[0].at("exclusiveMinimum"), 0);
  EXPECT_EQ(parameter("toy.numbers", "order").at("anyOf")[0].at("enum"), Json({"up", "down"}));
}

TEST(Schema, LetsAVariableStandForAnyScalar) {
  for (const char* name : {"count", "from", "order"})
    EXPECT_EQ(parameter("toy.numbers", name).at("anyOf")[1].at("$ref"), "#/definitions/variable") << name;
}

TEST(Schema, HasValuesByTheirContract) {
  const Json& schedule = toy_schema().at("definitions").at("value.schedule").at("anyOf");
  EXPECT_EQ(schedule[0].at("const"), "toy.constant");
  EXPECT_EQ(schedule[1].at("const"), "toy.ramp");
  EXPECT_EQ(schedule[2].at("type"), "number");
  EXPECT_EQ(schedule[4].at("properties").at("use").at("const"), "toy.ramp");
  EXPECT_EQ(parameter("toy.evaluate", "schedule").at("allOf")[0].at("$ref"), "#/definitions/value.schedule");
}

TEST(Schema, LeadsToNoDefinitionThatIsMissing) {
  const std::string text = toy_schema().dump();
  const std::string before = "\"#/definitions/";
  std::size_t references = 0;
  for (std::size_t i = text.find(before); i != std::string::npos; i = text.find(before, i + 1), ++references) {
    const auto start = i + before.size();
    const std::string name = text.substr(start, text.find('"', start) - start);
    EXPECT_TRUE(toy_schema().at("definitions").contains(name)) << name;
  }
  EXPECT_GT(references, 20u);
}

}  // namespace
}  // namespace harmonium::report
