#include "report/description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plugin/registry.hpp"
#include "report/setting_text.hpp"

namespace harmonium::report {
namespace {

using testing::HasSubstr;

const TypeInfo& toy(const char* name) {
  static Registry registry;
  registry.load({TOY_PLUGIN});
  return *registry.find(name);
}

TEST(Settings, AreWrittenAsAPipelineFileHasThem) {
  EXPECT_EQ(yaml_of(true), "true");
  EXPECT_EQ(yaml_of(std::int64_t{-3}), "-3");
  EXPECT_EQ(yaml_of(0.1), "0.1");
  EXPECT_EQ(yaml_of(2.0), "2");
  EXPECT_EQ(yaml_of(std::string("last")), "last");
  EXPECT_EQ(yaml_of(FilePath{"../a.csv"}), "../a.csv");
  EXPECT_EQ(yaml_of(std::vector<Setting>{1.5, 2.0}), "[1.5, 2]");
  EXPECT_EQ(yaml_of(ErasedValue{nullptr, "", "update.sgd"}), "update.sgd");
}

TEST(Settings, AreQuotedWhereYamlWouldReadSomethingElse) {
  for (const char* text : {"", "true", "null", "1.5", "-", "a: b", "a #b", "[x", " x", "~", "a\nb"})
    EXPECT_EQ(yaml_of(std::string(text)).front(), '"') << text;
}

TEST(Settings, ThatAreValuesBecomeJson) {
  EXPECT_TRUE(json_of(ErasedValue{}).is_null());
  EXPECT_EQ(json_of(ErasedValue{nullptr, "", R"({"use": "a.b"})"}).at("use"), "a.b");
  EXPECT_EQ(json_of(ErasedValue{nullptr, "", "a.b"}), "a.b");
}

TEST(Parameters, SayWhatTheyAre) {
  ParameterInfo parameter;
  parameter.kind = SettingKind::list;
  parameter.element = SettingKind::value;
  for (const auto& [contract, plural] :
       {std::pair{"penalty", "penalties"}, {"unit type", "unit types"}, {"schedule", "schedules"}}) {
    parameter.contract = contract;
    EXPECT_EQ(kind_of(parameter), std::string("list of ") + plural);
  }
  parameter.minimum = 0;
  parameter.above_minimum = true;
  parameter.maximum = 1;
  EXPECT_EQ(range_of(parameter), "above 0, at most 1");
}

TEST(Description, OfANodeShowsPortsAndParameters) {
  const std::string text = describe(toy("toy.add"));
  EXPECT_THAT(text, HasSubstr("toy.add (node, version 1, from toy.so)\nThe sum of all numbers in some tables.\n"));
  EXPECT_THAT(text, HasSubstr("in\n  terms: list of table\n      What is added.\n  offset: table, optional\n"));
  EXPECT_THAT(text, HasSubstr("with\n  scale: number = 1, above 0\n      Multiplies the sum.\n"));
  EXPECT_THAT(text,
              HasSubstr("to paste\nadd:\n  use: toy.add\n  in: {terms: [terms]}\n  with:\n    scale: 1  # above 0\n"));
}

TEST(Description, SaysWhatMustBeGivenAndWhatGoesOn) {
  EXPECT_THAT(describe(toy("toy.file-size")), HasSubstr("path: file, must be given\n"));
  EXPECT_EQ(snippet(toy("toy.file-size")), "file_size:\n  use: toy.file-size\n  with:\n    path: \"<file>\"\n");
  EXPECT_THAT(describe(toy("toy.slow")), HasSubstr("raising it goes on from the stored result"));
}

TEST(Description, OfAValueIsAMapToPaste) {
  EXPECT_EQ(snippet(toy("toy.ramp")), "{use: toy.ramp, with: {from: 0, to: 1}}\n");
  EXPECT_THAT(describe(toy("toy.constant")),
              HasSubstr("A bare number where a schedule is expected is taken for its `value`.\n"));
}

TEST(Description, OfACompositeTakesWhatItsTextSays) {
  TypeInfo composite;
  composite.kind = TypeInfo::Kind::composite;
  composite.name = "toy.composite";
  composite.says = "Two nodes.";
  ParameterInfo trainer;
  trainer.name = "trainer";
  trainer.says = "What trains.";
  trainer.kind = trainer.element = SettingKind::text;
  trainer.standard = std::string("{use: trainer.cd}");
  ParameterInfo layers = trainer;
  layers.name = "layers";
  layers.kind = SettingKind::list;
  layers.required = true;
  composite.parameters = {trainer, layers};
  composite.outputs.push_back({"model", "", "The models.", false, false, nullptr, nullptr});
  EXPECT_THAT(describe(composite), HasSubstr("  trainer: setting = {use: trainer.cd}\n"));
  EXPECT_THAT(snippet(composite), HasSubstr("    trainer: {use: trainer.cd}\n    layers: \"<list>\"\n"));
  EXPECT_THAT(describe(composite), HasSubstr("out\n  model\n      The models.\n"));
}

TEST(Description, AsJsonHasTheSame) {
  const auto json = describe_as_json(toy("toy.numbers"));
  EXPECT_EQ(json.at("with")[0].at("at_least"), 1);
  EXPECT_EQ(json.at("with")[0].at("default"), 3);
  EXPECT_EQ(json.at("with")[2].at("choices").size(), 2u);
  EXPECT_EQ(json.at("out")[0].at("type"), "table");
  EXPECT_TRUE(json.at("stored").get<bool>());
  EXPECT_FALSE(describe_as_json(toy("toy.data")).at("stored").get<bool>());
}

TEST(Overview, GroupsTypesByTheirFirstWord) {
  TypeInfo a, b;
  a.name = "b.second";
  a.says = "Second. And more of it.";
  b.name = "a.first";
  b.says = "First.";
  EXPECT_EQ(overview({a, b}), "a\n  a.first  First.\n\nb\n  b.second  Second.\n");
}

TEST(Reference, HasAPageForEachGroupAndOneThatLeadsToThem) {
  TypeInfo schedule = toy("toy.ramp");
  schedule.name = "schedule.ramp";
  const auto pages = reference({toy("toy.numbers"), toy("toy.add"), schedule});
  ASSERT_EQ(pages.size(), 3U);
  const std::string &index = pages.at("README.md"), &page = pages.at("toy.md");
  EXPECT_THAT(index, HasSubstr("## [toy](toy.md)"));
  EXPECT_THAT(index, HasSubstr("| [`toy.numbers`](toy.md#toynumbers) | Numbers that follow each other. |"));
  EXPECT_THAT(page, HasSubstr("## toy.numbers\n\nNumbers that follow each other. [Peano 1889]\n"));
  EXPECT_THAT(page, HasSubstr("| `count` | whole number, numbers, at least 1, at most 1000 | `3` | How many. |"));
  EXPECT_LT(page.find("## toy.add"), page.find("## toy.numbers"));
  EXPECT_THAT(page, HasSubstr("```yaml\nnumbers:\n  use: toy.numbers\n"));
  EXPECT_THAT(pages.at("schedule.md"), HasSubstr("## schedule.ramp"));
}

}  // namespace
}  // namespace harmonium::report
